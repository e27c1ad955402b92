"""Matched gain: how much more is retained at equal downstream loss, in nats."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.fronts import pareto_front
from earlyexp_bench.scoring.plane import Floats, as_nadir, as_points, inside

LEAST_COVERAGE = 0.5
GRID = 513


@dataclass(frozen=True, slots=True)
class MatchedGain:
    """Gain of one seed.

    Attributes:
        nats: Retained loss of the reference minus the candidate's; None where undefined.
        low: Lower end of the common range of downstream loss.
        high: Upper end.
        coverage: Common range as a share of the reference's.
        reason: Why it is undefined.
    """

    nats: float | None
    low: float | None = None
    high: float | None = None
    coverage: float = 0.0
    reason: str = ""


def matched_gain(reference: ArrayLike, candidate: ArrayLike, nadir: Sequence[float] | None = None) -> MatchedGain:
    """Mean gap in retained loss over the downstream losses that both curves reach.

    Each curve joins adjacent run rates by straight lines; where it bends back on itself the lower branch counts. A
    point worse than the nadir on either axis is left out, and nothing is joined across it. Undefined where the common
    range is below half of the reference's, or a curve has such a hole in it.

    Args:
        reference: (downstream, retained) by rising stage-3 rate, shape (n, 2), of one stage-2 setting. A run that
            diverged is (∞, ∞).
        candidate: The same for the other recipe, shape (m, 2).
        nadir: (downstream, retained). None for bare fronts: their points may come in any order, for they are joined by
            rising downstream loss; one that another dominates is no part of a front and is left out.

    Returns:
        Positive where the candidate retains more.

    Raises:
        ValueError: Another shape, or a loss that is not a number.
    """
    if nadir is None:
        theirs, ours = (_front(points) for points in (reference, candidate))
    else:
        corner = as_nadir(nadir)
        theirs, ours = (with_holes(points, corner) for points in (reference, candidate))
    for name, curve in (("reference", theirs), ("recipe", ours)):
        if (left := len(reached(curve))) < 2:
            counted = "points better than the nadir" if nadir is not None else "points that no other dominates"
            return MatchedGain(None, reason=f"the {name} has {left} of at least 2 {counted}")
    return _gain(theirs, ours)


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


def _front(points: ArrayLike) -> Floats:
    values = as_points(points)
    return values[pareto_front(values)]


def _gain(reference: Floats, candidate: Floats) -> MatchedGain:
    theirs, ours = reached(reference), reached(candidate)
    low, high = float(max(ours.min(), theirs.min())), float(min(ours.max(), theirs.max()))
    span = float(np.ptp(theirs))
    coverage = max(0.0, high - low) / span if span else 0.0
    if coverage < LEAST_COVERAGE:
        reason = f"the common range covers {coverage:.0%} of the reference's"
        return MatchedGain(None, coverage=coverage, reason=reason)
    corners = np.concatenate([theirs, ours])
    levels = np.union1d(np.linspace(low, high, GRID), corners[(corners >= low) & (corners <= high)])
    gaps = [retained_at(curve, levels) for curve in (reference, candidate)]
    for name, losses in zip(("reference", "recipe"), gaps, strict=True):
        if not np.isfinite(losses).all():
            at = levels[~np.isfinite(losses)][0]
            return MatchedGain(None, coverage=coverage, reason=f"the {name} has no two adjacent rates around {at:.2f}")
    return MatchedGain(_mean(gaps[0] - gaps[1], levels), low, high, coverage)


def _mean(gaps: Floats, levels: Floats) -> float:
    """Mean of straight lines between the levels."""
    area = np.sum((gaps[1:] + gaps[:-1]) / 2 * np.diff(levels))
    return float(area / (levels[-1] - levels[0]))
