"""Joined curves of two losses: where runs left holes, and what is retained at a level between two runs."""

import itertools

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.plane import Floats, as_points, inside

LEAST_COVERAGE = 0.5


def with_holes(curve: ArrayLike, nadir: ArrayLike) -> Floats:
    """Return a curve in its order, shape (n, 2), with NaN for the points that are not better than the nadir."""
    points = as_points(curve, diverged=True)
    return np.asarray(np.where(inside(points, nadir)[:, None], points, np.nan), dtype=np.float64)


def reached(curve: Floats) -> Floats:
    """Return the first losses of a curve's points, holes left out."""
    return np.asarray(curve[~np.isnan(curve[:, 0]), 0], dtype=np.float64)


def retained_at(curve: Floats, levels: Floats) -> Floats:
    """Lowest retained loss of a joined curve at each level, shape of ``levels``; infinite where it does not reach."""
    lowest = np.full(len(levels), np.inf)
    for start, end in itertools.pairwise(curve):
        if np.isnan(start).any() or np.isnan(end).any():
            continue
        left, right = (start, end) if start[0] <= end[0] else (end, start)
        spanned = (levels >= left[0]) & (levels <= right[0])
        if left[0] == right[0]:
            lowest[spanned] = np.minimum(lowest[spanned], min(left[1], right[1]))
            continue
        share = (levels[spanned] - left[0]) / (right[0] - left[0])
        lowest[spanned] = np.minimum(lowest[spanned], left[1] + share * (right[1] - left[1]))
    return lowest
