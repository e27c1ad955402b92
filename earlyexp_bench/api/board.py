"""A benchmark's board and the verdicts on its claims, from records alone."""

from dataclasses import dataclass, replace
from pathlib import Path

from earlyexp_bench.api.collect import collect_board, timings
from earlyexp_bench.api.earlier import Earlier, Lost, earlier_board, lost
from earlyexp_bench.api.load import load
from earlyexp_bench.api.options import Options
from earlyexp_bench.api.stored import existing_store
from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.scoring import METRICS, Board, CellResult, ClaimResult, judge_claims, score_board
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import Store, require_writable, writing


@dataclass(frozen=True)
class Scored:
    """A board with the cells it was scored from.

    Attributes:
        claims: Verdicts on the claims that the benchmark states, in its order.
    """

    board: Board
    cells: list[CellResult]
    claims: tuple[ClaimResult, ...]


@dataclass(frozen=True)
class Results(Scored):
    """A board whose files were written.

    Attributes:
        page: ``index.html``.
        lost: What the board that was replaced had and this one lacks.
    """

    page: Path
    lost: Lost


def report_benchmark(options: Options, picture: Path | None = None, metric_version: int | None = None) -> Results:
    """Rebuild a board and its files from records alone, and draw its main plots where a picture is asked for.

    Nothing is written, and no earlier board replaced, unless the store holds a result and all files can be written.

    Args:
        options: Benchmark, store and folder.
        picture: A file that ends in ``.svg`` or ``.png``.
        metric_version: Another than the benchmark's: raw losses are kept, so every version can be computed.

    Raises:
        UserError: Unknown benchmark, metric version or kind of picture; no store, or one without a result of the
            benchmark; a folder that cannot be written.
    """
    loaded = load(options)
    if metric_version is not None:
        _known(metric_version)
    require_out(options.out, loaded)
    store, plan = existing_store(options.store), build_plan(loaded)
    scored = score_plan(plan, store, metric_version)
    _require_results(options, plan, scored)
    if picture is not None:
        _draw(scored, picture)
    return _write(scored, plan, store, options.out, earlier_board(options.out / loaded.board))


def require_out(out: Path, loaded: LoadedBenchmark) -> None:
    """Refuse a folder of results in which the benchmark's board could not be written.

    Raises:
        UserError: With the system's reason.
    """
    with writing(out):
        folder = out / loaded.board
        require_writable(folder if folder.exists() else out)


def claims_of_benchmark(options: Options) -> Scored:
    """Judge the claims that a benchmark states by the records there are; writes nothing.

    Raises:
        UserError: Unknown benchmark, or it states no claims; no store, or one without a result of the benchmark.
    """
    plan = build_plan(load(options))
    if not plan.spec.claims:
        raise UserError(
            f"{plan.loaded.board} states no claims",
            where=plan.loaded.where(()),
            expected="a benchmark with `claims:`, e.g. lambda-study",
        )
    scored = score_plan(plan, existing_store(options.store))
    _require_results(options, plan, scored)
    return scored


def write_board(plan: Plan, store: Store, out: Path, before: Earlier) -> Results:
    """Score a plan's cells by their records, whatever there is, and write the results.

    Args:
        plan: The benchmark's.
        store: With the records.
        out: Folder of all boards.
        before: The board that is replaced.
    """
    return _write(score_plan(plan, store), plan, store, out, before)


def _write(scored: Scored, plan: Plan, store: Store, out: Path, before: Earlier) -> Results:
    from earlyexp_bench.site import write_results

    folder = out / plan.loaded.board
    seconds = timings(plan, store)
    with writing(folder):
        page = write_results(scored.board, scored.cells, folder, claims=scored.claims, timings=seconds)
    return Results(scored.board, scored.cells, scored.claims, page, lost(before, scored.board))


def score_plan(plan: Plan, store: Store, metric_version: int | None = None) -> Scored:
    """Score a plan's cells by their records and judge its claims; writes nothing."""
    terms, cells = collect_board(plan, store)
    if metric_version is not None:
        terms = replace(terms, metric_version=_known(metric_version))
    board = score_board(terms, cells)
    return Scored(board, cells, judge_claims(board, cells))


def _require_results(options: Options, plan: Plan, scored: Scored) -> None:
    """Refuse to speak of a board of which the store knows no cell, neither good nor bad."""
    counts = scored.board.counts
    if not counts.ran + counts.failed:
        raise UserError(
            f"the store has no result of {plan.loaded.board}",
            where=f"--store {options.store}",
            expected=f"`run {options.benchmark}`, or `records add FILE`",
        )


def _draw(scored: Scored, picture: Path) -> None:
    from earlyexp_bench.site import write_picture

    with writing(picture, expected="a file in a folder you may write"):
        picture.parent.mkdir(parents=True, exist_ok=True)
        write_picture(scored.board, scored.cells, picture)


def _known(metric_version: int) -> int:
    if metric_version not in METRICS:
        known = ", ".join(map(str, sorted(METRICS)))
        raise UserError(f"--metric-version {metric_version} is unknown", expected=f"one of {known}")
    return metric_version
