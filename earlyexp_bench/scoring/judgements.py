"""What a board says of one row against another: the gain, its interval, and the verdict that the interval is."""

from collections.abc import Sequence
from dataclasses import dataclass

from earlyexp_bench.scoring.intervals import (
    FAMILY,
    Verdict,
    board_interval,
    detectable_gain,
    verdict_of,
    without_spread,
)
from earlyexp_bench.scoring.statistics import Estimate, t_interval

NO_GAIN = "no gains on which a verdict could rest"
NO_PLACE = "the benchmark's family is full: a verdict needs a new version"
ONE_SEED = "one seed gives no interval"
NO_SPREAD = "the gain is the same for every seed: nothing says how far chance moves it"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row against the reference, or the primary contrast's row against its control.

    Attributes:
        against: Recipe that the gain is taken to.
        word: ``better`` where ``interval`` lies above zero, ``worse`` below, ``not told apart`` where it holds zero;
            ``none`` where no verdict is given, and ``reason`` says why.
        own: Mean gain in nats with the 95% interval of this row alone; None where a seed has no gain (yet).
        interval: The same at the level that makes all intervals of the board hold at once with 95%. None for a row
            beyond the family.
        detectable: Smallest true gain in nats that would be found with 80% power, at the spread that is observed. None
            for a row beyond the family, or without spread.
        reason: Why there is no verdict.
        at_a_cost: Whether a ``better`` row costs general loss: the guard's 95% interval lies above .1 nats.
    """

    against: str
    word: Verdict
    own: Estimate | None
    interval: Estimate | None
    detectable: float | None
    reason: str = ""
    at_a_cost: bool = False


def judge(
    gains: Sequence[float],
    against: str,
    *,
    pipelines: int,
    primary: bool = False,
    family: int = FAMILY,
    placed: bool = True,
    barred: str = "",
) -> Judgement:
    """Judge one row by its own gains, whatever else is on the board.

    Args:
        gains: One a seed, in nats; empty where the row has none (yet).
        against: Recipe that they are taken to.
        pipelines: Of the board.
        primary: Whether it is the primary contrast.
        family: Places of a pipeline, fixed per version of a benchmark.
        placed: Whether the row has one of them.
        barred: Why no verdict may rest on the gains although there are some.
    """
    if not gains:
        return Judgement(against, "none", None, None, None, barred or NO_GAIN)
    own = t_interval(gains)
    if not placed:
        return Judgement(against, "none", own, None, None, barred or NO_PLACE)
    interval = board_interval(gains, pipelines, primary=primary, family=family)
    detectable = detectable_gain(gains, pipelines, primary=primary, family=family)
    reason = barred or _no_spread(gains)
    return Judgement(against, "none" if reason else verdict_of(interval), own, interval, detectable, reason)


def _no_spread(gains: Sequence[float]) -> str:
    if len(gains) == 1:
        return ONE_SEED
    return NO_SPREAD if without_spread(gains) else ""
