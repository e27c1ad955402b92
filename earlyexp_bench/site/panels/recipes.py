"""What recipes are made of: exposure, methods and their parameters."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the recipes of which more is known than their description."""
    recipes = [recipe for recipe in board.terms.recipes if recipe.anatomy.exposure]
    return Panel("Recipes", {"recipes": recipes}) if recipes else None
