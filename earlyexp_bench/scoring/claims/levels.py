"""Retained loss at fixed levels of another loss, which every seed and side reaches."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.gain import LEAST_COVERAGE, reached, retained_at, with_holes
from earlyexp_bench.scoring.plane import Floats

Side = Mapping[int, ArrayLike]  # of one recipe: each seed's curve of (other loss, retained) by rising stage-3 rate
NO_CURVE = "{side}, seed {seed}, has no curve with two points better than the nadir"
TOO_NARROW = "the range that all seeds share covers {coverage:.0%} of the reference's: {least:.0%} are needed"
HOLE = "{side}, seed {seed}, has no two adjacent rates around {level:.2f}, within the range that all seeds share"


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


def common_range(sides: Mapping[str, Side], nadir: ArrayLike) -> CommonRange:
    """Find the range of the other loss that every seed of every side reaches, without points beyond the nadir.

    Args:
        sides: By name, the reference first.
        nadir: (other loss, retained); an axis without nadir has ∞.

    Returns:
        Undefined where a curve has fewer than two points left, or below half of the reference's mean range.
    """
    spans: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for name, curves in sides.items():
        for seed, curve in curves.items():
            losses = reached(with_holes(curve, nadir))
            if len(losses) < 2:
                return CommonRange(None, None, NO_CURVE.format(side=name, seed=seed))
            spans[name].append((losses.min(), losses.max()))
    known = np.array([span for side in spans.values() for span in side], dtype=np.float64)
    low, high = float(known[:, 0].max()), float(known[:, 1].min())
    reference = float(np.mean(np.diff(next(iter(spans.values())), axis=1)))
    coverage = max(0.0, high - low) / reference if reference else 0.0
    if coverage < LEAST_COVERAGE:
        return CommonRange(None, None, TOO_NARROW.format(coverage=coverage, least=LEAST_COVERAGE))
    return CommonRange(low, high)


def retained_at_levels(sides: Mapping[str, Side], count: int, nadir: ArrayLike) -> tuple[Floats, Floats] | str:
    """Retained loss of every side and seed at evenly spaced levels of the common range.

    Args:
        sides: By name, the reference first.
        count: Levels; one is the middle of the range.
        nadir: (other loss, retained).

    Returns:
        The levels, shape (count,), and the losses, shape (sides, seeds, count); or why there are none.
    """
    shared = common_range(sides, nadir)
    if shared.reason:
        return shared.reason
    levels = shared.levels(count)
    found = []
    for name, curves in sides.items():
        for seed, curve in curves.items():
            losses = retained_at(with_holes(curve, nadir), levels)
            if not np.isfinite(losses).all():
                return HOLE.format(side=name, seed=seed, level=levels[~np.isfinite(losses)][0])
            found.append(losses)
    return levels, np.array(found).reshape(len(sides), -1, count)


def matched_retained(sides: Mapping[str, Side], nadir: ArrayLike) -> Floats | str:
    """Retained loss of every seed and side at one matched downstream loss, the middle of the common range.

    Args:
        sides: λ by λ, the lowest first.
        nadir: (downstream, retained).

    Returns:
        Shape (seeds, λ), for the claims about λ; or why there is no such level.
    """
    found = retained_at_levels(sides, 1, nadir)
    return found if isinstance(found, str) else found[1][:, :, 0].T
