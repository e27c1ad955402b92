"""R3: the best λ is interior (track `matched`)."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import (
    ALPHA,
    POWER,
    Estimate,
    Evidence,
    Floats,
    detectable_effect,
    p_greater,
    t_interval,
)
from earlyexp_claims._inputs import loss_curves

DEEPEST = 0.1  # nats: a U that deep must be found with 80% power, or there is no verdict
TOO_FEW = "a U is found with 80% power only if it is {deep:.2f} nats deep, and a verdict needs {deepest:g} or less"


def interior_is_best(retained: ArrayLike, fractions: Sequence[float]) -> Evidence:
    """Test whether one interior λ has a lower retained loss than both ends.

    Supported where some interior λ beats both ends in one-sided paired t tests, each at 5% over the number of interior
    λ. Contradicted where one end beats every interior λ, each at 5% / 2. "Both" and "every" need no correction of their
    own (intersection–union: Berger 1982, Technometrics 24:295–300); "some" and "one" do. There is no verdict where
    80% power would need a U deeper than 0.1 nats: a flat curve and a shallow U look alike there.

    Args:
        retained: Shape (seeds, λ), nats per token.
        fractions: λ of each column, rising, at least three.

    Returns:
        Estimate: nats by which the interior λ that most surely beats both ends beats the end that it beats less surely.
        Parts: the same of every interior λ and end.
    """
    losses = loss_curves(retained, fractions, least=3)
    margins = _margins(losses)
    beaten = p_greater(margins)  # (2 ends, interior)
    beating = p_greater(-margins)
    hardest = beaten.max(axis=0)
    best = int(np.argmin(hardest))
    end = int(np.argmax(beaten[:, best]))
    deep = detectable_depth(margins)
    return Evidence(
        t_interval(margins[end, best].tolist()),
        min(1.0, float(hardest[best]) * beaten.shape[1]),
        min(1.0, float(beating.max(axis=1).min()) * 2),
        f"{_pair(fractions, end, best)}; 80% power finds a U of {deep:.2f} nats",
        "" if deep <= DEEPEST else TOO_FEW.format(deep=deep, deepest=DEEPEST),
        _parts(margins, fractions),
    )


def detectable_depth(margins: Floats) -> float:
    """How far below both ends one interior λ must lie to be found with 80% power, in nats.

    The spread is the root mean square over all pairs, for the SD of one pair is known too badly. Both tests are to
    pass; they go together, because they share the interior λ, so each needs no more than √.8 (Slepian 1962).

    Args:
        margins: Loss of each end minus loss of each interior λ, shape (2, interior, seeds).

    Returns:
        Infinite with a single seed.
    """
    interior, seeds = margins.shape[1:]
    if seeds < 2:
        return math.inf
    spread = math.sqrt(float(margins.var(axis=-1, ddof=1).mean()))
    return spread * detectable_effect(seeds, 2 * ALPHA / interior, math.sqrt(POWER))


def _margins(losses: Floats) -> Floats:
    """Loss of each end minus loss of each interior λ, shape (2, interior, seeds)."""
    ends = losses[:, [0, -1]].T
    return np.asarray(ends[:, None, :] - losses[:, 1:-1].T[None, :, :])


def _parts(margins: Floats, fractions: Sequence[float]) -> dict[str, Estimate]:
    ends, interior = margins.shape[:2]
    pairs = [(end, place) for place in range(interior) for end in range(ends)]
    return {_pair(fractions, end, place): t_interval(margins[end, place].tolist()) for end, place in pairs}


def _pair(fractions: Sequence[float], end: int, place: int) -> str:
    return f"λ = {fractions[place + 1]:g} against λ = {fractions[-1 if end else 0]:g}"
