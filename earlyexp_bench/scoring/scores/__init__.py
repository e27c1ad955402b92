"""What a score is: a number of each seed of a row, in a file of its own here and a line in ``scoring/versions.py``.

Its mean over the seeds with an interval then stands in ``leaderboard.json`` and ``leaderboard.csv``, in the tables of
the page and of the terminal, for whole rows and for those of which some seeds ran.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from earlyexp_bench.scoring.board import Value
from earlyexp_bench.scoring.seed import SeedCells

__all__ = ["JUDGED", "Score", "Value"]

JUDGED = "gain"  # the score that verdicts and averages over pipelines rest on


@dataclass(frozen=True)
class Score:
    """A score, for metric versions that list it.

    Attributes:
        name: Key in ``leaderboard.json`` and column in ``leaderboard.csv``.
        title: Heading of its column for readers.
        unit: Said behind the title; empty where there is none, or where the title says it.
        better: Which way is better.
        meaning: What it says, in a sentence or two, for the page.
        per_seed: Its value in one seed.
        paired: Whether it is a difference to the reference of the same seed.
    """

    name: str
    title: str
    unit: str
    better: Literal["higher", "lower"]
    meaning: str
    per_seed: Callable[[SeedCells], Value | float | None]
    paired: bool = False

    @property
    def heading(self) -> str:
        """``gain (nats)``."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def of(self, seed: SeedCells) -> Value:
        """Return the value in one seed; undefined where it is a difference, and there is nothing to compare with."""
        if self.paired and seed.reference is None:
            return Value(None)
        value = self.per_seed(seed)
        return value if isinstance(value, Value) else Value(value)
