"""A benchmark's board and the verdicts on its claims, from records alone."""

from pathlib import Path

from earlyexp_bench.board.earlier import earlier_board
from earlyexp_bench.board.publish import Results, require_out, write_board
from earlyexp_bench.board.score import Scored, score_plan
from earlyexp_bench.contracts import UserError
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan
from earlyexp_bench.planning.native import plan_of_records
from earlyexp_bench.planning.prepare import existing_store, load
from earlyexp_bench.planning.published import published
from earlyexp_bench.scoring import METRICS
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import PublishedRecords, Store, writing


def report_benchmark(options: Options, picture: Path | None = None, metric_version: int | None = None) -> Results:
    """Rebuild a board and its files from records alone, and draw its main plots where a picture is asked for.

    The benchmark's published records count, unless the options leave them out.
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
        _require_metric(metric_version)
    require_out(options.out, loaded)
    plan, store, beside = _on_record(options, loaded)
    scored = score_plan(plan, store, metric_version, published=beside)
    _require_results(options, plan, scored)
    if picture is not None:
        _draw(scored, picture)
    return write_board(scored, plan, store, options.out, earlier_board(options.out / loaded.board))


def claims_of_benchmark(options: Options) -> Scored:
    """Judge the claims that a benchmark states by the records there are; writes nothing.

    Raises:
        UserError: Unknown benchmark, or it states no claims; no store, or one without a result of the benchmark.
    """
    loaded = load(options)
    if not loaded.spec.claims:
        raise UserError(
            f"{loaded.board} states no claims",
            where=loaded.where(()),
            expected="a benchmark with `claims:`, e.g. lambda-study",
        )
    plan, store, beside = _on_record(options, loaded)
    scored = score_plan(plan, store, published=beside)
    _require_results(options, plan, scored)
    return scored


def _on_record(options: Options, loaded: LoadedBenchmark) -> tuple[Plan, Store, PublishedRecords | None]:
    """What a board is made of: a plan, a store, which must be there unless records are published, and these."""
    store, beside = Store(options.store), published(options, loaded)
    plan = plan_of_records(loaded, store, beside)
    return plan, store if beside else existing_store(options.store), beside


def _require_metric(metric_version: int) -> None:
    if metric_version not in METRICS:
        known = ", ".join(map(str, sorted(METRICS)))
        raise UserError(f"--metric-version {metric_version} is unknown", expected=f"one of {known}")


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
        write_picture(scored.board, scored.cells, picture, claims=scored.claims)
