"""The benchmark's sizes beside the paper's, and its notes."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show sizes and notes."""
    return Panel("Beside the paper") if board.terms.ratios or board.terms.notes else None
