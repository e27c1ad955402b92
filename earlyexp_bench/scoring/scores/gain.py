"""Gain of a seed: matched loss of the reference minus that of the recipe, as stated and in other readings."""

from earlyexp_bench.scoring.readings import OTHER_READINGS, STATED, Reading
from earlyexp_bench.scoring.scores import Score, Value
from earlyexp_bench.scoring.seed import SeedCells


def _matched(seed: SeedCells) -> Value:
    loss = seed.matched()
    return Value(None, seed.terms.levels_reason) if loss is None else Value(loss.nats)


def _gain(seed: SeedCells, reading: Reading) -> Value:
    ours, theirs = seed.matched(reading), seed.reference.matched(reading) if seed.reference else None
    if ours is None or theirs is None:
        return Value(None, seed.terms.levels_reason)
    return Value(theirs.nats - ours.nats)


def _score(reading: Reading, title: str, meaning: str) -> Score:
    return Score(reading.name, title, "nats", "higher", meaning, lambda seed: _gain(seed, reading), paired=True)


MATCHED_LOSS = Score(
    "matched_loss",
    "matched loss",
    "nats",
    "lower",
    "Retained loss when fine-tuning has reached a level of downstream loss, mean over the three levels.",
    _matched,
)
GAIN = _score(STATED, "gain", "How much lower the matched loss is than the reference's of the same seed.")
OTHER_GAINS = tuple(
    _score(one, f"gain, {one.title}", f"The gain, read otherwise: {one.title}.") for one in OTHER_READINGS
)
