"""Intervals and tests over seeds. Each row is judged by its own per-seed differences, nothing is pooled."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from earlyexp_bench.scoring.student import p_greater

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds.

    Attributes:
        mean: Of the seeds' values.
        low: Lower end of the 95% interval; None with one seed.
        high: Upper end; None with one seed.
        n: Seeds.
    """

    mean: float
    low: float | None
    high: float | None
    n: int


def t_interval(values: Sequence[float], level: float = LEVEL) -> Estimate:
    """Student's interval, mean ± t(n−1)·s/√n.

    Covers .95–.96 at n = 3, 5 and 10 in simulation, heavy tails included, where a percentile bootstrap covers
    .75 / .84 / .90. One value gives no interval.

    Args:
        values: One value a seed, at least one.
        level: Coverage of the interval.

    Raises:
        ValueError: There is no value, one is not finite, or a level that is no share (95% is .95).
    """
    n = len(values)
    if n == 0 or np.ndim(values) != 1:
        raise ValueError("an interval needs at least one value, and one a seed")
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, as .95 does: not {level}")
    _refuse_infinite(values)
    mean = float(np.mean(values))
    if n == 1:
        return Estimate(mean, None, None, 1)
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * _standard_error(values)
    return Estimate(mean, mean - half, mean + half, n)


def t_test(values: Sequence[float]) -> float:
    """Two-sided p-value of Student's test that the mean of ``values`` is 0.

    Raises:
        ValueError: There are fewer than two values, or one is not finite.
    """
    if len(values) < 2:
        raise ValueError("a t test needs at least two values")
    return min(1.0, 2 * min(float(p_greater(values)), float(p_greater([-value for value in values]))))


def _refuse_infinite(values: Sequence[float]) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"values over seeds must be finite, not {list(values)}: a missing cell is not a number")


def _standard_error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))
