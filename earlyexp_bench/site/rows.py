"""The rows of a board on one pipeline: all of them, and those that are compared, in the order of their gains."""

import math
from dataclasses import dataclass

from earlyexp_bench.scoring import JUDGED, Board, Estimate, PipelineScore, t_interval
from earlyexp_bench.scoring.judgements import Judgement


@dataclass(frozen=True)
class GainRow:
    """What is shown of one comparison.

    Attributes:
        label: Recipe, or ``early − longer``.
        score: Of the recipe.
        judgement: Against the reference, or of the primary recipe against its control.
        own: Gain with its own 95% interval: of all seeds, before a board is complete of those there are.
        by_seed: The gain of each of these seeds.
        apart: Whether it is an oracle, which is shown apart.
        control: Whether it is the difference to the control.
    """

    label: str
    score: PipelineScore
    judgement: Judgement
    own: Estimate | None
    by_seed: tuple[float, ...]
    apart: bool = False
    control: bool = False

    @property
    def decided(self) -> bool:
        """Whether the verdict is that there is a difference."""
        return self.judgement.word in ("better", "worse")


def column(board: Board, pipeline: str) -> list[PipelineScore]:
    """Every row on one pipeline, in the order of the board."""
    return [board.score(row.recipe, pipeline) for row in board.rows]


def gain_rows(board: Board, pipeline: str) -> list[GainRow]:
    """Every row but the reference by mean gain, largest first; then the difference to the control; then oracles."""
    scores = column(board, pipeline)
    rows = [_to_reference(board, score, score.judgement) for score in scores if score.judgement]
    controls = [_to_control(board, score, score.control) for score in scores if score.control]
    rows.sort(key=lambda row: -row.own.mean if row.own else math.inf)
    return [*(row for row in rows if not row.apart), *controls, *(row for row in rows if row.apart)]


def _to_reference(board: Board, score: PipelineScore, judgement: Judgement) -> GainRow:
    apart = score.oracle or board.terms.recipe(score.recipe).oracle
    by_seed = tuple(score.shown.by_seed(JUDGED))
    return GainRow(score.recipe, score, judgement, score.shown.scores.get(JUDGED), by_seed, apart)


def _to_control(board: Board, score: PipelineScore, judgement: Judgement) -> GainRow:
    ours, theirs = (_gains(one) for one in (score, board.score(judgement.against, score.pipeline)))
    by_seed = tuple(ours[seed] - theirs[seed] for seed in ours if seed in theirs)
    own = t_interval(by_seed) if by_seed else None
    return GainRow(f"{score.recipe} − {judgement.against}", score, judgement, own, by_seed, control=True)


def _gains(score: PipelineScore) -> dict[int, float]:
    return {seed.seed: gain for seed in score.shown.seeds if (gain := seed.value(JUDGED)) is not None}
