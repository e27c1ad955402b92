"""The plane of two losses, both minimised: what every function on fronts takes, and what it refuses."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def as_points(points: ArrayLike) -> Floats:
    """Return losses as floats, shape (n, 2), columns (downstream, retained).

    Args:
        points: Shape (n, 2); nothing at all is no points.

    Raises:
        ValueError: Another shape, or a loss that is not a number.
    """
    values = np.asarray(points, dtype=np.float64)
    if values.size == 0:
        return np.empty((0, 2))
    if values.ndim != 2 or values.shape[1] != 2:
        raise ValueError(f"points of shape {values.shape}, expected (n, 2): one (downstream, retained) loss a point")
    wrong = ~np.isfinite(values).all(axis=1)
    if wrong.any():
        raise ValueError(f"losses of a front must be finite, and point {int(np.argmax(wrong))} is {values[wrong][0]}")
    return values


def as_nadir(nadir: Sequence[float]) -> Floats:
    """Return a nadir as floats, shape (2,).

    Raises:
        ValueError: Not two finite numbers.
    """
    corner = np.asarray(nadir, dtype=np.float64)
    if corner.shape != (2,) or not np.isfinite(corner).all():
        raise ValueError(f"a nadir is two finite losses, (downstream, retained), not {nadir}")
    return corner


def inside(points: Floats, nadir: ArrayLike) -> NDArray[np.bool_]:
    """Tell of each point whether it is better than the nadir on both axes, shape (n,)."""
    return np.asarray((points < np.asarray(nadir)).all(axis=1), dtype=np.bool_)
