"""The primary contrast in plain words, pipeline by pipeline, and beside it the difference to the control."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import gain_rows
from earlyexp_bench.site.wording import evidence, headline, rules


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the verdicts on the primary recipe, where the benchmark names one."""
    terms = board.terms
    rows = [row for pipeline in terms.pipelines for row in gain_rows(board, pipeline.name)]
    said = [(row, headline(board, row)) for row in rows if row.score.recipe == terms.primary]
    return Panel(values={"verdicts": said, "rules": rules(terms), "evidence": evidence(terms)}) if said else None
