"""R4: the exposed front dominates, in one view: retained loss against downstream loss, or against pretraining loss."""

from collections.abc import Sequence

import numpy as np

from earlyexp_bench.scoring.claims.levels import Curves, Floats, common_range, retained_at_levels
from earlyexp_bench.scoring.claims.outcome import Evidence
from earlyexp_bench.scoring.statistics import t_interval
from earlyexp_bench.scoring.student import p_greater

LEVELS = 9


def dominance(reference: Sequence[Curves], exposed: Sequence[Curves], nadir: Sequence[float]) -> Evidence:
    """Compare retained losses at nine fixed levels of the other loss, evenly spaced in the range that all seeds share.

    Supported where the lower bound of the gap is above 0 at every level. Contradicted where an upper bound is below 0
    at one of them, corrected for nine (Holm's first step decides whether there is one). Bounds are one-sided with
    97.5%, the ends of two-sided 95% intervals, so that both verdicts together are false at most 5% of the time. Curves
    are joined between adjacent rates, as for matched gain.

    Args:
        reference: Seeds of the unexposed recipe, each with one curve of (other loss, retained) a stage-2 setting.
        exposed: The same seeds of the exposed recipe.
        nadir: (other loss, retained).

    Returns:
        Estimate: the smallest mean gap over the levels, in nats.

    Raises:
        ValueError: Not the same number of seeds.
    """
    if len(reference) != len(exposed) or not reference:
        raise ValueError(
            f"{len(reference)} seeds of the reference and {len(exposed)} of the exposed recipe: gaps are paired"
        )
    shared = common_range((reference, exposed), nadir)
    if shared.reason:
        return Evidence.none(shared.reason)
    levels = shared.levels(LEVELS)
    gaps = _gaps(reference, exposed, levels, nadir)
    if not np.isfinite(gaps).all():
        return Evidence.none("a front has no curve at some level of the common range")
    least = int(np.argmin(gaps.mean(axis=1)))
    return Evidence(
        t_interval(gaps[least].tolist()),
        min(1.0, 2 * float(p_greater(gaps).max())),
        min(1.0, 2 * LEVELS * float(p_greater(-gaps).min())),
        f"smallest of {LEVELS} gaps, at {levels[least]:.2f} nats",
    )


def _gaps(reference: Sequence[Curves], exposed: Sequence[Curves], levels: Floats, nadir: Sequence[float]) -> Floats:
    """Retained loss of the reference minus the exposed recipe's, shape (levels, seeds); NaN where neither reaches."""
    sides = [np.array([retained_at_levels(seed, levels, nadir) for seed in side]) for side in (reference, exposed)]
    reached = np.isfinite(sides[0]) & np.isfinite(sides[1])
    return np.asarray(np.where(reached, np.subtract(*(np.where(reached, side, 0.0) for side in sides)), np.nan)).T
