"""Retained loss at fixed levels of another loss, which every seed and side reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earlyexp_bench.scoring.gain import LEAST_COVERAGE, inside_nadir, retained_at

Floats = NDArray[np.float64]
Curves = Sequence[ArrayLike]  # of one seed: one a stage-2 setting, each (other loss, retained) by rising stage-3 rate


@dataclass(frozen=True, slots=True)
class CommonRange:
    """What all curves reach.

    Attributes:
        low: Lower end, nats; None where undefined.
        high: Upper end.
        reason: Why it is undefined.
    """

    low: float | None
    high: float | None
    reason: str = ""

    def levels(self, count: int) -> Floats:
        """Return ``count`` evenly spaced levels within the range, shape (count,): 10%, …, 90% of it for nine."""
        if self.low is None or self.high is None:
            raise ValueError(f"no levels: {self.reason}")
        return np.asarray(np.linspace(self.low, self.high, count + 2)[1:-1], dtype=np.float64)


def common_range(sides: Sequence[Sequence[Curves]], nadir: Sequence[float]) -> CommonRange:
    """Find the range of the other loss that every seed of every side reaches, without points beyond the nadir.

    Args:
        sides: Recipes, the reference first, each with its seeds' curves.
        nadir: (other loss, retained).

    Returns:
        Undefined where a curve has fewer than two points left, or below half of the reference's mean range.
    """
    spans = [[_span(curves, nadir) for curves in seeds] for seeds in sides]
    for side, seeds in enumerate(spans):
        for seed, span in enumerate(seeds):
            if span is None:
                reason = f"recipe {side + 1}, seed {seed + 1} has no curve with two points better than the nadir"
                return CommonRange(None, None, reason)
    known = np.array([span for seeds in spans for span in seeds], dtype=np.float64)
    low, high = float(known[:, 0].max()), float(known[:, 1].min())
    reference = float(np.mean(np.diff(known[: len(sides[0])], axis=1)))
    coverage = max(0.0, high - low) / reference if reference else 0.0
    if coverage < LEAST_COVERAGE:
        return CommonRange(None, None, f"the range that all seeds share covers {coverage:.0%} of the reference's")
    return CommonRange(low, high)


def retained_at_levels(curves: Curves, levels: Floats, nadir: Sequence[float]) -> Floats:
    """Lowest retained loss over one seed's curves at each level, shape of ``levels``; infinite where none reaches."""
    losses = [retained_at(inside_nadir(curve, nadir), levels) for curve in curves]
    return np.asarray(np.min(losses, axis=0), dtype=np.float64)


def matched_retained(sides: Sequence[Sequence[Curves]], nadir: Sequence[float]) -> Floats | str:
    """Retained loss of every seed and side at one matched downstream loss, the middle of the common range.

    Args:
        sides: λ by λ, the lowest first, each with its seeds' curves of (downstream, retained).
        nadir: (downstream, retained).

    Returns:
        Shape (seeds, λ), for the claims about λ; or why there is no such level.
    """
    shared = common_range(sides, nadir)
    if shared.reason:
        return shared.reason
    middle = shared.levels(1)
    values = [[retained_at_levels(curves, middle, nadir)[0] for curves in seeds] for seeds in sides]
    found = np.array(values, dtype=np.float64).T
    return found if np.isfinite(found).all() else "a recipe has no curve at the middle of the common range"


def _span(curves: Curves, nadir: Sequence[float]) -> tuple[float, float] | None:
    usable = [points for points in (inside_nadir(curve, nadir) for curve in curves) if len(points) > 1]
    if not usable:
        return None
    values = np.concatenate([points[:, 0] for points in usable])
    return float(values.min()), float(values.max())
