"""The guard: how much more a recipe loses on the general corpus than the reference, mean over the sweep."""

import numpy as np

from earlyexp_bench.scoring.cells import SweepKey
from earlyexp_bench.scoring.scores import Score
from earlyexp_bench.scoring.seed import SeedCells


def _difference(seed: SeedCells) -> float | None:
    """Mean difference over the sweep; None unless every cell of both has the loss."""
    theirs = _by_sweep(seed.reference) if seed.reference else None
    ours = _by_sweep(seed)
    if ours is None or theirs is None:
        return None
    return float(np.mean([ours[key] - theirs[key] for key in ours]))


def _by_sweep(seed: SeedCells) -> dict[SweepKey, float] | None:
    losses: dict[SweepKey, list[float]] = {}
    for cell in seed.cells:
        if cell.test is None or cell.test.pretraining is None:
            return None
        losses.setdefault(cell.sweep_key, []).append(cell.test.pretraining)
    return {key: float(np.mean(values)) for key, values in losses.items()}


PRETRAINING_DIFFERENCE = Score(
    "pretraining_difference",
    "pretraining loss, Δ",
    "",
    "lower",
    "Difference to the reference in pretraining loss, mean over the sweep.",
    _difference,
    paired=True,
)
