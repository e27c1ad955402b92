"""R1: the immediate loss hardly moves with λ, where the retained loss falls (R2)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import ClaimVerdict, Evidence, p_greater, t_interval
from earlyexp_claims._inputs import loss_curves

MARGIN = 0.25  # of the fall in retained loss


def immediate_stays(
    immediate: ArrayLike,
    retained: ArrayLike,
    fractions: Sequence[float],
    *,
    falls: ClaimVerdict,
    unconverged: int = 0,
) -> Evidence:
    """Test whether the change in immediate loss, from the lowest λ to the highest, is within ¼ of the fall in retained.

    Two one-sided tests (Schuirmann 1987, doi:10.1007/BF01068419): supported where both −¼F < Δ and Δ < ¼F pass at 5%.
    Contradicted where |Δ| is significantly above ¼F, 2.5% on each side. The margin is measured too, so each test is a
    t test of ¼F ± Δ seed by seed, which carries the margin's own error.

    Args:
        immediate: Loss right after post-training, shape (seeds, λ), nats per token.
        retained: Loss after fine-tuning, shape (seeds, λ).
        fractions: λ of each column, rising.
        falls: Verdict on R2 in this pipeline.
        unconverged: Cells whose stage 2 ended before it converged.

    Returns:
        Estimate: Δ, in nats. Excluded where R2 is not supported, the retained loss does not fall from end to end, or a
        cell did not converge.
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
        f"immediate loss moves by {np.mean(change):+.3f} nats, ¼ of the fall in retained is {np.mean(margin):.3f}",
        _exclusion(falls, float(np.mean(margin)), unconverged),
    )


def _exclusion(falls: ClaimVerdict, margin: float, unconverged: int) -> str:
    if unconverged:
        return f"post-training ended before it converged in {unconverged} cells"
    if falls.word != "supported":
        return f"asked only where R2 is supported, and R2 is {falls.word}"
    return "" if margin > 0 else "asked only where the retained loss is lower at the highest λ than at the lowest"
