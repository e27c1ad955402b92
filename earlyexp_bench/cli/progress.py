"""A run as it goes: a line for each live stage and one for the whole; plain lines when not on a terminal."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from earlyexp_bench.cli.output import duration, plan_lines
from earlyexp_bench.contracts.quantity import short_amount
from earlyexp_bench.execute import Blocked, DivergedAbove, Event, Failed, Finished, Hit, Progress, Started, Waiting
from earlyexp_bench.launch import RunObserver
from earlyexp_bench.planning import Node

if TYPE_CHECKING:
    from rich.progress import TaskID

    from earlyexp_bench.planning.prepare import Prepared

PLAIN_EVERY = 10.0


class Watcher(RunObserver):
    """Plain lines: what was planned, failures at once, the whole every few seconds."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.total = 0
        self.done = 0
        self.started = time.monotonic()
        self.forecast_seconds = 0.0
        self._weights: dict[str, float] = {}
        self._spent = 0.0
        self._printed = 0.0
        self._page_said = False

    def planned(self, prepared: "Prepared") -> None:
        """Show what is to be done."""
        self.nodes = {node.key: node for node in prepared.plan.nodes}
        missing = [status.node for status in prepared.statuses if status.state == "miss"]
        self.total, self.done, self._spent, self.started = len(missing), 0, 0.0, time.monotonic()
        self._weights = {node.key: 1.0 + node.update_tokens / 2e4 for node in missing}
        self.forecast_seconds = prepared.forecast.seconds
        self.say(f"{prepared.plan.loaded.board}: {len(prepared.plan.cells)} cells, {prepared.workers} workers")
        for line in plan_lines(prepared):
            self.say(line)

    def event(self, event: Event) -> None:
        """Show one event of the driver."""
        match event:
            case Started(key=key):
                self.start(self.nodes[key])
            case Progress(key=key, values=values):
                self.update(self.nodes[key], values)
            case Finished(key=key, record=record):
                self._advance(key)
                self.finish(self.nodes[key])
                if record.status == "diverged":
                    self.say(f"diverged: {self.nodes[key].label}: {record.reason}")
            case Failed(key=key, failure=failure, log=log):
                self._advance(key)
                self.finish(self.nodes[key])
                self.say(f"failed: {self.nodes[key].label}: {failure.reason}\n  log: {log}")
            case Blocked(key=key) | DivergedAbove(key=key) | Hit(key=key):
                self._advance(key)
            case Waiting(key=key):
                self.say(f"waiting: another launcher runs {self.nodes[key].label}")

    def page(self, path: Path) -> None:
        """Say where the page is; once, since it is rewritten in place."""
        if not self._page_said:
            self._page_said = True
            self.say(f"page (rewritten while results land): {path}")

    def start(self, node: Node) -> None:
        """Show that a stage runs."""

    def update(self, node: Node, values: dict[str, Any]) -> None:
        """Show how far a stage is."""
        self._overall()

    def finish(self, node: Node) -> None:
        """Show that a stage has ended."""
        self._overall()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        print(text, flush=True)

    def close(self) -> None:
        """End the display."""

    def remaining(self) -> float:
        """Seconds to go, by the share of work done; the forecast at first."""
        left = sum(self._weights.values())
        elapsed = time.monotonic() - self.started
        if self._spent <= 0.02 * (left + self._spent):
            return self.forecast_seconds
        return elapsed * left / self._spent

    def _advance(self, key: str) -> None:
        if key in self._weights:
            self._spent += self._weights.pop(key)
            self.done += 1

    def _overall(self) -> None:
        if time.monotonic() - self._printed >= PLAIN_EVERY:
            self._printed = time.monotonic()
            self.say(f"{self.done}/{self.total} stages, about {duration(self.remaining())} to go")


class LiveWatcher(Watcher):
    """Bars: one for the whole, one for each live stage with loss, tokens/s and time left."""

    def __init__(self) -> None:
        super().__init__()
        from rich.progress import BarColumn, Progress, TextColumn

        self._display = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}", markup=False),
        )
        self._whole = self._display.add_task("all stages", total=None, detail="")
        self._tasks: dict[str, TaskID] = {}
        self._display.start()

    @override
    def planned(self, prepared: "Prepared") -> None:
        super().planned(prepared)
        self._display.update(self._whole, total=max(1, self.total), detail=self._whole_detail())

    @override
    def start(self, node: Node) -> None:
        self._tasks[node.key] = self._display.add_task(f"  {node.label}", total=None, detail="starting")

    @override
    def update(self, node: Node, values: dict[str, Any]) -> None:
        if node.key in self._tasks:
            step, steps = values.get("step"), values.get("steps")
            self._display.update(self._tasks[node.key], completed=step, total=steps, detail=_detail(values))
        self._display.update(self._whole, detail=self._whole_detail())

    @override
    def finish(self, node: Node) -> None:
        if task := self._tasks.pop(node.key, None):
            self._display.remove_task(task)
        self._display.update(self._whole, completed=self.done, detail=self._whole_detail())

    @override
    def say(self, text: str) -> None:
        self._display.console.print(text, markup=False, emoji=False, highlight=False)

    @override
    def close(self) -> None:
        self._display.stop()

    def _whole_detail(self) -> str:
        return f"{self.done}/{self.total}, about {duration(self.remaining())} to go"


def _detail(values: dict[str, Any]) -> str:
    parts = [str(values["phase"])] if values.get("phase") else []
    if values.get("loss") is not None:
        parts.append(f"loss {float(values['loss']):.3f}")  # "inf" is a string in JSON
    if rate := values.get("tokens_per_second"):
        parts.append(f"{short_amount(float(rate))} tokens/s")
        if values.get("steps") and values.get("seconds_left") is not None:
            parts.append(f"{duration(values['seconds_left'])} left")
    return ", ".join(parts)
