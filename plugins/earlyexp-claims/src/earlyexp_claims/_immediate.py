"""R1: the immediate loss hardly moves with λ, where the retained loss falls (R2)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import ClaimVerdict, Evidence, p_greater, t_interval
from earlyexp_claims._inputs import loss_curves

MARGIN = 0.25  # of g, the fall in retained loss from the lowest λ to the highest


def immediate_stays(
    immediate: ArrayLike,
    retained: ArrayLike,
    fractions: Sequence[float],
    *,
    falls: ClaimVerdict,
) -> Evidence:
    """Test whether the immediate loss moves by less than ¼g, where g is the fall in retained loss from end to end.

    Two one-sided tests (Schuirmann 1987, doi:10.1007/BF01068419) of each seed's Δ − ¼g and Δ + ¼g, Δ the change in
    immediate loss from the lowest λ to the highest. Supported where the first is below 0 and the second above, both at
    5%. Contradicted where the first is above 0 or the second below, each at 2.5%. The margin is measured too, so it is
    taken seed by seed: a margin taken as known is wrong in 14 to 26% of cases.

    Args:
        immediate: Loss right after post-training, shape (seeds, λ), nats per token.
        retained: Matched loss, or retained loss at one stage-3 rate, shape (seeds, λ).
        fractions: λ of each column, rising.
        falls: Verdict on R2 in this pipeline.

    Returns:
        Estimate: Δ, in nats. Parts: ¼g. Excluded where R2 is not supported, or the retained loss does not fall from end
        to end.
    """
    before, after = loss_curves(immediate, fractions), loss_curves(retained, fractions)
    if before.shape != after.shape:
        raise ValueError(f"immediate losses of {len(before)} seeds, retained losses of {len(after)}")
    change = before[:, -1] - before[:, 0]
    margin = MARGIN * (after[:, 0] - after[:, -1])
    beyond = min(float(p_greater(change - margin)), float(p_greater(-change - margin)))
    return Evidence(
        t_interval(change.tolist()),
        max(float(p_greater(margin - change)), float(p_greater(margin + change))),
        min(1.0, 2 * beyond),
        f"immediate loss moves by {np.mean(change):+.3f} nats, ¼ of the fall in retained loss is {np.mean(margin):.3f}",
        _exclusion(falls, float(np.mean(margin))),
        {"¼ of the fall in retained loss": t_interval(margin.tolist())},
    )


def _exclusion(falls: ClaimVerdict, margin: float) -> str:
    if falls.word != "supported":
        return f"asked only where R2 is supported, and R2 is {falls.word}"
    return "" if margin > 0 else "asked only where the retained loss is lower at the highest λ than at the lowest"
