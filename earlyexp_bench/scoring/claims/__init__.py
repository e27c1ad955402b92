"""The paper's claims (arXiv 2605.12705) as tests that a benchmark's file states.

Each file holds one claim: arrays of losses or scores in, ``Evidence`` out, for one pipeline. ``decide`` turns the
evidence of all pipelines into words, by Holm over the pipelines. No claim is bound to come out one way.
"""

from earlyexp_bench.scoring.claims.addition import addition
from earlyexp_bench.scoring.claims.dominance import dominance
from earlyexp_bench.scoring.claims.immediate import immediate_stays
from earlyexp_bench.scoring.claims.interior import interior_is_best
from earlyexp_bench.scoring.claims.judge import STATEMENTS, ClaimResult, judge_claims
from earlyexp_bench.scoring.claims.levels import CommonRange, Curve, common_range, matched_retained
from earlyexp_bench.scoring.claims.outcome import Evidence, Outcome, decide
from earlyexp_bench.scoring.claims.retained import retained_falls

__all__ = [
    "STATEMENTS",
    "ClaimResult",
    "CommonRange",
    "Curve",
    "Evidence",
    "Outcome",
    "addition",
    "common_range",
    "decide",
    "dominance",
    "immediate_stays",
    "interior_is_best",
    "judge_claims",
    "matched_retained",
    "retained_falls",
]
