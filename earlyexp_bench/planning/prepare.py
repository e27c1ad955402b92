"""What a command names, and a plan against a store: what would run, and what it takes."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from earlyexp_bench.contracts import UserError
from earlyexp_bench.options import DEFAULT_STORE, Options
from earlyexp_bench.planning.cells import build_plan
from earlyexp_bench.planning.forecast import Forecast, forecast
from earlyexp_bench.planning.modules import check_modules
from earlyexp_bench.planning.native import on_this_machine
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.planning.probe import ModelProbe, probe_model
from earlyexp_bench.planning.published import published, recipes_to_run
from earlyexp_bench.planning.status import NodeStatus, plan_status
from earlyexp_bench.planning.tasks import check_tasks
from earlyexp_bench.spec import LoadedBenchmark, load_benchmark
from earlyexp_bench.store import PublishedRecords, Store, require_writable


@dataclass(frozen=True)
class Prepared:
    """A plan against a store.

    Attributes:
        published: Records to compare with and to fill the board with; none of them is a hit.
    """

    plan: Plan
    store: Store
    probe: ModelProbe
    statuses: list[NodeStatus]
    forecast: Forecast
    workers: int
    published: PublishedRecords | None = None


def load(options: Options) -> LoadedBenchmark:
    """Read and validate the benchmark.

    Raises:
        UserError: With file, line, key, what is wrong and what would be right.
    """
    loaded = load_benchmark(options.benchmark, recipes=options.recipes, overrides=options.overrides)
    return replace(loaded, processes=options.processes)


def existing_store(path: Path) -> Store:
    """Open a store that something has been written to.

    Raises:
        UserError: There is none.
    """
    store = Store(path)
    if not store.exists():
        raise UserError(
            f"{path} is no store",
            where="--store",
            expected=f"a folder that `run` or `records add` wrote; the default is {DEFAULT_STORE}",
        )
    return store


def prepare(options: Options) -> Prepared:
    """Validate everything and compare the plan with the store; writes nothing but the model probe's answer.

    Raises:
        UserError: With file, line, key, what is wrong and what would be right.
    """
    return prepare_loaded(options, on_this_machine(load(options)))


def prepare_loaded(options: Options, loaded: LoadedBenchmark) -> Prepared:
    """As `prepare`, of a benchmark that is read."""
    refuse_other_seeds(options, loaded)
    beside = published(options, loaded)
    seeds = list(options.seeds) if options.seeds else None
    return prepare_plan(options, build_plan(loaded, seeds, recipes_to_run(loaded, beside)), beside)


def prepare_plan(options: Options, plan: Plan, beside: PublishedRecords | None = None) -> Prepared:
    """As `prepare`, of a plan that is made, with the published records beside it."""
    if not options.store.is_dir():
        require_writable(options.store)
    store = Store(options.store)
    probe = probe_model(plan.loaded, options.store / "probes", options.worker_environment)
    check_modules(plan, probe)
    statuses = plan_status(plan, store, strict_code=options.strict_code)
    check_tasks(plan, statuses, options.worker_environment)
    workers = options.workers or _default_workers(plan)
    cost = forecast(plan, statuses, store, probe, workers, beside)
    return Prepared(plan, store, probe, statuses, cost, workers, beside)


def refuse_other_seeds(options: Options, loaded: LoadedBenchmark) -> None:
    """Refuse seeds that are not the benchmark's.

    Raises:
        UserError: Names the first, and those that there are.
    """
    own = loaded.spec.seeds
    for seed in options.seeds or ():
        if seed not in own:
            raise UserError(
                f"--seeds names {seed}, the seeds of {loaded.board} are {', '.join(map(str, own))}",
                expected=f"some of these; `--set seeds=[{seed}]` makes a board of its own",
            )


def _default_workers(plan: Plan) -> int:
    if plan.spec.numerics.device != "cpu":
        return 1
    return max(1, (os.cpu_count() or 1) // plan.spec.numerics.cpu_threads)
