"""The cells of a board as Parquet. The same records give the same bytes."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq

from earlyexp_bench.contracts import TRAINING_STAGES
from earlyexp_bench.scoring import Board, CellResult, Losses
from earlyexp_bench.site.wording import flag

CELLS_SCHEMA = 2
LOSSES = ("immediate", "retained", "downstream", "pretraining", "immediate_downstream")


def in_order(cells: Iterable[CellResult]) -> list[CellResult]:
    """Cells in the one order in which they are written."""
    return sorted(cells, key=lambda cell: (cell.recipe, cell.pipeline, cell.seed, cell.sweep_key, cell.output))


def cells_parquet(board: Board, cells: Iterable[CellResult]) -> bytes:
    """One row a cell, sorted; losses on test and, suffixed ``_validation``, on validation.

    ``immediate_downstream_loss`` is the downstream loss before fine-tuning.
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
    columns["converged"] = pa.array([cell.converged for cell in rows], pa.bool_())
    flags = {terms.name: flag(board.terms, terms) for terms in board.terms.pipelines}
    columns["contaminated"] = pa.array([flags[cell.pipeline] for cell in rows], pa.bool_())
    for name in sorted({name for cell in rows for name in cell.metrics} - columns.keys()):
        columns[name] = _floats(cell.metrics.get(name) for cell in rows)
    about = {"schema_version": CELLS_SCHEMA, "metric_version": board.terms.metric_version, "benchmark": board.name}
    return _parquet(columns, about)


def _ledger_entries(cells: Iterable[CellResult]) -> list[tuple[str, str]]:
    """Every (stage, source) that some cell trained on, in the order of the stages."""
    entries = {(stage, source) for cell in cells for stage, sources in cell.ledger.items() for source in sources}
    return sorted(entries, key=lambda entry: (TRAINING_STAGES.index(entry[0]), entry[1]))


def _parquet(columns: dict[str, pa.Array], about: dict[str, object]) -> bytes:
    table = pa.table(columns).replace_schema_metadata({key: str(value) for key, value in about.items()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _floats(values: Iterable[float | None]) -> pa.Array:
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _loss(losses: Losses | None, name: str) -> float | None:
    return None if losses is None else getattr(losses, name)
