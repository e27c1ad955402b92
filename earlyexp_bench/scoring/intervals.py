"""One interval, one rule: the interval of a row at a level that makes all intervals of a board hold at once with 95%.

Half of the 5% is shared by the primary contrast's p pipelines, the other half by the (m − 1)·p places of the other rows
(Bonferroni; Dunn 1961, doi:10.1080/01621459.1961.10482090). m is fixed per version of a benchmark, so a new row never
changes an old verdict.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from earlyexp_bench.scoring.holm import ALPHA
from earlyexp_bench.scoring.power import detectable_difference
from earlyexp_bench.scoring.statistics import Estimate, t_interval
from earlyexp_bench.scoring.student import ROUNDING

FAMILY = 8
Verdict = Literal["better", "worse", "not told apart", "none"]


def error_share(pipelines: int, *, primary: bool, family: int = FAMILY) -> float:
    """Return what one interval may spend of the board's 5%.

    Args:
        pipelines: p, of the board.
        primary: Whether it is the primary contrast's; otherwise it is one of the m − 1 other places of its pipeline.
        family: m, places of a pipeline, the primary's among them.

    Raises:
        ValueError: No pipeline, or a family below 8.
    """
    if pipelines < 1:
        raise ValueError(f"a board has at least one pipeline, not {pipelines}")
    if family < FAMILY:
        raise ValueError(f"a family of {family} places must be at least {FAMILY}")
    return ALPHA / 2 / (pipelines if primary else (family - 1) * pipelines)


def board_interval(gains: Sequence[float], pipelines: int, *, primary: bool, family: int = FAMILY) -> Estimate:
    """Return the interval of a row that a verdict rests on, mean ± t·s/√n of its own gains.

    Args:
        gains: One a seed, higher is better.
        pipelines: As for ``error_share``, which sets the level; so do the other two.
        primary: Whether it is the primary contrast.
        family: Places of a pipeline.
    """
    return t_interval(gains, 1 - error_share(pipelines, primary=primary, family=family))


def verdict_of(interval: Estimate) -> Verdict:
    """Better if the interval lies above zero, worse if below, else not told apart; none where there is none."""
    if interval.low is None or interval.high is None or interval.high - interval.low <= ROUNDING:
        return "none"
    if interval.low > 0:
        return "better"
    return "worse" if interval.high < 0 else "not told apart"


def without_spread(gains: Sequence[float]) -> bool:
    """Tell whether nothing says how far chance moves these gains: one alone, or all the same."""
    return len(gains) < 2 or float(np.std(gains, ddof=1)) <= ROUNDING


def detectable_gain(gains: Sequence[float], pipelines: int, *, primary: bool, family: int = FAMILY) -> float | None:
    """Smallest true gain found with 80% power if the spread were that of ``gains``, in nats.

    Returns:
        None where there is no spread to go by.
    """
    return detectable_difference(gains, error_share(pipelines, primary=primary, family=family))
