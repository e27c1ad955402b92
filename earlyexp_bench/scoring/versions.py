"""Metric versions: what a board's ``metric_version`` means. Raw losses are kept, so any version can be computed anew.

A version is never changed once a board was published under it; a better one gets the next number.

1. Every pipeline spends 5% on its verdicts and ranks.
2. The pipelines of a board share the 5% (``BoardTerms.sharing``); all else as in 1.
"""

from earlyexp_bench.scoring.scores import Score
from earlyexp_bench.scoring.scores.hypervolume import HYPERVOLUME, HYPERVOLUME_DIFFERENCE
from earlyexp_bench.scoring.scores.matched_gain import MATCHED_GAIN
from earlyexp_bench.scoring.scores.pretraining_difference import PRETRAINING_DIFFERENCE

FIRST = (HYPERVOLUME, HYPERVOLUME_DIFFERENCE, MATCHED_GAIN, PRETRAINING_DIFFERENCE)
METRICS: dict[int, tuple[Score, ...]] = {
    1: FIRST,
    2: FIRST,
}


def scores_of(version: int) -> tuple[Score, ...]:
    """Return the scores of a metric version, in the order in which they are written.

    Raises:
        ValueError: There is no such version.
    """
    if version not in METRICS:
        raise ValueError(f"no metric version {version}; there is {', '.join(map(str, sorted(METRICS)))}")
    return METRICS[version]


def further_scores(version: int) -> tuple[Score, ...]:
    """Return those that came after metric versions 1 and 2."""
    return tuple(score for score in scores_of(version) if score not in FIRST)
