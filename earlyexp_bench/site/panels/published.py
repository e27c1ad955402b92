"""Which cells were made where the board is, beside the published ones."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.scoring.cells import RAN
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Mark what was made here; nothing where all or none of the cells are published."""
    ran = [cell for cell in cells if cell.status in RAN]
    here = [cell for cell in ran if not cell.published]
    if not here or len(here) == len(ran):
        return None
    names = (recipe.name for recipe in board.terms.recipes)
    seeds = {name: sorted({cell.seed for cell in here if cell.recipe == name}) for name in names}
    return Panel(values={"here": {name: own for name, own in seeds.items() if own}, "others": len(ran) - len(here)})
