"""The claims that a benchmark states, a line each."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.claims import answers
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the verdicts on the claims."""
    return Panel(values={"answers": answers(claims)}) if claims else None
