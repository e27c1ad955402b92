"""What the λ claims are tested on: one loss for each seed and λ."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import Floats


def loss_curves(losses: ArrayLike, fractions: Sequence[float], least: int = 2) -> Floats:
    """Return the losses as floats, shape (seeds, λ).

    Args:
        losses: Shape (seeds, λ), nats per token.
        fractions: λ of each column, rising.
        least: Fewest λ that the claim needs.

    Raises:
        ValueError: Another shape, a missing loss, λ not rising, or too few.
    """
    values = np.asarray(losses, dtype=np.float64)
    if values.ndim != 2 or not len(values) or values.shape[1] != len(fractions):
        raise ValueError(f"losses of shape {values.shape}, expected (seeds, {len(fractions)}): one for each λ")
    if len(fractions) < least or any(np.diff(fractions) <= 0):
        raise ValueError(f"λ must be at least {least} rising fractions, not {list(fractions)}")
    if not np.isfinite(values).all():
        raise ValueError("a claim is not tested on what is left: a loss is missing or not finite")
    return values
