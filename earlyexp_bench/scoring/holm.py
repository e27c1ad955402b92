"""Holm's step-down correction (Holm 1979, Scand. J. Statist. 6:65–70), within a family whose size is fixed."""

from collections.abc import Sequence

import numpy as np

ALPHA = 0.05


def holm(p_values: Sequence[float], family: int | None = None) -> list[float]:
    """Adjusted p-values, each to be compared with 5%: the chance of any false rejection among them is at most 5%.

    The k-th smallest of f p-values becomes max over j ≤ k of p₍ⱼ₎ · (f − j + 1) · m/f, at most 1. With m = f that is
    Holm's. A larger family m leaves 5% · (m − f)/m unspent, for members that are not here yet: they can be tested
    later, one at a time with ``holm([p], m)``, without touching what was decided before (Bonferroni splits 5% over the
    groups, Holm works within each).

    Args:
        p_values: Of any tests, however dependent.
        family: m, at least as many as there are p-values; None for just these.

    Raises:
        ValueError: More p-values than the family has members, or one outside [0, 1].
    """
    count = len(p_values)
    members = count if family is None else family
    if count > members:
        raise ValueError(f"{count} tests in a family of {members}: the family is fixed and must hold all of them")
    if not all(0.0 <= p <= 1.0 for p in p_values):
        raise ValueError(f"p-values must lie in [0, 1], not {list(p_values)}")
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(count)
    steps = np.asarray(p_values, dtype=np.float64)[order] * np.arange(count, 0, -1) * (members / max(count, 1))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in adjusted]
