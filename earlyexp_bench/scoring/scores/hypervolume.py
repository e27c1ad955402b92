"""Hypervolume of a seed's front against the nadir, in units of (nadir − ideal) on both axes, never clipped."""

from earlyexp_bench.scoring.fronts import hypervolume
from earlyexp_bench.scoring.scores import Score
from earlyexp_bench.scoring.seed import SeedCells


def hypervolume_of(seed: SeedCells) -> float:
    """Score the test losses of the points that were chosen on validation."""
    test, _ = seed.terms.scales
    return hypervolume(seed.front, test.nadir) / test.unit


def _difference(seed: SeedCells) -> float | None:
    return hypervolume_of(seed) - hypervolume_of(seed.reference) if seed.reference else None


HYPERVOLUME = Score(
    "hypervolume", "hypervolume", "", "higher", "Area between a recipe's front and the nadir.", hypervolume_of
)
HYPERVOLUME_DIFFERENCE = Score(
    "hypervolume_difference",
    "Δ hypervolume",
    "",
    "higher",
    "Difference to the reference of the same seed. It has a floor, the reference's own front: no verdict rests on it.",
    _difference,
    paired=True,
)
