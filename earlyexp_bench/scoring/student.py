"""Student's one-sided test over the last axis, for many rows at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

Floats = NDArray[np.float64]


def p_greater(values: ArrayLike) -> Floats:
    """p-values against "the mean is at most 0", P(T ≥ t) with n − 1 degrees of freedom.

    ``p_greater(-values)`` tests the other side; twice the smaller of the two is the two-sided p-value. One value is
    evidence of nothing, and so are values that are all 0: p = 1.

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
    return _p_values(rows.mean(axis=-1), rows.std(axis=-1, ddof=1), rows.shape[-1])


def _p_values(mean: Floats, deviation: Floats, n: int) -> Floats:
    exact = np.where(mean > 0, 0.0, 1.0)  # no spread at all: the sign is certain
    spread = np.where(deviation > 0, deviation, 1.0)
    return np.asarray(np.where(deviation > 0, stdtr(n - 1, -mean * np.sqrt(n) / spread), exact), dtype=np.float64)
