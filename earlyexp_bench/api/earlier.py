"""The board that lies where a new one is to be written: what it has and the new one lacks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.scoring import Board

CellsDone = Mapping[str, int]


@dataclass(frozen=True)
class Lost:
    """What a new board lacks, though the one that it replaces had it.

    Attributes:
        rows: Recipes, in their order; those of a recipe file that was not named this time.
        cells: Done cells of the rows that are still there, when the records are another store's.
    """

    rows: tuple[str, ...] = ()
    cells: int = 0


def done_before(folder: Path) -> CellsDone:
    """Return how many cells of each recipe are done on the board in a folder; empty where no readable board is."""
    try:
        rows = json.loads((folder / "leaderboard.json").read_text(encoding="utf-8"))["rows"]
        return {row["recipe"]: sum(score["counts"]["done"] for score in row["pipelines"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # whatever lies there is no board that could be missed


def lost(before: CellsDone, board: Board) -> Lost:
    """Compare a new board with the cells that were done on the one before."""
    now = {row.recipe: sum(score.counts.done for score in row.pipelines) for row in board.rows}
    fewer = sum(max(0, done - now[recipe]) for recipe, done in before.items() if recipe in now)
    return Lost(tuple(recipe for recipe in before if recipe not in now), fewer)
