"""What a number of seeds can show: power of the paired t test, by the noncentral t distribution."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import nctdtr, nctdtrinc, stdtrit

from earlyexp_bench.scoring.holm import ALPHA
from earlyexp_bench.scoring.student import ROUNDING

POWER = 0.8


def power(effect: float, seeds: int, alpha: float = ALPHA) -> float:
    """Chance that a two-sided paired t test at ``alpha`` finds a true difference, with its right sign.

    Args:
        effect: True mean difference, in standard deviations of the paired difference.
        seeds: At least two.
        alpha: Level of the test; of one in a family, 5% over the family's size.
    """
    return float(1 - nctdtr(seeds - 1, abs(effect) * math.sqrt(seeds), _critical(seeds, alpha)))


def detectable_effect(seeds: int, alpha: float = ALPHA, chance: float = POWER) -> float:
    """Smallest effect, in standard deviations of the paired difference, found with the given chance.

    3.3 / 1.7 / 1.0 at 3 / 5 / 10 seeds for one contrast at 5%, 8.7 / 2.9 / 1.4 for one of seven at 5% / 7.
    """
    return float(nctdtrinc(seeds - 1, 1 - chance, _critical(seeds, alpha))) / math.sqrt(seeds)


def detectable_difference(values: Sequence[float], alpha: float = ALPHA) -> float | None:
    """Smallest true difference found with 80% power if the spread were that of ``values``, in their unit.

    Args:
        values: Per-seed differences.
        alpha: Level of the test.

    Returns:
        None where there is no spread to go by: of one value, or of equal ones.
    """
    if len(values) < 2 or (spread := float(np.std(values, ddof=1))) < ROUNDING:
        return None
    return spread * detectable_effect(len(values), alpha)


def _critical(seeds: int, alpha: float) -> float:
    if seeds < 2:
        raise ValueError(f"{seeds} seeds have no power: a t test needs at least two")
    return float(stdtrit(seeds - 1, 1 - alpha / 2))
