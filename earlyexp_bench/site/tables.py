"""A board as JSON and CSV, its cells as Parquet. The same records give the same bytes."""

import csv
import io
import json
from collections.abc import Collection, Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from earlyexp_bench.contracts import TRAINING_STAGES, canonical_json
from earlyexp_bench.scoring import Board, CellResult, Contamination, Estimate, Losses, PipelineScore
from earlyexp_bench.site.wording import contaminated, plain_verdict

CSV_SCHEMA = 1
CELLS_SCHEMA = 1
LOSSES = ("immediate", "retained", "downstream", "pretraining")


def json_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """JSON with sorted keys and floats of 12 significant digits, one value a line.

    Raises:
        ValueError: ``value`` holds NaN or an infinity.
    """
    normal = json.loads(canonical_json(value))
    return (json.dumps(normal, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def leaderboard_csv(board: Board) -> bytes:
    """One line for each recipe and pipeline, then one for each recipe's average over pipelines."""
    lines = [_csv_line(board, score) for row in board.rows for score in row.pipelines]
    for row in board.rows:
        if row.hypervolume_difference is not None:
            average = _named("hypervolume_difference", row.hypervolume_difference)
            worse = ";".join(row.judged("worse"))
            lines.append(
                {"recipe": row.recipe, "pipeline": "average", "state": "complete", **average, "worse_on": worse}
            )
    common = {"schema_version": CSV_SCHEMA, "metric_version": board.terms.metric_version, "benchmark": board.name}
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*common, *lines[0]], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**common, **line} for line in lines)
    return buffer.getvalue().encode()


def in_order(cells: Iterable[CellResult]) -> list[CellResult]:
    """Cells in the one order in which they are written."""
    return sorted(cells, key=lambda cell: (cell.recipe, cell.pipeline, cell.seed, cell.sweep_key, cell.output))


def cells_parquet(board: Board, cells: Iterable[CellResult]) -> bytes:
    """One row a cell, sorted; losses on test and, suffixed ``_validation``, on validation.

    Swept values have columns named as swept, further measures as they are named, tokens ``tokens_<stage>_<source>``.
    ``contaminated`` is null where contamination has not been measured.
    """
    rows = in_order(cells)
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(cell, name) for cell in rows], kind)
        for name, kind in (("recipe", pa.string()), ("pipeline", pa.string()), ("seed", pa.int64()))
    }
    for name in sorted({name for cell in rows for name in cell.sweep}):
        columns[name] = _floats(cell.sweep.get(name) for cell in rows)
    for name in ("output", "status", "reason"):
        columns[name] = pa.array([getattr(cell, name) for cell in rows], pa.string())
    for split, suffix in (("test", ""), ("validation", "_validation")):
        for name in LOSSES:
            columns[f"{name}_loss{suffix}"] = _floats(_loss(getattr(cell, split), name) for cell in rows)
    for stage, source in _ledger_entries(rows):
        tokens = [cell.ledger.get(stage, {}).get(source) for cell in rows]
        columns[f"tokens_{stage}_{source}"] = pa.array(tokens, pa.int64())
    columns["flops"] = _floats(cell.flops for cell in rows)
    columns["stopped"] = pa.array([cell.stopped for cell in rows], pa.string())
    flags = {terms.name: contaminated(board.terms, terms) for terms in board.terms.pipelines}
    columns["contaminated"] = pa.array([_flag(flags[cell.pipeline]) for cell in rows], pa.bool_())
    for name in sorted({name for cell in rows for name in cell.metrics} - columns.keys()):
        columns[name] = _floats(cell.metrics.get(name) for cell in rows)
    about = {"schema_version": CELLS_SCHEMA, "metric_version": board.terms.metric_version, "benchmark": board.name}
    return _parquet(columns, about)


def _ledger_entries(cells: Iterable[CellResult]) -> list[tuple[str, str]]:
    """Every (stage, source) that some cell trained on, in the order of the stages."""
    found = {(stage, source) for cell in cells for stage, sources in cell.ledger.items() for source in sources}
    return sorted(found, key=lambda entry: (TRAINING_STAGES.index(entry[0]), entry[1]))


def _flag(twins: Collection[Contamination] | None) -> bool | None:
    """Whether test documents have more twins in training than the benchmark allows; None where not measured."""
    return None if twins is None else bool(twins)


def _parquet(columns: dict[str, pa.Array], about: dict[str, object]) -> bytes:
    table = pa.table(columns).replace_schema_metadata({key: str(value) for key, value in about.items()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _floats(values: Iterable[float | None]) -> pa.Array:
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _loss(losses: Losses | None, name: str) -> float | None:
    return None if losses is None else getattr(losses, name)


def _csv_line(board: Board, score: PipelineScore) -> dict[str, Any]:
    counts = score.counts
    low, high = score.matched_range or (None, None)
    terms = board.terms.pipeline(score.pipeline)
    return {
        "recipe": score.recipe,
        "pipeline": score.pipeline,
        "state": score.state,
        **{f"cells_{name}": getattr(counts, name) for name in counts.__slots__},
        "capped": score.capped,
        "sweep_limited": _lower(score.sweep_limited),
        "open_ended": _lower(score.open_ended),
        **_named("hypervolume", score.hypervolume),
        **_named("hypervolume_difference", score.hypervolume_difference),
        **_named("matched_gain", score.matched_gain),
        "matched_range_low": _number(low),
        "matched_range_high": _number(high),
        **_named("pretraining_difference", score.pretraining_difference),
        **_contrast(board, score),
        "tokens": _number(sum(score.tokens.values()) if score.tokens else None),
        "flops": _number(score.flops),
        "contaminated": _lower(_flag(contaminated(board.terms, terms))),
        "reason": score.reason or score.matched_reason,
    }


def _contrast(board: Board, score: PipelineScore) -> dict[str, str]:
    """Verdict and place of a row; empty for the reference, which has a place only."""
    contrast, rank = score.contrast, score.rank
    simultaneous = contrast.simultaneous if contrast else None
    return {
        "verdict": plain_verdict(score) if contrast else "",
        "verdict_reason": contrast.reason if contrast else "",
        "worse_on": ";".join(board.row(score.recipe).judged("worse")),
        "p_value": _number(contrast.p_value if contrast else None),
        "p_adjusted": _number(contrast.adjusted if contrast else None),
        "simultaneous_low": _number(simultaneous.low if simultaneous else None),
        "simultaneous_high": _number(simultaneous.high if simultaneous else None),
        "detectable_difference": _number(contrast.detectable if contrast else None),
        "rank_best": _number(rank.best if rank else None),
        "rank_worst": _number(rank.worst if rank else None),
        "unranked": score.unranked,
    }


def _named(name: str, estimate: Estimate | None) -> dict[str, str]:
    values = (estimate.mean, estimate.low, estimate.high) if estimate else (None, None, None)
    return {f"{name}{suffix}": _number(value) for suffix, value in zip(("", "_low", "_high"), values, strict=True)}


def _lower(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
