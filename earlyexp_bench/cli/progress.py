"""A run as it goes: a bar for the whole and one for each live stage; a few plain lines when not on a terminal."""

import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from earlyexp_bench.cli.output import duration, to_do
from earlyexp_bench.contracts.quantity import short_amount
from earlyexp_bench.execute import Blocked, DivergedAbove, Event, Failed, Finished, Hit, Progress, Started, Waiting
from earlyexp_bench.launch import RunObserver
from earlyexp_bench.planning import Node

if TYPE_CHECKING:
    from rich.progress import TaskID

    from earlyexp_bench.planning.prepare import Prepared

# A plain line follows when so much more is done and so much time has passed, or when nothing was said for long.
PLAIN_SHARE = 0.1
PLAIN_EVERY = 15.0
PLAIN_AT_LAST = 300.0
TRUSTED_SHARE = 0.2  # of the work, from which on its pace tells more than the forecast


class Watcher(RunObserver):
    """Plain lines: what there is to do, failures at once, and now and then how far the whole is."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.total = 0
        self.done = 0
        self.started = time.monotonic()
        self.forecast_seconds = 0.0
        self._weights: dict[str, float] = {}
        self._shares: dict[str, float] = {}
        self._spent = 0.0
        self._printed = self.started
        self._printed_at = 0.0
        self._page_said = False

    def planned(self, prepared: "Prepared") -> None:
        """Say in a line what is to be done; what is in the store and why not is `plan`'s to say."""
        self.nodes = {node.key: node for node in prepared.plan.nodes}
        missing = [status.node for status in prepared.statuses if status.state == "miss"]
        self.total, self.done, self._spent, self.started = len(missing), 0, 0.0, time.monotonic()
        self._weights = {node.key: 1.0 + node.update_tokens / 2e4 for node in missing}
        self.forecast_seconds = prepared.forecast.seconds
        for line in to_do(prepared):
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
        """Say where the page is while the run goes on; once, since it is rewritten in place."""
        if not self._page_said and self.done < self.total:
            self._page_said = True
            self.say(f"first results: {path}, rewritten while more land")

    def start(self, node: Node) -> None:
        """Show that a stage runs."""

    def update(self, node: Node, values: dict[str, Any]) -> None:
        """Show how far a stage is."""
        self._reached(node, values)
        self._overall()

    def finish(self, node: Node) -> None:
        """Show that a stage has ended."""
        self._overall()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        print(text, flush=True)

    def close(self) -> None:
        """End the display."""

    def share(self) -> float:
        """Return which part of the work is done, from 0 to 1; that of live stages counts."""
        left = sum(self._weights.values())
        live = sum(self._weights[key] * share for key, share in self._shares.items())
        return (self._spent + live) / (left + self._spent) if left else 1.0

    def remaining(self) -> float:
        """Seconds to go: by the forecast at first, by the time taken once a fifth of the work is done."""
        share = self.share()
        trust = min(1.0, share / TRUSTED_SHARE)
        taken = (time.monotonic() - self.started) / share if share else 0.0
        return (1 - share) * ((1 - trust) * self.forecast_seconds + trust * taken)

    def whole(self) -> str:
        """Say how far the whole is."""
        return f"{self.done} of {self.total} stages, about {duration(self.remaining())} to go"

    def _reached(self, node: Node, values: dict[str, Any]) -> None:
        step, steps = values.get("step"), values.get("steps")
        if step and steps and node.key in self._weights:
            self._shares[node.key] = min(1.0, step / steps)

    def _advance(self, key: str) -> None:
        self._shares.pop(key, None)
        if key in self._weights:
            self._spent += self._weights.pop(key)
            self.done += 1

    def _overall(self) -> None:
        waited, gained = time.monotonic() - self._printed, self.share() - self._printed_at
        if self.done < self.total and (waited >= PLAIN_AT_LAST or (waited >= PLAIN_EVERY and gained >= PLAIN_SHARE)):
            self._printed, self._printed_at = time.monotonic(), self.share()
            self.say(self.whole())


def watching() -> "contextlib.closing[Watcher]":
    """Bars on a terminal, plain lines elsewhere; to be entered around a run."""
    return contextlib.closing(LiveWatcher() if sys.stdout.isatty() else Watcher())


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
        self._show_whole()

    @override
    def start(self, node: Node) -> None:
        self._tasks[node.key] = self._display.add_task(f"  {node.label}", total=None, detail="starting")

    @override
    def update(self, node: Node, values: dict[str, Any]) -> None:
        self._reached(node, values)
        if node.key in self._tasks:
            step, steps = values.get("step"), values.get("steps")
            self._display.update(self._tasks[node.key], completed=step, total=steps, detail=_detail(values))
        self._show_whole()

    @override
    def finish(self, node: Node) -> None:
        if task := self._tasks.pop(node.key, None):
            self._display.remove_task(task)
        self._show_whole()

    @override
    def say(self, text: str) -> None:
        self._display.console.print(text, markup=False, emoji=False, highlight=False)

    @override
    def close(self) -> None:
        self._display.stop()

    def _show_whole(self) -> None:
        self._display.update(self._whole, total=1.0, completed=self.share(), detail=self.whole())


def _detail(values: dict[str, Any]) -> str:
    parts = [str(values["phase"])] if values.get("phase") else []
    if values.get("loss") is not None:
        parts.append(f"loss {float(values['loss']):.3f}")  # "inf" is a string in JSON
    if rate := values.get("tokens_per_second"):
        parts.append(f"{short_amount(float(rate))} tokens/s")
        if values.get("steps") and values.get("seconds_left") is not None:
            parts.append(f"{duration(values['seconds_left'])} left")
    return ", ".join(parts)
