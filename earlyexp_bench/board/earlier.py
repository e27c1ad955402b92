"""The board that lies where a new one is to be written: what it has and the new one lacks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from earlyexp_bench.scoring import Board


@dataclass(frozen=True)
class Earlier:
    """The board before.

    Attributes:
        protocol: Its protocol's hash.
        done: Recipe to its number of done cells; empty where no readable board was.
        others: Recipes that came from a recipe file, which may have changed since.
    """

    protocol: str = ""
    done: Mapping[str, int] = field(default_factory=dict)
    others: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lost:
    """What a new board lacks, though the one that it replaces had it.

    Attributes:
        rows: Recipes, in their order; those of a recipe file that was not named this time.
        cells: Done cells of the benchmark's own rows, where the protocol is the same: the records are another store's.
    """

    rows: tuple[str, ...] = ()
    cells: int = 0


def earlier_board(folder: Path) -> Earlier:
    """Read what is needed of the board in a folder."""
    try:
        board = json.loads((folder / "leaderboard.json").read_text(encoding="utf-8"))
        return Earlier(
            board["terms"]["protocol"],
            {row["recipe"]: sum(score["counts"]["done"] for score in row["pipelines"]) for row in board["rows"]},
            frozenset(recipe["name"] for recipe in board["terms"]["recipes"] if recipe["source"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Earlier()  # whatever lies there is no board that could be missed


def lost(before: Earlier, board: Board) -> Lost:
    """Compare a new board with the one before."""
    now = {row.recipe: sum(score.counts.done for score in row.pipelines) for row in board.rows}
    gone = tuple(recipe for recipe in before.done if recipe not in now)
    if before.protocol != board.terms.protocol:
        return Lost(gone)
    same = before.done.keys() & now.keys() - before.others
    return Lost(gone, sum(max(0, before.done[recipe] - now[recipe]) for recipe in same))
