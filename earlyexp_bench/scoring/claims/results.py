"""What one pipeline of a board measured, as claims read it: paired losses and scores; or why there is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from earlyexp_bench.scoring.board import Board, PipelineScore
from earlyexp_bench.scoring.cells import CURVE, CellResult, PipelineTerms, sweep_key
from earlyexp_bench.scoring.claims.evidence import NoEvidence
from earlyexp_bench.scoring.group import Group, Pair, group_cells
from earlyexp_bench.scoring.matched import Levels
from earlyexp_bench.scoring.plane import Floats
from earlyexp_bench.scoring.seed import SeedCells
from earlyexp_bench.scoring.statistics import Estimate, t_interval
from earlyexp_bench.scoring.student import ROUNDING
from earlyexp_bench.scoring.verdicts import exclusion

Loss = Literal["immediate", "retained", "downstream", "pretraining"]
Sweep = Mapping[str, float]  # swept values that name a point, e.g. {"finetuning.learning_rate": 2e-4}


@dataclass(frozen=True)
class MatchedLosses:
    """Retained losses at equal downstream loss, on test, in nats per token; what stands in one row is paired.

    Attributes:
        retained: At each level, shape (seeds, recipes, levels).
        levels: Downstream losses, falling: the gentlest fine-tuning first.
        nadir: Unigram cross-entropy of the target; it counts where more is lost, or where a level is not reached.
    """

    retained: Floats
    levels: Levels
    nadir: float

    @property
    def nats(self) -> Floats:
        """Matched loss: the mean over the levels, shape (seeds, recipes)."""
        return np.asarray(self.retained.mean(axis=-1))

    @property
    def capped(self) -> Floats:
        """Share of seeds in which every recipe stands at the nadir, by level: nothing is compared there."""
        return np.asarray((self.retained >= self.nadir - ROUNDING).all(axis=1).mean(axis=0))


@dataclass(frozen=True)
class PipelineResults:
    """What one pipeline of a board measured.

    Seeds are shared by all recipes, so what stands in one row of an array is paired. Losses are on test, in nats per
    token. Nothing is averaged over what happened to run: unless every cell of every recipe asked for has run, there is
    no evidence. A claim goes by the methods, ``name`` and ``pipelines``; the attributes may change.

    Attributes:
        board: Scored from all cells.
        terms: The pipeline's.
        groups: Cells by recipe and pipeline.
    """

    board: Board
    terms: PipelineTerms
    groups: Mapping[Pair, Group]

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.terms.name

    @property
    def pipelines(self) -> "tuple[PipelineResults, ...]":
        """Every pipeline of the board, this one among them."""
        return tuple(PipelineResults(self.board, terms, self.groups) for terms in self.board.terms.pipelines)

    def losses(self, loss: Loss, recipes: Sequence[str], sweep: Sweep) -> Floats:
        """Return one loss of every seed and recipe at one sweep point, shape (seeds, recipes).

        Args:
            loss: Which of the four.
            recipes: In the order of the columns.
            sweep: Swept values, as many as it takes to name one loss of a recipe and seed: none for the immediate loss
                where stage 2 has one setting.

        Raises:
            NoEvidence: A cell has not run or diverged, or ``sweep`` does not name exactly one loss.
        """
        columns = []
        for group in self._complete(recipes):
            values = [_only(loss, [cell for cell in group.done(s) if _is_at(cell.sweep, sweep)]) for s in group.cells]
            if None in values:
                where = f" at {_said(sweep)}" if sweep else ""
                raise NoEvidence(f"{group.recipe} has not exactly one {loss} loss{where} for every seed")
            columns.append(values)
        return np.array(columns, dtype=np.float64).T

    def mean_loss(self, loss: Loss, recipe: str, sweep: Sweep) -> Estimate | None:
        """Return one loss over all seeds, to be drawn; None before every seed has it. ``sweep`` as for ``losses``."""
        points = [p for p in self.board.score(recipe, self.name).whole.points if _is_at(p.sweep, sweep)]
        estimates: set[Estimate | None] = {getattr(point, loss) for point in points} - {None}
        return estimates.pop() if len(estimates) == 1 else None

    def hypervolumes(self, recipes: Sequence[str]) -> Floats:
        """Return the hypervolume of every seed and recipe, in the board's units, shape (seeds, recipes).

        Raises:
            NoEvidence: A cell has not run.
        """
        self._complete(recipes)
        scores = [self.board.score(recipe, self.name) for recipe in recipes]
        return np.array([score.whole.by_seed("hypervolume") for score in scores], dtype=np.float64).T

    def matched(self, recipes: Sequence[str]) -> MatchedLosses:
        """Return the matched loss of every seed and recipe, as the board computes it.

        Raises:
            NoEvidence: A cell has not run, or the pipeline has no levels yet.
        """
        groups = self._complete(recipes)
        if (levels := self.terms.levels) is None:
            raise NoEvidence(self.terms.levels_reason or "no levels of downstream loss")
        seeds = groups[0].cells
        losses = [[self._matched(group.cells[seed]) for group in groups] for seed in seeds]
        return MatchedLosses(np.array(losses, dtype=np.float64), levels, self.terms.scales[0].retained.nadir)

    def matched_mean(self, recipe: str) -> Estimate | None:
        """Return the matched loss of one recipe over all seeds, to be drawn; None before every cell of it has run."""
        try:
            return t_interval(self.matched([recipe]).nats[:, 0].tolist())
        except NoEvidence:
            return None

    def exclusion(self, recipes: Sequence[str]) -> str:
        """Return why no verdict may rest on the scores of these recipes, as on the board; empty where one may."""
        board = self.board
        scores = [board.score(name, self.name) for name in recipes]
        reasons = [exclusion(score, board.terms.recipe(score.recipe)) for score in scores]
        return "; ".join(reason for reason in (*reasons, _unequal(scores), self.terms.levels_reason) if reason)

    def _complete(self, recipes: Sequence[str]) -> list[Group]:
        """The groups of recipes of which every cell has run."""
        if self.terms.test is None or self.terms.validation is None:
            raise NoEvidence("the units of the axes are not known yet")
        groups = [self.groups[recipe, self.name] for recipe in recipes]
        for group in groups:
            if group.state != "complete":
                raise NoEvidence(f"{group.recipe} is not complete{f': {group.reason}' if group.reason else ''}")
        return groups

    def _matched(self, cells: Sequence[CellResult]) -> list[float]:
        """Retained loss of one seed at each level."""
        found = SeedCells(cells, self.terms, len(cells)).matched()
        return [level.retained for level in found.levels] if found else []


def pipeline_results(board: Board, cells: Iterable[CellResult]) -> tuple[PipelineResults, ...]:
    """Return what a board's pipelines measured.

    Args:
        board: Scored from the cells.
        cells: Every cell of the board.
    """
    groups = group_cells(board.terms, cells)
    return tuple(PipelineResults(board, terms, groups) for terms in board.terms.pipelines)


def _unequal(scores: Sequence[PipelineScore]) -> str:
    """Best of several draws is worth something: say so where recipes have unequally many."""
    if len({score.tries for score in scores}) == 1:
        return ""
    return f"unequal tries: stage-2 runs a seed: {', '.join(f'{score.recipe} {score.tries}' for score in scores)}"


def _only(loss: Loss, cells: Sequence[CellResult]) -> float | None:
    """The loss that all cells have in common: one cell's, or the immediate loss of one setting of stage 2."""
    values = {getattr(cell.test, loss) for cell in cells}
    return values.pop() if len(values) == 1 else None


def _is_at(sweep: Sweep, point: Sweep) -> bool:
    return all(sweep.get(name) == value for name, value in point.items())


def _said(sweep: Sweep) -> str:
    named = sweep_key(dict(sweep))
    return ", ".join(f"{'rate' if name == CURVE else name} {value:g}" for name, value in named)
