"""The tables: scores of every row, pipeline by pipeline."""

from collections.abc import Sequence
from typing import Any

from earlyexp_bench.scoring import (
    Board,
    CellResult,
    ClaimResult,
    PipelineScore,
    PipelineTerms,
    further_scores,
    scores_of,
)
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import column
from earlyexp_bench.site.wording import elsewhere_worse, reasons


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the tables of each pipeline, and the average where there are several."""
    others = [row for row in board.rows if row.recipe != board.terms.reference]
    averages = [{"row": row, "worse": row.judged("worse")} for row in others]
    values = {
        "pipelines": [_pipeline(board, terms) for terms in board.terms.pipelines],
        "further": further_scores(board.terms.metric_version),
        "averages": averages if len(board.terms.pipelines) > 1 else [],
    }
    return Panel("Scores", values)


def _pipeline(board: Board, terms: PipelineTerms) -> dict[str, Any]:
    scores = column(board, terms.name)
    return {
        "terms": terms,
        "rows": [(score, board.terms.recipe(score.recipe), elsewhere_worse(board, score)) for score in scores],
        "middle": next((point for score in scores if (point := score.shown.middle_point)), None),
        "unfinished": any(score.so_far for score in scores),
        "reasons": reasons(scores),
        "gaps": _gaps(board, scores),
    }


def _gaps(board: Board, scores: Sequence[PipelineScore]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Scores that are undefined for some rows, each with these rows and why."""
    rows = {
        score.title: [(row.recipe, why) for row in scores if (why := row.shown.reasons.get(score.name))]
        for score in scores_of(board.terms.metric_version)
    }
    return [(title, listed) for title, listed in rows.items() if listed]
