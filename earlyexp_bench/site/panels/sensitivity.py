"""How much the gains depend on how they are read: other levels, and no cap."""

from collections.abc import Sequence
from typing import Any

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import gain_rows


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show a table for each pipeline; nothing before a board is complete enough to be read in other ways."""
    found = [_pipeline(board, pipeline.name) for pipeline in board.terms.pipelines]
    pipelines = [one for one in found if one["readings"]]
    return Panel("Read in other ways", {"pipelines": pipelines}) if pipelines else None


def _pipeline(board: Board, name: str) -> dict[str, Any]:
    rows = [row for row in gain_rows(board, name) if not row.control]
    readings = dict.fromkeys(reading for row in rows for reading in row.score.sensitivity)
    return {"name": name, "readings": list(readings), "rows": rows}
