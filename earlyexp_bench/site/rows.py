"""The rows of a board on one pipeline."""

from earlyexp_bench.scoring import Board, PipelineScore


def column(board: Board, pipeline: str) -> list[PipelineScore]:
    """Every row on one pipeline, in the order of the recipes."""
    return [board.score(row.recipe, pipeline) for row in board.rows]
