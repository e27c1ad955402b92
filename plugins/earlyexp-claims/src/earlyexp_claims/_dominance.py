"""R4: the exposed front dominates, in one view: retained loss against downstream loss, or against pretraining loss."""

import numpy as np

from earlyexp_bench.scoring.claims import Evidence, SeedCurves, p_greater, t_interval
from earlyexp_claims._levels import retained_at_levels

LEVELS = 9


def dominance(reference: SeedCurves, exposed: SeedCurves) -> Evidence:
    """Compare retained losses at nine fixed levels of the other loss, evenly spaced in the range that all seeds share.

    Supported where the lower bound of the gap is above 0 at every level. Contradicted where an upper bound is below 0
    at one of them, corrected for nine (Holm's first step decides whether there is one). Bounds are one-sided with
    97.5%, the ends of two-sided 95% intervals, so that both verdicts together are false at most 5% of the time. Curves
    are joined between adjacent rates of one stage-2 setting; of several settings validation chooses at each level.

    Args:
        reference: Curves of (other loss, retained) of the unexposed recipe, by seed.
        exposed: Of the exposed recipe, the same seeds.

    Returns:
        Estimate: the gap at the level that decides, where it is least surely above 0, in nats.

    Raises:
        ValueError: Not the same seeds.
        NoEvidence: They share no range, or a curve has a hole in it.
    """
    if list(reference) != list(exposed) or not reference:
        raise ValueError(f"seeds {list(reference)} of the reference, {list(exposed)} of the exposed: gaps are paired")
    levels, losses = retained_at_levels({"the reference": reference, "the exposed recipe": exposed}, LEVELS)
    gaps = (losses[0] - losses[1]).T
    above = p_greater(gaps)
    least = int(np.argmax(above))
    return Evidence(
        t_interval(gaps[least].tolist()),
        min(1.0, 2 * float(above[least])),
        min(1.0, 2 * LEVELS * float(p_greater(-gaps).min())),
        f"least sure of {LEVELS} gaps, at {levels[least]:.2f} nats",
    )
