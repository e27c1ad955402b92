"""On which types of machine a board's cells were made: bits are equal within one."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Warn of several types, and of the native instruction set in place of the portable one; else name the type."""
    if not board.machines:
        return None
    warned = board.terms.native_instead or len(board.machines) > 1
    return Panel("" if warned else "Made on", {"machines": board.machines})
