"""R2: the retained loss falls with λ (track `added`)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import Evidence, p_greater, t_interval
from earlyexp_claims._inputs import loss_curves


def retained_falls(retained: ArrayLike, fractions: Sequence[float]) -> Evidence:
    """Test the linear contrast in λ of each seed's retained losses.

    The contrast is the least-squares slope, Σ (λ − mean λ) · L / Σ (λ − mean λ)². Supported where its mean over the
    seeds is significantly negative, contradicted where positive, each one-sided at 2.5%.

    Args:
        retained: Shape (seeds, λ), nats per token: matched loss, or retained loss at one stage-3 rate.
        fractions: λ of each column, rising.

    Returns:
        Estimate: nats that the retained loss falls by as λ goes from 0 to 1.
    """
    losses = loss_curves(retained, fractions)
    centred = np.asarray(fractions, dtype=np.float64) - np.mean(fractions)
    falls = -(losses @ centred) / float(centred @ centred)
    estimate = t_interval(falls.tolist())
    return Evidence(
        estimate,
        min(1.0, 2 * float(p_greater(falls))),
        min(1.0, 2 * float(p_greater(-falls))),
        f"retained loss falls by {estimate.mean:+.3f} nats per unit of λ",
    )
