"""What a claim of a paper is judged by: all that a plugin needs of us, as `earlyexp_bench.contracts.claim` says.

Nothing here knows a claim. A reading's test takes what one pipeline measured and returns evidence; Holm over the
pipelines turns that into words. No claim is bound to come out one way.
"""

from earlyexp_bench.scoring.claims.evidence import ClaimVerdict, Evidence, NoEvidence, decide, verdicts
from earlyexp_bench.scoring.claims.judge import ClaimCurve, ClaimResult, CurvePoint, StatedClaim, judge_claim
from earlyexp_bench.scoring.claims.results import MatchedLosses, PipelineResults, pipeline_results
from earlyexp_bench.scoring.fronts import hypervolume, pareto_front
from earlyexp_bench.scoring.holm import ALPHA
from earlyexp_bench.scoring.plane import Floats
from earlyexp_bench.scoring.power import POWER, detectable_effect
from earlyexp_bench.scoring.statistics import Estimate, t_interval
from earlyexp_bench.scoring.student import p_greater

__all__ = [
    "ALPHA",
    "POWER",
    "ClaimCurve",
    "ClaimResult",
    "ClaimVerdict",
    "CurvePoint",
    "Estimate",
    "Evidence",
    "Floats",
    "MatchedLosses",
    "NoEvidence",
    "PipelineResults",
    "StatedClaim",
    "decide",
    "detectable_effect",
    "hypervolume",
    "judge_claim",
    "p_greater",
    "pareto_front",
    "pipeline_results",
    "t_interval",
    "verdicts",
]
