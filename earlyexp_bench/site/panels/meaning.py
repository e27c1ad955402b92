"""What the numbers mean, word by word."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult, further_scores
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Explain what the other panels show."""
    scores = [score for row in board.rows for score in row.pipelines]
    values = {
        "further": further_scores(board.terms.metric_version),
        "checkpoints": any(len({point.output for point in score.shown.points}) > 1 for score in scores),
        "marked": any(score.other_software or score.changed_parents for score in scores),
    }
    return Panel("What the numbers mean", values)
