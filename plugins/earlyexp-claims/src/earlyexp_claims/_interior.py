"""R3: the best λ is interior (track `matched`)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import Evidence, Floats, p_greater, t_interval
from earlyexp_claims._inputs import loss_curves


def interior_is_best(retained: ArrayLike, fractions: Sequence[float]) -> Evidence:
    """Test whether one interior λ has a lower retained loss than both ends.

    Supported where some interior λ beats both ends in one-sided paired t tests, each at 5% over the number of interior
    λ. Contradicted where one end beats every interior λ, each at 5% / 2. "Both" and "every" need no correction of their
    own (intersection–union: Berger 1982, Technometrics 24:295–300); "some" and "one" do. The naive argmin calls 60% of
    flat curves interior.

    Args:
        retained: Shape (seeds, λ), nats per token, at one stage-3 rate or at matched downstream loss.
        fractions: λ of each column, rising, at least three.

    Returns:
        Estimate: nats by which the interior λ that most surely beats both ends beats the end that it beats less surely.
    """
    losses = loss_curves(retained, fractions, least=3)
    margins = _margins(losses)
    beaten = p_greater(margins)  # (2 ends, interior)
    beating = p_greater(-margins)
    hardest = beaten.max(axis=0)
    best = int(np.argmin(hardest))
    end = int(np.argmax(beaten[:, best]))
    return Evidence(
        t_interval(margins[end, best].tolist()),
        min(1.0, float(hardest[best]) * beaten.shape[1]),
        min(1.0, float(beating.max(axis=1).min()) * 2),
        f"λ = {fractions[best + 1]:g} against λ = {fractions[-1 if end else 0]:g}",
    )


def _margins(losses: Floats) -> Floats:
    """Loss of each end minus loss of each interior λ, shape (2, interior, seeds)."""
    ends = losses[:, [0, -1]].T
    return np.asarray(ends[:, None, :] - losses[:, 1:-1].T[None, :, :])
