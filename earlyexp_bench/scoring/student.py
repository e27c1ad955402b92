"""Student's one-sided test over the last axis, for many rows at once."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from earlyexp_bench.scoring.plane import Floats

ROUNDING = 1e-12  # nats, or units of hypervolume: what is smaller was left by the arithmetic


def p_greater(values: ArrayLike) -> Floats:
    """p-values against "the mean is at most 0", P(T ≥ t) with n − 1 degrees of freedom.

    ``p_greater(-values)`` tests the other side; twice the smaller of the two is the two-sided p-value. One value is
    evidence of nothing, and so are values that do not vary, for nothing says how far chance moves them: p = 1. Values
    and spreads within 1e-12 of 0 count as 0.

    Args:
        values: Shape (..., n), seeds last.

    Returns:
        Shape (...).

    Raises:
        ValueError: A value is not finite, or there is none.
    """
    rows = np.asarray(values, dtype=np.float64)
    if rows.shape[-1] == 0 or not np.isfinite(rows).all():
        raise ValueError("a t test needs at least one value, and all of them finite: a missing cell is not a number")
    if rows.shape[-1] == 1:
        return np.ones(rows.shape[:-1])
    rows = np.where(np.abs(rows) < ROUNDING, 0.0, rows)
    return _p_values(rows.mean(axis=-1), rows.std(axis=-1, ddof=1), rows.shape[-1])


def _p_values(mean: Floats, deviation: Floats, n: int) -> Floats:
    varies = deviation > ROUNDING
    spread = np.where(varies, deviation, 1.0)
    return np.asarray(np.where(varies, stdtr(n - 1, -mean * np.sqrt(n) / spread), 1.0), dtype=np.float64)
