"""Which differences are real: every row's gain with its intervals and its verdict, drawn and as a table."""

from collections.abc import Sequence
from typing import Any

from earlyexp_bench.scoring import Board, CellResult, ClaimResult, PipelineTerms
from earlyexp_bench.site.charts import look_of
from earlyexp_bench.site.intervals import intervals
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import GainRow, column, gain_rows
from earlyexp_bench.site.wording import detectable, elsewhere_worse, levels_text, reasons


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show a plot and a table for each pipeline, and the averages where there are several."""
    look, names = look_of(board), [pipeline.name for pipeline in board.terms.pipelines]
    rows = {name: gain_rows(board, name) for name in names}
    charts = {f"interval-{index}": intervals(board, name, look) for index, name in enumerate(names) if rows[name]}
    values = {
        "pipelines": [
            _pipeline(board, terms, rows[terms.name], index) for index, terms in enumerate(board.terms.pipelines)
        ],
        "averages": _averages(board) if len(names) > 1 else [],
    }
    return Panel("Which differences are real", values, charts)


def _pipeline(board: Board, terms: PipelineTerms, rows: list[GainRow], index: int) -> dict[str, Any]:
    scores = column(board, terms.name)
    return {
        "name": terms.name,
        "chart": f"interval-{index}" if any(row.own for row in rows) else None,
        "compared": terms.levels is not None,
        "levels": levels_text(terms, board.terms.reference),
        "reference": next(score for score in scores if score.recipe == board.terms.reference),
        "rows": [(row, elsewhere_worse(board, row)) for row in rows],
        "detectable": detectable(board, rows),
        "reasons": reasons(rows),
    }


def _averages(board: Board) -> list[dict[str, Any]]:
    others = [row for row in board.rows if row.recipe != board.terms.reference]
    found = [{"recipe": row.recipe, "gain": row.average or row.so_far} for row in others]
    return sorted((one for one in found if one["gain"]), key=lambda one: -one["gain"].mean)
