"""Fronts, hypervolume, matched gain and intervals: from cells to a board, with numpy and scipy alone."""

from earlyexp_bench.scoring.board import (
    BOARD_SCHEMA,
    Board,
    Counts,
    PipelineScore,
    PointScore,
    Row,
    SeedScore,
    State,
    Verdict,
    Word,
)
from earlyexp_bench.scoring.cells import (
    CURVE,
    BoardTerms,
    CellResult,
    Losses,
    PipelineTerms,
    Ratio,
    RecipeTerms,
    Scale,
    Scales,
    Status,
)
from earlyexp_bench.scoring.fronts import choose_points, hypervolume, lower_hull, pareto_front, single_hypervolumes
from earlyexp_bench.scoring.gain import LEAST_COVERAGE, MatchedGain, matched_gain
from earlyexp_bench.scoring.score import hypervolume_of, score_board, sweep_limited
from earlyexp_bench.scoring.statistics import LEVEL, Estimate, t_interval, t_test

__all__ = [
    "BOARD_SCHEMA",
    "CURVE",
    "LEAST_COVERAGE",
    "LEVEL",
    "Board",
    "BoardTerms",
    "CellResult",
    "Counts",
    "Estimate",
    "Losses",
    "MatchedGain",
    "PipelineScore",
    "PipelineTerms",
    "PointScore",
    "Ratio",
    "RecipeTerms",
    "Row",
    "Scale",
    "Scales",
    "SeedScore",
    "State",
    "Status",
    "Verdict",
    "Word",
    "choose_points",
    "hypervolume",
    "hypervolume_of",
    "lower_hull",
    "matched_gain",
    "pareto_front",
    "score_board",
    "single_hypervolumes",
    "sweep_limited",
    "t_interval",
    "t_test",
]
