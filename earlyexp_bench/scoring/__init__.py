"""Fronts, hypervolume, matched gain and intervals: from cells to a board, with numpy and scipy alone."""

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.board import (
    BOARD_SCHEMA,
    Board,
    Counts,
    PipelineScore,
    PointScore,
    RecipeScore,
    SeedScore,
    State,
    Summary,
    Value,
)
from earlyexp_bench.scoring.cells import (
    CURVE,
    Anatomy,
    Answers,
    BoardTerms,
    CellResult,
    Contamination,
    Losses,
    Made,
    MethodTerms,
    PipelineTerms,
    Ratio,
    RecipeTerms,
    Scale,
    Scales,
    Status,
)
from earlyexp_bench.scoring.claims import (
    ClaimCurve,
    ClaimResult,
    ClaimVerdict,
    StatedClaim,
    judge_claim,
    pipeline_results,
)
from earlyexp_bench.scoring.contrasts import LEAST_SEEDS, Contrast, Word, share_of
from earlyexp_bench.scoring.fronts import choose_points, hypervolume, lower_hull, pareto_front
from earlyexp_bench.scoring.gain import LEAST_COVERAGE, MatchedGain, matched_gain
from earlyexp_bench.scoring.holm import ALPHA
from earlyexp_bench.scoring.provenance import OtherSoftware
from earlyexp_bench.scoring.ranks import RankRange
from earlyexp_bench.scoring.score import score_board
from earlyexp_bench.scoring.scores import JUDGED, Score
from earlyexp_bench.scoring.statistics import LEVEL, Estimate, t_interval, t_test
from earlyexp_bench.scoring.versions import METRICS, further_scores, scores_of

__all__ = [
    "ALPHA",
    "BOARD_SCHEMA",
    "CURVE",
    "JUDGED",
    "LEAST_COVERAGE",
    "LEAST_SEEDS",
    "LEVEL",
    "METRICS",
    "Accuracy",
    "Anatomy",
    "Answers",
    "Board",
    "BoardTerms",
    "CellResult",
    "ClaimCurve",
    "ClaimResult",
    "ClaimVerdict",
    "Contamination",
    "Contrast",
    "Counts",
    "Estimate",
    "Losses",
    "Made",
    "MatchedGain",
    "MethodTerms",
    "OtherSoftware",
    "PipelineScore",
    "PipelineTerms",
    "PointScore",
    "RankRange",
    "Ratio",
    "RecipeScore",
    "RecipeTerms",
    "Scale",
    "Scales",
    "Score",
    "SeedScore",
    "State",
    "StatedClaim",
    "Status",
    "Summary",
    "Value",
    "Word",
    "choose_points",
    "further_scores",
    "hypervolume",
    "judge_claim",
    "lower_hull",
    "matched_gain",
    "pareto_front",
    "pipeline_results",
    "score_board",
    "scores_of",
    "share_of",
    "t_interval",
    "t_test",
]
