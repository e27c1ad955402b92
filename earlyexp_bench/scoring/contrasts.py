"""What pages still import of contrasts: judgements replace them, nothing fills them, they go with those pages."""

from dataclasses import dataclass
from typing import Literal

from earlyexp_bench.scoring.holm import ALPHA
from earlyexp_bench.scoring.statistics import Estimate

LEAST_SEEDS = 5
Word = Literal["better", "worse", "undecided", "none"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """See ``Judgement``."""

    word: Word
    marginal: Estimate | None
    simultaneous: Estimate | None
    p_value: float | None
    adjusted: float | None
    detectable: float | None
    reason: str = ""


def share_of(pipelines: int) -> float:
    """See ``error_share``."""
    return ALPHA / pipelines
