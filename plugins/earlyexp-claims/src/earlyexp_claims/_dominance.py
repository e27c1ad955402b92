"""R4: the exposed recipe retains more whichever level of downstream loss fine-tuning goes to."""

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import Evidence, p_greater, t_interval


def dominance(reference: ArrayLike, exposed: ArrayLike) -> Evidence:
    """Test the paired gain in retained loss at each level.

    Supported where the gain is above 0 at every level, each at 5% one-sided: "every" needs no correction
    (intersection–union: Berger 1982, Technometrics 24:295–300). Contradicted where it is below 0 at one of them, at
    2.5% by Holm over the levels, whose first step decides whether there is one.

    Args:
        reference: Retained loss of the unexposed recipe, shape (seeds, levels), nats per token.
        exposed: Of the exposed recipe, the same seeds.

    Returns:
        Estimate: the gain at the level where it is least surely above 0, in nats. Parts: the gain at every level.

    Raises:
        ValueError: Not the same seeds and levels, or a loss is missing.
    """
    theirs, ours = (np.asarray(losses, dtype=np.float64) for losses in (reference, exposed))
    if theirs.shape != ours.shape or theirs.ndim != 2:
        raise ValueError(f"losses of shapes {theirs.shape} and {ours.shape}, expected (seeds, levels) of both: paired")
    gains = (theirs - ours).T
    above, below = p_greater(gains), p_greater(-gains)
    least = int(np.argmax(above))
    return Evidence(
        t_interval(gains[least].tolist()),
        float(above[least]),
        min(1.0, 2 * len(gains) * float(below.min())),
        f"least sure at level {least + 1} of {len(gains)}",
        parts={f"level {level}": t_interval(gain.tolist()) for level, gain in enumerate(gains, start=1)},
    )
