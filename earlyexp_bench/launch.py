"""Run what a plan lacks, and keep the board's page fresh while it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.board.live import LivePage
from earlyexp_bench.board.publish import Results, require_out
from earlyexp_bench.board.scales import check_scales
from earlyexp_bench.contracts.stages import TokensOutput
from earlyexp_bench.execute import (
    Event,
    Finished,
    LocalExecutor,
    RunOutcome,
    StrictCode,
    changed_below,
    run_stages,
    strict_code,
)
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Node, NodeStatus, Plan, build_plan, check_token_counts, plan_status, require_device
from earlyexp_bench.planning.native import on_this_machine
from earlyexp_bench.planning.prepare import Prepared, load, prepare_loaded

DATA_STAGES = ("tokenizer", "tokens")
INTERRUPTED = 130


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


class RunObserver:
    """Whoever watches a run; nothing is done with what is taken unless a method is overridden."""

    def planned(self, prepared: Prepared) -> None:
        """Take the plan, before anything runs."""

    def event(self, event: Event) -> None:
        """Take an event of the driver."""

    def page(self, path: Path) -> None:
        """Take the page's path whenever it was written."""


def run_benchmark(options: Options, observer: RunObserver) -> RunResult:
    """Run what is missing, rewriting the page as results land.

    Raises:
        UserError: The input is wrong, or a folder cannot be written; nothing has been trained.
    """
    loaded = on_this_machine(load(options))
    require_out(options.out, loaded)
    prepared = prepare_loaded(options, loaded)
    announce(prepared, observer)
    # The board is the whole benchmark's, also when only some seeds or recipes run.
    whole = prepared.plan if options.seeds is None and options.recipes is None else build_plan(loaded)
    page = LivePage(whole, prepared.store, options.out, observer.page, prepared.published)
    outcome, exit_code = make(options, prepared, observer, page.landed)
    return RunResult(page.write(), outcome, exit_code, plan_status(prepared.plan, prepared.store))


def local_executor(plan: Plan, options: Options) -> LocalExecutor:
    """Return what runs a plan's stages on this machine; whoever takes it closes it."""
    numerics = plan.spec.numerics
    return LocalExecutor(
        numerics.cpu_threads, instruction_set=numerics.instruction_set, environment=options.worker_environment
    )


def announce(prepared: Prepared, observer: RunObserver) -> None:
    """Tell the observer of the plan, where this machine and the store allow what is to be done.

    Raises:
        UserError: There is no such device, or the store cannot be written.
    """
    to_do = _to_do(prepared)
    if any(node.spec.numerics for node in to_do):
        require_device(prepared.plan.loaded, prepared.probe)
    if to_do:
        prepared.store.require_writable((node.spec.kind, node.key) for node in prepared.plan.nodes)
    observer.planned(prepared)


def make(
    options: Options, prepared: Prepared, observer: RunObserver, landed: Callable[[], None]
) -> tuple[RunOutcome | None, int]:
    """Make what is missing; return how that went, None where nothing was or it was interrupted, and the exit code.

    Args:
        options: Whether code is strict, and what workers are told.
        prepared: The plan against its store.
        observer: Is told of events.
        landed: Is called whenever a cell came to its end.
    """
    try:
        outcome = _run_missing(options, prepared, observer, landed) if _to_do(prepared) else None
    except KeyboardInterrupt:
        return None, INTERRUPTED
    return outcome, 0 if outcome is None or outcome.ok else 2 if outcome.mistakes else 1


def _to_do(prepared: Prepared) -> list[Node]:
    return [status.node for status in prepared.statuses if status.state == "miss"]


def _run_missing(options: Options, prepared: Prepared, observer: RunObserver, landed: Callable[[], None]) -> RunOutcome:
    plan, store = prepared.plan, prepared.store
    kinds = {node.key: node.spec.kind for node in plan.nodes}
    executor = local_executor(plan, options)

    def on_event(event: Event) -> None:
        observer.event(event)
        if isinstance(event, Finished) and kinds[event.key] == "evaluate":
            landed()

    def run(nodes: Sequence[Node], strict: StrictCode) -> RunOutcome:
        return run_stages(nodes, store, executor, workers=prepared.workers, on_event=on_event, strict=strict)

    strict = strict_code(prepared.statuses) if options.strict_code else StrictCode()
    try:
        outcome = run([node for node in plan.nodes if node.spec.kind in DATA_STAGES], strict)
        if outcome.mistakes:  # nothing can be made of data that are wrong, though only the worker could see it
            raise outcome.mistakes[0].mistake()
        if outcome.ok:
            data = {n: store.record("tokens", ref.key).output_as(TokensOutput) for n, ref in plan.tokens.items()}
            check_token_counts(plan.loaded, data)
            check_scales(plan, data)
        outcome = run(plan.nodes, strict)
        while options.strict_code and outcome.ok and (strict := changed_below(plan, store)).unwanted:
            outcome = run(plan.nodes, strict)
        return outcome
    finally:
        executor.close()
