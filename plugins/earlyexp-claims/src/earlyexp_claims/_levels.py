"""Retained loss at fixed levels of another loss, which every seed and recipe reaches."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import (
    LEAST_COVERAGE,
    Floats,
    FrontCurve,
    NoEvidence,
    SeedCurves,
    reached,
    retained_at,
    with_holes,
)

NO_CURVE = "{recipe}, seed {seed}, has no curve with two points better than the nadir"
TOO_NARROW = "the range that all seeds share covers {coverage:.0%} of the reference's: {least:.0%} are needed"
HOLE = "{recipe}, seed {seed}, has no two adjacent rates around {level:.2f}, within the range that all seeds share"


def one_curve_each(curves: ArrayLike, nadir: ArrayLike) -> dict[int, list[FrontCurve]]:
    """Return seeds with one stage-2 setting each, whose losses on test and validation are the same.

    Args:
        curves: (other loss, retained) by rising stage-3 rate, shape (seeds, n, 2).
        nadir: What is not better on both axes is left out.
    """
    return {seed: [FrontCurve(*[with_holes(curve, nadir)] * 2)] for seed, curve in enumerate(np.asarray(curves))}


def common_range(recipes: Mapping[str, SeedCurves]) -> tuple[float, float]:
    """Find the range of the other loss that every seed of every recipe reaches, in nats.

    Args:
        recipes: By name, the reference first.

    Raises:
        NoEvidence: A seed has no curve of two points, or less than half of the reference's mean range is shared.
    """
    spans: dict[str, list[tuple[float, float]]] = {name: [] for name in recipes}
    for name, seeds in recipes.items():
        for seed, curves in seeds.items():
            if (span := _span(curves)) is None:
                raise NoEvidence(NO_CURVE.format(recipe=name, seed=seed))
            spans[name].append(span)
    known = np.array([span for of_recipe in spans.values() for span in of_recipe], dtype=np.float64)
    low, high = float(known[:, 0].max()), float(known[:, 1].min())
    reference = float(np.mean(np.diff(next(iter(spans.values())), axis=1)))
    coverage = max(0.0, high - low) / reference if reference else 0.0
    if coverage < LEAST_COVERAGE:
        raise NoEvidence(TOO_NARROW.format(coverage=coverage, least=LEAST_COVERAGE))
    return low, high


def retained_at_levels(recipes: Mapping[str, SeedCurves], count: int) -> tuple[Floats, Floats]:
    """Retained loss of every recipe and seed at evenly spaced levels of the common range: 10%, …, 90% for nine.

    Args:
        recipes: By name, the reference first.
        count: Levels; one is the middle of the range.

    Returns:
        The levels, shape (count,), and the losses, shape (recipes, seeds, count).

    Raises:
        NoEvidence: There is no such range, or a curve has a hole in it.
    """
    levels = np.asarray(np.linspace(*common_range(recipes), count + 2)[1:-1], dtype=np.float64)
    found = []
    for name, seeds in recipes.items():
        for seed, curves in seeds.items():
            losses = _front_at(curves, levels)
            if not np.isfinite(losses).all():
                raise NoEvidence(HOLE.format(recipe=name, seed=seed, level=levels[~np.isfinite(losses)][0]))
            found.append(losses)
    return levels, np.array(found).reshape(len(recipes), -1, count)


def matched_retained(recipes: Mapping[str, SeedCurves]) -> Floats:
    """Retained loss of every seed and recipe at one matched downstream loss, the middle of the common range.

    Args:
        recipes: λ by λ, the lowest first.

    Returns:
        Shape (seeds, λ), for the claims about λ.

    Raises:
        NoEvidence: There is no such level.
    """
    return retained_at_levels(recipes, 1)[1][:, :, 0].T


def _span(curves: Sequence[FrontCurve]) -> tuple[float, float] | None:
    losses = [reached(curve.test) for curve in curves]
    usable = [one for one in losses if len(one) > 1]
    return (min(float(one.min()) for one in usable), max(float(one.max()) for one in usable)) if usable else None


def _front_at(curves: Sequence[FrontCurve], levels: Floats) -> Floats:
    """Test loss at each level of the curve that is lowest there on validation; infinite where no curve reaches."""
    on_test = np.array([retained_at(curve.test, levels) for curve in curves])
    on_validation = np.array([retained_at(curve.validation, levels) for curve in curves])
    # A curve may reach a level on test alone: it is taken where no other has been chosen.
    merit = np.where(np.isfinite(on_test), np.minimum(on_validation, np.finfo(np.float64).max), np.inf)
    chosen = np.argmin(merit, axis=0)
    return np.asarray(np.take_along_axis(on_test, chosen[None], axis=0)[0], dtype=np.float64)
