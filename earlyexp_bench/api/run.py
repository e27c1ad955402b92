"""Plan and run a benchmark: what the command line calls, and a notebook may."""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from earlyexp_bench.api.board import Results, require_out, write_board
from earlyexp_bench.api.earlier import earlier_board
from earlyexp_bench.api.load import load
from earlyexp_bench.api.notes import notes_of_plan
from earlyexp_bench.api.options import Options
from earlyexp_bench.api.scales import check_scales
from earlyexp_bench.api.strict import changed_below, strict_code
from earlyexp_bench.contracts import UserError
from earlyexp_bench.execute import Event, Finished, LocalExecutor, RunOutcome, StrictCode, run_stages
from earlyexp_bench.planning import (
    Forecast,
    ModelProbe,
    Node,
    NodeStatus,
    Plan,
    build_plan,
    check_modules,
    check_tasks,
    check_token_counts,
    forecast,
    plan_status,
    probe_model,
    require_device,
)
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import Store, require_writable

DATA_STAGES = ("tokenizer", "tokens")
FIRST_PAGE_SECONDS = 20.0
PAGE_SHARE = 0.03  # of the run's time may go into rewriting the page
INTERRUPTED = 130


@dataclass(frozen=True)
class Prepared:
    """A plan against a store."""

    plan: Plan
    store: Store
    probe: ModelProbe
    statuses: list[NodeStatus]
    forecast: Forecast
    workers: int


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        outcome: Stage by stage; None when it was interrupted.
        exit_code: 0 done, 1 a stage failed, 2 one failed for what the user can mend, 130 interrupted.
        statuses: What the store holds of the plan at the end, whichever software made it.
    """

    results: Results
    outcome: RunOutcome | None
    exit_code: int
    statuses: list[NodeStatus]


class Observer(Protocol):
    """Whoever watches a run."""

    def planned(self, prepared: Prepared) -> None:
        """Take the plan, before anything runs."""
        ...

    def event(self, event: Event) -> None:
        """Take an event of the driver."""
        ...

    def page(self, path: Path) -> None:
        """Take the page's path whenever it was written."""
        ...


def plan_benchmark(options: Options) -> Prepared:
    """Validate everything and compare the plan with the store; writes nothing but the model probe's answer.

    Raises:
        UserError: With file, line, key, what is wrong and what would be right.
    """
    return _prepared(options, load(options))


def _prepared(options: Options, loaded: LoadedBenchmark) -> Prepared:
    _refuse_other_seeds(options, loaded)
    if not options.store.is_dir():
        require_writable(options.store)
    plan = build_plan(loaded, list(options.seeds) if options.seeds else None)
    store = Store(options.store)
    probe = probe_model(loaded, options.store / "probes", _worker_environment(options))
    check_modules(plan, probe)
    statuses = plan_status(plan, store, strict_code=options.strict_code)
    check_tasks(plan, statuses, _worker_environment(options))
    workers = options.workers or _default_workers(plan)
    return Prepared(plan, store, probe, statuses, forecast(plan, statuses, store, probe, workers), workers)


def run_benchmark(options: Options, observer: Observer) -> RunResult:
    """Run what is missing, rewriting the page as results land.

    Raises:
        UserError: The input is wrong, or a folder cannot be written; nothing has been trained.
    """
    loaded = load(options)
    require_out(options.out, loaded)
    prepared = _prepared(options, loaded)
    to_do = any(status.state == "miss" for status in prepared.statuses)
    if any(status.state == "miss" and status.node.spec.numerics for status in prepared.statuses):
        require_device(loaded, prepared.probe)
    if to_do:
        prepared.store.require_writable((node.spec.kind, node.key) for node in prepared.plan.nodes)
    observer.planned(prepared)
    page = _Page(options, prepared, observer)
    outcome: RunOutcome | None = None
    exit_code = 0
    try:
        if to_do:
            outcome = _run_missing(options, prepared, observer, page)
            exit_code = _exit_code(outcome)
    except KeyboardInterrupt:
        exit_code = INTERRUPTED
    return RunResult(page.write(), outcome, exit_code, plan_status(prepared.plan, prepared.store))


def plan_json(prepared: Prepared) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        "schema_version": 1,
        "board": prepared.plan.loaded.board,
        "cells": len(prepared.plan.cells),
        "parameters": prepared.probe.parameters,
        "device_present": prepared.probe.device_present,
        "forecast": vars(prepared.forecast),
        "notes": [vars(note) for note in notes_of_plan(prepared.plan)],
        "stages": [
            {
                "kind": status.node.spec.kind,
                "key": status.node.key,
                "label": status.node.label,
                "state": status.state,
                "reason": status.reason,
                "drift": [vars(difference) for difference in status.drift],
                "changed_parents": list(status.changed_parents),
                "machine": status.machine,
                "update_tokens": status.node.update_tokens,
                "flops": (status.node.update_tokens + status.node.further_tokens) * prepared.probe.flops_per_token,
                "parents": {role: parent.key for role, parent in status.node.spec.parents.items()},
            }
            for status in prepared.statuses
        ],
    }


def _refuse_other_seeds(options: Options, loaded: LoadedBenchmark) -> None:
    own = loaded.spec.seeds
    for seed in options.seeds or ():
        if seed not in own:
            raise UserError(
                f"--seeds names {seed}, the seeds of {loaded.board} are {', '.join(map(str, own))}",
                expected=f"some of these; `--set seeds=[{seed}]` makes a board of its own",
            )


def _run_missing(options: Options, prepared: Prepared, observer: Observer, page: "_Page") -> RunOutcome:
    plan, store = prepared.plan, prepared.store
    threads = plan.spec.numerics.cpu_threads
    executor = LocalExecutor(prepared.workers, threads, environment=_worker_environment(options))

    def on_event(event: Event) -> None:
        observer.event(event)
        page.on_event(event)

    def run(nodes: Sequence[Node], strict: StrictCode) -> RunOutcome:
        return run_stages(nodes, store, executor, workers=prepared.workers, on_event=on_event, strict=strict)

    strict = strict_code(prepared.statuses) if options.strict_code else StrictCode()
    try:
        outcome = run([node for node in plan.nodes if node.spec.kind in DATA_STAGES], strict)
        _refuse_wrong_data(outcome)
        if outcome.ok:
            records = {name: store.record("tokens", ref.key) for name, ref in plan.tokens.items()}
            check_token_counts(plan.loaded, records)
            check_scales(plan, records)
        outcome = run(plan.nodes, strict)
        while options.strict_code and outcome.ok and (strict := changed_below(plan, store)).unwanted:
            outcome = run(plan.nodes, strict)
        return outcome
    finally:
        executor.close()


def _exit_code(outcome: RunOutcome) -> int:
    return 0 if outcome.ok else 2 if outcome.mistakes else 1


def _worker_environment(options: Options) -> dict[str, str]:
    return {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"} if options.offline else {}


def _refuse_wrong_data(outcome: RunOutcome) -> None:
    """Nothing can be made of data that are wrong, though only the worker could see it."""
    for failure in outcome.mistakes:
        raise failure.mistake()


def _default_workers(plan: Plan) -> int:
    if plan.spec.numerics.device != "cpu":
        return 1
    return max(1, (os.cpu_count() or 1) // plan.spec.numerics.cpu_threads)


class _Page:
    """The page of a run, rewritten while cells land, but not so often that it slows them."""

    def __init__(self, options: Options, prepared: Prepared, observer: Observer) -> None:
        # The board is the whole benchmark's, also when only some seeds run.
        self._plan = prepared.plan if options.seeds is None else build_plan(prepared.plan.loaded)
        self._store = prepared.store
        self._out = options.out
        self._observer = observer
        self._kinds = {node.key: node.spec.kind for node in prepared.plan.nodes}
        self._next = time.monotonic() + FIRST_PAGE_SECONDS
        self.path = self._out / self._plan.loaded.board / "index.html"
        self._before = earlier_board(self.path.parent)

    def on_event(self, event: Event) -> None:
        landed = isinstance(event, Finished) and self._kinds[event.key] == "evaluate"
        if landed and time.monotonic() >= self._next:
            with contextlib.suppress(UserError):  # training goes on; the last write says what is wrong if it still is
                self.write()

    def write(self) -> Results:
        started = time.monotonic()
        results = write_board(self._plan, self._store, self._out, self._before)
        self.path = results.page
        self._observer.page(self.path)
        ended = time.monotonic()
        self._next = ended + max(FIRST_PAGE_SECONDS, (ended - started) / PAGE_SHARE)
        return results
