"""Every sweep point: losses, and further measures at the middle of the sweep."""

from collections.abc import Sequence
from typing import Any

from earlyexp_bench.scoring import Board, CellResult, ClaimResult, PipelineScore
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import column


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the tables of each pipeline."""
    return Panel("Every sweep point", {"pipelines": [_pipeline(board, terms.name) for terms in board.terms.pipelines]})


def _pipeline(board: Board, name: str) -> dict[str, Any]:
    scores = column(board, name)
    return {
        "name": name,
        "scores": scores,
        "middle": next((point for score in scores if (point := score.shown.middle_point)), None),
        "unfinished": any(score.so_far for score in scores),
        "measures": _measures(scores),
    }


def _measures(scores: Sequence[PipelineScore]) -> list[tuple[str, list[float | None]]]:
    """Further measures at the middle of the sweep: name, and one value for each recipe."""
    measured = [middle.metrics if (middle := score.shown.middle_point) else {} for score in scores]
    names = sorted({name for metrics in measured for name in metrics})
    return [(name, [metrics.get(name) for metrics in measured]) for name in names]
