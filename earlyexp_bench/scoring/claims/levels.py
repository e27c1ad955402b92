"""Retained loss at fixed levels of another loss, which every seed and side reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from earlyexp_bench.scoring.gain import LEAST_COVERAGE, reached, retained_at
from earlyexp_bench.scoring.plane import Floats


class Curve(NamedTuple):
    """One stage-2 setting of a seed by rising stage-3 rate, points of (other loss, retained), NaN where left out.

    Attributes:
        test: What is read, shape (n, 2).
        validation: What chooses between the settings of a seed, level by level.
    """

    test: Floats
    validation: Floats


Side = Mapping[int, Sequence[Curve]]  # of one recipe: each seed's curves
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


def common_range(sides: Mapping[str, Side]) -> CommonRange:
    """Find the range of the other loss that every seed of every side reaches.

    Args:
        sides: By name, the reference first.

    Returns:
        Undefined where a seed has no curve of two points, or below half of the reference's mean range.
    """
    spans: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for name, seeds in sides.items():
        for seed, curves in seeds.items():
            if (span := _span(curves)) is None:
                return CommonRange(None, None, NO_CURVE.format(side=name, seed=seed))
            spans[name].append(span)
    known = np.array([span for side in spans.values() for span in side], dtype=np.float64)
    low, high = float(known[:, 0].max()), float(known[:, 1].min())
    reference = float(np.mean(np.diff(next(iter(spans.values())), axis=1)))
    coverage = max(0.0, high - low) / reference if reference else 0.0
    if coverage < LEAST_COVERAGE:
        return CommonRange(None, None, TOO_NARROW.format(coverage=coverage, least=LEAST_COVERAGE))
    return CommonRange(low, high)


def retained_at_levels(sides: Mapping[str, Side], count: int) -> tuple[Floats, Floats] | str:
    """Retained loss of every side and seed at evenly spaced levels of the common range.

    Args:
        sides: By name, the reference first.
        count: Levels; one is the middle of the range.

    Returns:
        The levels, shape (count,), and the losses, shape (sides, seeds, count); or why there are none.
    """
    shared = common_range(sides)
    if shared.reason:
        return shared.reason
    levels = shared.levels(count)
    found = []
    for name, seeds in sides.items():
        for seed, curves in seeds.items():
            losses = _front_at(curves, levels)
            if not np.isfinite(losses).all():
                return HOLE.format(side=name, seed=seed, level=levels[~np.isfinite(losses)][0])
            found.append(losses)
    return levels, np.array(found).reshape(len(sides), -1, count)


def matched_retained(sides: Mapping[str, Side]) -> Floats | str:
    """Retained loss of every seed and side at one matched downstream loss, the middle of the common range.

    Args:
        sides: λ by λ, the lowest first.

    Returns:
        Shape (seeds, λ), for the claims about λ; or why there is no such level.
    """
    found = retained_at_levels(sides, 1)
    return found if isinstance(found, str) else found[1][:, :, 0].T


def _span(curves: Sequence[Curve]) -> tuple[float, float] | None:
    losses = [reached(curve.test) for curve in curves]
    usable = [one for one in losses if len(one) > 1]
    return (min(float(one.min()) for one in usable), max(float(one.max()) for one in usable)) if usable else None


def _front_at(curves: Sequence[Curve], levels: Floats) -> Floats:
    """Test loss at each level of the curve that is lowest there on validation; infinite where no curve reaches."""
    on_test = np.array([retained_at(curve.test, levels) for curve in curves])
    on_validation = np.array([retained_at(curve.validation, levels) for curve in curves])
    # A curve may reach a level on test alone: it is taken where no other has been chosen.
    merit = np.where(np.isfinite(on_test), np.minimum(on_validation, np.finfo(np.float64).max), np.inf)
    chosen = np.argmin(merit, axis=0)
    return np.asarray(np.take_along_axis(on_test, chosen[None], axis=0)[0], dtype=np.float64)
