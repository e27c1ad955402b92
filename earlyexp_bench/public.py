"""What `earlyexp_bench` offers by name: plan, run, report, claims, check and tune, for scripts and notebooks.

A mistake is a `contracts.UserError`, which says what is wrong, where, and what would be right.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from earlyexp_bench.board.publish import Results
from earlyexp_bench.board.report import claims_of_benchmark, report_benchmark
from earlyexp_bench.board.score import Scored
from earlyexp_bench.checking import Checked, check_benchmark
from earlyexp_bench.launch import RunObserver, RunResult, run_benchmark
from earlyexp_bench.options import DEFAULT_OUT, DEFAULT_STORE, Options
from earlyexp_bench.planning.prepare import Prepared, prepare
from earlyexp_bench.tuning import Design, Tuning, tune_benchmark

Place = str | Path


def plan(
    benchmark: Place,
    *,
    recipes: Place | None = None,
    overrides: Iterable[str] = (),
    seeds: Iterable[int] | None = None,
    workers: int | None = None,
    processes: int = 1,
    store: Place = DEFAULT_STORE,
    offline: bool = False,
    own_only: bool = False,
    strict_code: bool = False,
) -> Prepared:
    """Validate everything and compare the plan with the store; trains nothing.

    Args:
        benchmark: Id of an installed benchmark, or path of a YAML file.
        recipes: A file with more recipes.
        overrides: ``key=value`` each; they change the protocol, so the board gets a name of its own.
        seeds: These only, of the benchmark's own.
        workers: Stages at a time; None for as many as the cores allow.
        processes: Ranks that train each stage together, under torchrun.
        store: Folder of records and checkpoints.
        offline: Forbid hub access in every worker.
        own_only: Leave the benchmark's published records out.
        strict_code: Make again what other software made.

    Returns:
        Its ``plan`` (stages and cells), ``statuses`` (hit or miss with the reason) and ``forecast``.

    Raises:
        UserError: With file, line, key, what is wrong and what would be right.
    """
    return prepare(
        _options(
            benchmark,
            recipes,
            overrides,
            seeds=seeds,
            workers=workers,
            processes=processes,
            store=store,
            offline=offline,
            own_only=own_only,
            strict_code=strict_code,
        )
    )


def run(
    benchmark: Place,
    *,
    recipes: Place | None = None,
    overrides: Iterable[str] = (),
    seeds: Iterable[int] | None = None,
    workers: int | None = None,
    processes: int = 1,
    store: Place = DEFAULT_STORE,
    out: Place = DEFAULT_OUT,
    offline: bool = False,
    own_only: bool = False,
    strict_code: bool = False,
    observer: RunObserver | None = None,
) -> RunResult:
    """Run what is missing, or go on where a run stopped, and write the board.

    Args:
        benchmark: Id of an installed benchmark, or path of a YAML file.
        recipes: A file with more recipes.
        overrides: ``key=value`` each; they change the protocol, so the board gets a name of its own.
        seeds: These only, of the benchmark's own.
        workers: Stages at a time; None for as many as the cores allow.
        processes: Ranks that train each stage together, under torchrun.
        store: Folder of records and checkpoints.
        out: Folder of results; the board is written to ``out/<benchmark>@<version>``.
        offline: Forbid hub access in every worker.
        own_only: Leave the benchmark's published records out.
        strict_code: Make again what other software made.
        observer: Is told of the plan, of what happens, and whenever the page was written.

    Returns:
        Its ``results`` (board, cells, claims and page), ``outcome`` (stage by stage) and ``exit_code``.

    Raises:
        UserError: The input is wrong, or a folder cannot be written; nothing has been trained.
    """
    options = _options(
        benchmark,
        recipes,
        overrides,
        seeds=seeds,
        workers=workers,
        processes=processes,
        store=store,
        out=out,
        offline=offline,
        own_only=own_only,
        strict_code=strict_code,
    )
    return run_benchmark(options, observer or RunObserver())


def report(
    benchmark: Place,
    *,
    recipes: Place | None = None,
    overrides: Iterable[str] = (),
    store: Place = DEFAULT_STORE,
    out: Place = DEFAULT_OUT,
    own_only: bool = False,
    picture: Place | None = None,
    metric_version: int | None = None,
    processes: int = 1,
) -> Results:
    """Rebuild a board and its files from records alone; trains nothing.

    Args:
        benchmark: Id of an installed benchmark, or path of a YAML file.
        recipes: A file with more recipes.
        overrides: ``key=value`` each; they change the protocol, so the board gets a name of its own.
        store: Folder of records.
        out: Folder of results; the board is written to ``out/<benchmark>@<version>``.
        own_only: Leave the benchmark's published records out.
        picture: A file that ends in ``.svg`` or ``.png``, for the main plots.
        metric_version: Another than the benchmark's.
        processes: As the run was given.

    Returns:
        ``board``, ``cells``, ``claims``, and where the ``page`` is.

    Raises:
        UserError: Nothing to report, or a file that cannot be written.
    """
    options = _options(benchmark, recipes, overrides, processes=processes, store=store, out=out, own_only=own_only)
    return report_benchmark(options, None if picture is None else Path(picture), metric_version)


def claims(
    benchmark: Place,
    *,
    recipes: Place | None = None,
    overrides: Iterable[str] = (),
    store: Place = DEFAULT_STORE,
    own_only: bool = False,
) -> Scored:
    """Judge the claims that a benchmark states by the records there are; writes nothing.

    Args:
        benchmark: Id of an installed benchmark, or path of a YAML file.
        recipes: A file with more recipes.
        overrides: ``key=value`` each; they change the protocol, so the board gets a name of its own.
        store: Folder of records.
        own_only: Leave the benchmark's published records out.

    Returns:
        ``board``, ``cells`` and ``claims``, a verdict each.

    Raises:
        UserError: The benchmark states no claims, or there is no record of it.
    """
    return claims_of_benchmark(_options(benchmark, recipes, overrides, store=store, own_only=own_only))


def check(
    benchmark: Place,
    *,
    recipes: Place | None = None,
    overrides: Iterable[str] = (),
    cells: int | None = None,
    seeds: Iterable[int] | None = None,
    records: Place | None = None,
    workers: int | None = None,
    store: Place | None = None,
    offline: bool = False,
    observer: RunObserver | None = None,
) -> Checked:
    """Make published cells again, in a fresh store, and compare them with their records, bit by bit.

    Args:
        benchmark: Id of an installed benchmark, or path of a YAML file.
        recipes: A file with more recipes, of which there are records.
        overrides: ``key=value`` each; they change the protocol, so ``records`` must be given.
        cells: How many, spread over recipes, pipelines and seeds; None for 12, or for all of ``seeds``.
        seeds: Of these only.
        records: Folder of files that `records save` wrote, or one file; None for those that come with the benchmark.
        workers: Stages at a time; None for as many as the cores allow.
        store: Folder to make them in, which stays; None for a temporary one.
        offline: Forbid hub access in every worker.
        observer: Is told of the plan and of what happens.

    Returns:
        Its ``cells`` with what differs first, ``losses`` beside the spread between seeds, and ``exit_code``.

    Raises:
        UserError: There are no such records or cells, or the store has other results in it.
    """
    options = _options(
        benchmark,
        recipes,
        overrides,
        seeds=seeds,
        workers=workers,
        store=DEFAULT_STORE,
        offline=offline,
        own_only=True,
    )
    paths = [None if path is None else Path(path) for path in (records, store)]
    return check_benchmark(options, observer or RunObserver(), cells=cells, records=paths[0], keep=paths[1])


def tune(
    benchmark: Place,
    seeds: Iterable[int],
    *,
    designs: Mapping[str, Iterable[str]] | None = None,
    also: Iterable[str] = (),
    recipes: Place | None = None,
    overrides: Iterable[str] = (),
    workers: int | None = None,
    store: Place = DEFAULT_STORE,
    offline: bool = False,
    strict_code: bool = False,
    observer: RunObserver | None = None,
) -> Tuning:
    """Run tuning seeds of one design or several and say how well each measures; writes no board, tells no mean gain.

    Args:
        benchmark: Id of an installed benchmark, or path of a YAML file.
        seeds: 100 and above, none of the benchmark's own.
        designs: By name, what each changes: ``key=value`` each. None for the benchmark as it is.
        also: Recipes whose rates are looked at, beside the reference, the primary one and those of the file.
        recipes: A file with more recipes.
        overrides: ``key=value`` each, in every design.
        workers: Stages at a time; None for as many as the cores allow.
        store: Folder of records and checkpoints.
        offline: Forbid hub access in every worker.
        strict_code: Make again what other software made.
        observer: Is told of each plan and of what happens.

    Returns:
        Its ``designs``, each with ``figure_of_merit`` and ``precision`` (levels, rates, convergence).

    Raises:
        UserError: The input is wrong; nothing has been trained.
    """
    options = _options(
        benchmark,
        recipes,
        overrides,
        seeds=seeds,
        workers=workers,
        store=store,
        offline=offline,
        strict_code=strict_code,
    )
    tried = [Design(name, tuple(changes)) for name, changes in (designs or {}).items()]
    return tune_benchmark(options, tried, tuple(also), observer or RunObserver())


def _options(
    benchmark: Place,
    recipes: Place | None,
    overrides: Iterable[str],
    *,
    store: Place,
    out: Place = DEFAULT_OUT,
    seeds: Iterable[int] | None = None,
    workers: int | None = None,
    processes: int = 1,
    offline: bool = False,
    own_only: bool = False,
    strict_code: bool = False,
) -> Options:
    return Options(
        benchmark=str(benchmark),
        recipes=None if recipes is None else Path(recipes),
        overrides=(overrides,) if isinstance(overrides, str) else tuple(overrides),
        seeds=None if seeds is None else tuple(seeds),
        workers=workers,
        processes=processes,
        store=Path(store),
        out=Path(out),
        offline=offline,
        own_only=own_only,
        strict_code=strict_code,
    )
