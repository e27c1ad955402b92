"""What a reader must know before all else: that a board is not the frozen benchmark's, or not complete."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.wording import missing


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show what is missing."""
    return Panel(values={"missing": missing(board)}) if board.terms.changed or not board.complete else None
