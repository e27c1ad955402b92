"""The primary contrast in plain words, pipeline by pipeline."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.wording import headline, rules


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the verdicts on the primary contrast, where the benchmark names one."""
    if not board.primary:
        return None
    said = [(score, headline(board, score)) for score in board.primary]
    return Panel(values={"verdicts": said, "rules": rules(board.terms)})
