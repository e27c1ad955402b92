"""What stands beside the gain, without a verdict: levels one by one, losses, hypervolume, guard and cost."""

from collections.abc import Sequence
from typing import Any

from earlyexp_bench.scoring import Board, CellResult, ClaimResult, PipelineTerms, further_scores
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import column


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show a table for each pipeline."""
    values = {
        "pipelines": [_pipeline(board, terms) for terms in board.terms.pipelines],
        "further": further_scores(board.terms.metric_version),
    }
    return Panel("Beside the gain", values)


def _pipeline(board: Board, terms: PipelineTerms) -> dict[str, Any]:
    scores = sorted(column(board, terms.name), key=lambda score: score.recipe != board.terms.reference)
    return {
        "name": terms.name,
        "levels": terms.levels or (),
        "scores": scores,
        "middle": next((point for score in scores if (point := score.shown.middle_point)), None),
    }
