"""Matched gain: how much more is retained at equal downstream loss, in nats."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
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


def matched_gain(reference: ArrayLike, candidate: ArrayLike, nadir: Sequence[float]) -> MatchedGain:
    """Mean gap in retained loss over the downstream losses that both curves reach.

    Each curve joins adjacent run rates by straight lines; where it bends back on itself the lower branch counts. Points
    worse than the nadir on either axis are left out first. Undefined where the common range is below half of the
    reference's.

    Args:
        reference: (downstream, retained) by rising stage-3 rate, shape (n, 2), of one stage-2 setting.
        candidate: The same for the other recipe, shape (m, 2).
        nadir: (downstream, retained).

    Returns:
        Positive where the candidate retains more.
    """
    ours, theirs = inside_nadir(candidate, nadir), inside_nadir(reference, nadir)
    for name, curve in (("reference", theirs), ("recipe", ours)):
        if len(curve) < 2:
            return MatchedGain(None, reason=f"the {name} has {len(curve)} of at least 2 points better than the nadir")
    low = float(max(ours[:, 0].min(), theirs[:, 0].min()))
    high = float(min(ours[:, 0].max(), theirs[:, 0].max()))
    span = float(np.ptp(theirs[:, 0]))
    coverage = max(0.0, high - low) / span if span else 0.0
    if coverage < LEAST_COVERAGE:
        reason = f"the common range covers {coverage:.0%} of the reference's"
        return MatchedGain(None, coverage=coverage, reason=reason)
    return MatchedGain(_mean_gap(theirs, ours, low, high), low, high, coverage)


def inside_nadir(curve: ArrayLike, nadir: Sequence[float]) -> Floats:
    """Return the points of a curve that are better than the nadir on both axes, in its order, shape (m, 2)."""
    points = np.asarray(curve, dtype=np.float64).reshape(-1, 2)
    return points[(points < np.asarray(nadir)).all(axis=1)]


def _mean_gap(reference: Floats, candidate: Floats, low: float, high: float) -> float:
    corners = np.concatenate([reference[:, 0], candidate[:, 0]])
    levels = np.union1d(np.linspace(low, high, GRID), corners[(corners >= low) & (corners <= high)])
    gaps = retained_at(reference, levels) - retained_at(candidate, levels)
    area = np.sum((gaps[1:] + gaps[:-1]) / 2 * np.diff(levels))
    return float(area / (high - low))


def retained_at(curve: Floats, levels: Floats) -> Floats:
    """Lowest retained loss of the joined curve at each level, shape of ``levels``; infinite beyond its ends."""
    lowest = np.full(len(levels), np.inf)
    for start, end in itertools.pairwise(curve):
        left, right = (start, end) if start[0] <= end[0] else (end, start)
        spanned = (levels >= left[0]) & (levels <= right[0])
        if left[0] == right[0]:
            lowest[spanned] = np.minimum(lowest[spanned], min(left[1], right[1]))
            continue
        share = (levels[spanned] - left[0]) / (right[0] - left[0])
        lowest[spanned] = np.minimum(lowest[spanned], left[1] + share * (right[1] - left[1]))
    return lowest
