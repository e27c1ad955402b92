"""Fronts of two losses, both minimised: columns are (downstream, retained).

Only the staircase of points that were run is scored (Zitzler and Thiele's hypervolume, doi:10.1109/4235.797969).
The paper's figures draw lower convex hulls, which credit points that no run reached; ``lower_hull`` is for drawing.

moocore is what the tests compare with, and not what we call: it adds the strips of a hypervolume in another order, so
that one in five differs in the last bit (2,000 random fronts, by at most 9e-16) and published boards would not be
rebuilt byte for byte; its non-dominated sets are the same, for .09 s of import in place of three lines.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earlyexp_bench.scoring.plane import Floats, as_nadir, as_points, inside

Indices = NDArray[np.int64]


def pareto_front(points: ArrayLike) -> Indices:
    """Return the indices of the non-dominated points, by falling second loss as the first rises.

    Args:
        points: Losses, shape (n, 2). Of equal points the first is kept.

    Returns:
        Indices, shape (m,), m ≤ n.

    Raises:
        ValueError: Another shape, or a loss that is not finite; so do the functions below.
    """
    values = as_points(points)
    order = np.lexsort((np.arange(len(values)), values[:, 1], values[:, 0]))
    if not len(order):
        return order.astype(np.int64)
    best_before = np.concatenate([[np.inf], np.minimum.accumulate(values[order, 1])[:-1]])
    return np.asarray(order[values[order, 1] < best_before], dtype=np.int64)


def hypervolume(points: ArrayLike, nadir: Sequence[float]) -> float:
    """Area between the staircase of ``points`` and ``nadir``, in nats².

    Args:
        points: Losses, shape (n, 2). A point not better than the nadir on both axes adds nothing.
        nadir: (downstream, retained).
    """
    corner, values = as_nadir(nadir), as_points(points)
    values = values[inside(values, corner)]
    front = values[pareto_front(values)]
    right = np.append(front[1:, 0], corner[0])
    return float(np.sum((right - front[:, 0]) * (corner[1] - front[:, 1])))


def choose_points(points: ArrayLike, count: int, nadir: Sequence[float]) -> Indices:
    """Return the indices of at most ``count`` points whose hypervolume is largest.

    Without a need to choose this is the non-dominated set; otherwise the best subset exactly, by dynamic programming
    along the front (Bringmann, Friedrich and Klitzke 2014, doi:10.1145/2576768.2598276). Ties go to the earlier point.

    Args:
        points: Losses, shape (n, 2).
        count: Most points to choose, at least 1.
        nadir: (downstream, retained).
    """
    if count < 1:
        raise ValueError(f"{count} points to choose, expected at least 1")
    corner, values = as_nadir(nadir), as_points(points)
    front = pareto_front(values)
    if len(front) <= count:
        return front
    earning = front[inside(values[front], corner)]
    if len(earning) <= count:
        return earning
    return earning[_best_subset(values[earning], count, nadir)]


def single_hypervolumes(points: ArrayLike, nadir: Sequence[float]) -> Floats:
    """Hypervolume of each point alone, shape (n,), in nats²: how good a trade-off it is."""
    room = np.maximum(as_nadir(nadir) - as_points(points), 0.0)
    return np.asarray(room.prod(axis=1), dtype=np.float64)


def lower_hull(points: ArrayLike) -> Indices:
    """Return the indices of the lower-left convex hull of the front, for drawing only (Andrew's monotone chain)."""
    values = as_points(points)
    hull: list[int] = []
    for index in pareto_front(values).tolist():
        while len(hull) > 1 and _turns_right(values[hull[-2]], values[hull[-1]], values[index]):
            hull.pop()
        hull.append(index)
    return np.array(hull, dtype=np.int64)


def _turns_right(first: Floats, second: Floats, third: Floats) -> bool:
    a, b = second - first, third - second
    return bool(a[0] * b[1] - a[1] * b[0] <= 0)


def _best_subset(front: Floats, count: int, nadir: Sequence[float]) -> list[int]:
    """Positions within ``front``, sorted by x, of the ``count`` points of largest hypervolume."""
    n = len(front)
    best = np.full((count + 1, n + 1), -np.inf)  # best[c, i]: c points, i the leftmost; column n is the nadir
    best[0, n] = 0.0
    following = np.zeros((count + 1, n), dtype=np.int64)
    rights = np.append(front[:, 0], nadir[0])
    for chosen in range(1, count + 1):
        for i in range(n):
            totals = (rights[i + 1 :] - front[i, 0]) * (nadir[1] - front[i, 1]) + best[chosen - 1, i + 1 :]
            following[chosen, i] = i + 1 + int(np.argmax(totals))
            best[chosen, i] = totals.max()
    picked = [int(np.argmax(best[count, :n]))]
    for chosen in range(count, 1, -1):
        picked.append(int(following[chosen, picked[-1]]))
    return picked
