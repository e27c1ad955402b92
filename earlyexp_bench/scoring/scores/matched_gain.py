"""Matched gain of a seed: how much more is retained at equal downstream loss, along the best curve of either side."""

from earlyexp_bench.scoring.curves import best_curve, curve_losses
from earlyexp_bench.scoring.gain import matched_gain
from earlyexp_bench.scoring.plane import Floats
from earlyexp_bench.scoring.scores import Score, Value
from earlyexp_bench.scoring.seed import SeedCells


def _gain(seed: SeedCells) -> Value | None:
    if seed.reference is None:
        return None
    test, _ = seed.terms.scales
    gain = matched_gain(_curve(seed.reference), _curve(seed), test.nadir)
    over = (gain.low, gain.high) if gain.low is not None and gain.high is not None else None
    return Value(gain.nats, gain.reason, over)


def _curve(seed: SeedCells) -> Floats:
    _, validation = seed.terms.scales
    return curve_losses(best_curve(seed.ran, validation), "downstream")


MATCHED_GAIN = Score(
    "matched_gain",
    "matched gain",
    "nats",
    "higher",
    "How much lower the retained loss is at equal downstream loss.",
    _gain,
    paired=True,
)
