"""Metric versions: what a board's ``metric_version`` means. Raw losses are kept, so any version can be computed anew.

A version is never changed once a board was published under it; a better one gets the next number. Boards of versions 1
and 2 are no longer made: they compared hypervolumes, which have a floor, behind a gate.

3. Matched loss at three levels of downstream loss; one interval for all rows of a board is the verdict.
"""

from earlyexp_bench.scoring.scores import Score
from earlyexp_bench.scoring.scores.gain import GAIN, MATCHED_LOSS, OTHER_GAINS
from earlyexp_bench.scoring.scores.hypervolume import HYPERVOLUME, HYPERVOLUME_DIFFERENCE
from earlyexp_bench.scoring.scores.pretraining_difference import PRETRAINING_DIFFERENCE

FIRST = (GAIN, MATCHED_LOSS, *OTHER_GAINS, PRETRAINING_DIFFERENCE, HYPERVOLUME, HYPERVOLUME_DIFFERENCE)
METRICS: dict[int, tuple[Score, ...]] = {
    3: FIRST,
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
    """Return those that came after metric version 3."""
    return tuple(score for score in scores_of(version) if score not in FIRST)
