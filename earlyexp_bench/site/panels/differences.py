"""Which differences are real: every row's difference to the reference, with its intervals and its verdict."""

from collections.abc import Sequence

from earlyexp_bench.scoring import JUDGED, Board, CellResult, ClaimResult
from earlyexp_bench.site.charts import look_of
from earlyexp_bench.site.intervals import intervals
from earlyexp_bench.site.panels import Panel

AVERAGE = "interval-average"


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show a plot for each pipeline, and one of the average where there are several."""
    look, names = look_of(board), [pipeline.name for pipeline in board.terms.pipelines]
    charts = {f"interval-{index}": intervals(board, name, look) for index, name in enumerate(names)}
    values = {
        "compared": any(JUDGED in score.shown.scores for row in board.rows for score in row.pipelines),
        "pipelines": list(zip(names, charts, strict=True)),
        "average": AVERAGE if len(names) > 1 else None,
    }
    if len(names) > 1:
        charts[AVERAGE] = intervals(board, None, look)
    return Panel("Which differences are real", values, charts)
