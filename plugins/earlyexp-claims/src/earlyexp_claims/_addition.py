"""R0, R5a, R5b, R6: one recipe retains more than another that differs from it in one part."""

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import Evidence, p_greater, t_interval


def retains_more(recipe: ArrayLike, without: ArrayLike) -> Evidence:
    """Test the paired gain in matched loss of a recipe over the same recipe without one of its parts.

    R0: early against `longer`, which sees as many more general tokens. R5a: early + replay against early. R5b: early +
    dropout against early. R6: early + LoRA against LoRA. Supported above 0, contradicted below, each one-sided at 2.5%.

    Args:
        recipe: Matched loss of each seed, shape (seeds,), nats per token.
        without: Of the same seeds.

    Returns:
        Estimate: nats that the recipe retains more.

    Raises:
        ValueError: Not the same number of seeds, or a loss is missing.
    """
    ours, theirs = (np.asarray(losses, dtype=np.float64) for losses in (recipe, without))
    if ours.shape != theirs.shape:
        raise ValueError(f"{len(ours)} seeds of the recipe and {len(theirs)} without the part: losses are paired")
    gains = theirs - ours
    estimate = t_interval(gains.tolist())
    supported, contradicted = (min(1.0, 2 * float(p_greater(side))) for side in (gains, -gains))
    return Evidence(estimate, supported, contradicted, f"retains {estimate.mean:+.3f} nats more")
