"""What one pipeline of a board measured, as claims read it: paired losses, fronts, scores; or why there is none."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from earlyexp_bench.scoring.board import Board
from earlyexp_bench.scoring.cells import CURVE, CellResult, PipelineTerms, Scales, sweep_key
from earlyexp_bench.scoring.claims.evidence import NoEvidence
from earlyexp_bench.scoring.curves import curve_losses, curves_in
from earlyexp_bench.scoring.gain import with_holes
from earlyexp_bench.scoring.group import Group, Pair, group_cells
from earlyexp_bench.scoring.plane import Floats
from earlyexp_bench.scoring.statistics import Estimate
from earlyexp_bench.scoring.verdicts import exclusion

Loss = Literal["immediate", "retained", "downstream", "pretraining"]
OtherLoss = Literal["downstream", "pretraining"]
Sweep = Mapping[str, float]  # swept values that name a point, e.g. {"finetuning.learning_rate": 2e-4}


class FrontCurve(NamedTuple):
    """One stage-2 setting of a seed by rising stage-3 rate, points of (other loss, retained), NaN where left out.

    Attributes:
        test: What is read, shape (n, 2).
        validation: What chooses between the settings of a seed, level by level.
    """

    test: Floats
    validation: Floats


SeedCurves = Mapping[int, Sequence[FrontCurve]]  # of one recipe: each seed's


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
            sweep: Swept values, as many as it takes to name one cell of a recipe and seed.

        Raises:
            NoEvidence: A cell has not run or diverged, or ``sweep`` does not name exactly one.
        """
        columns = []
        for group in self._complete(recipes):
            at = [[cell for cell in group.done(seed) if _is_at(cell.sweep, sweep)] for seed in group.cells]
            values = [getattr(cells[0].test, loss) if len(cells) == 1 and cells[0].test else None for cells in at]
            if None in values:
                raise NoEvidence(f"{group.recipe} has not exactly one loss at {_said(sweep)} for every seed")
            columns.append(values)
        return np.array(columns, dtype=np.float64).T

    def mean_loss(self, loss: Loss, recipe: str, sweep: Sweep) -> Estimate | None:
        """Return one loss at one sweep point over all seeds, to be drawn; None before every seed has it."""
        points = [p for p in self.board.score(recipe, self.name).whole.points if _is_at(p.sweep, sweep)]
        estimate: Estimate | None = getattr(points[0], loss) if len(points) == 1 else None
        return estimate

    def hypervolumes(self, recipes: Sequence[str]) -> Floats:
        """Return the hypervolume of every seed and recipe, in the board's units, shape (seeds, recipes).

        Raises:
            NoEvidence: A cell has not run.
        """
        self._complete(recipes)
        scores = [self.board.score(recipe, self.name) for recipe in recipes]
        return np.array([score.whole.by_seed("hypervolume") for score in scores], dtype=np.float64).T

    def curves(self, recipes: Sequence[str], other: OtherLoss = "downstream") -> dict[str, SeedCurves]:
        """Return each seed's curves of (other loss, retained) by recipe, a curve for each setting of stage 2.

        Points run by rising stage-3 rate; one that diverged, or is not better than the nadir of its split, is NaN.

        Raises:
            NoEvidence: A cell has not run.
        """
        return {group.recipe: self._curves(group, other) for group in self._complete(recipes)}

    def unconverged(self, recipes: Sequence[str]) -> int:
        """Return how many cells of these recipes ended post-training while the loss still fell."""
        cells = [cell for recipe in recipes for cell in self.groups[recipe, self.name].all]
        return sum(cell.converged is not True for cell in cells)

    def exclusion(self, recipes: Sequence[str]) -> str:
        """Return why no verdict may rest on the fronts of these recipes; empty where one may.

        One is sweep-limited, disqualified or an oracle.
        """
        board = self.board
        reasons = [exclusion(board.score(name, self.name), board.terms.recipe(name)) for name in recipes]
        return "; ".join(reason for reason in reasons if reason)

    def _complete(self, recipes: Sequence[str]) -> list[Group]:
        """The groups of recipes of which every cell has run."""
        if self.terms.test is None or self.terms.validation is None:
            raise NoEvidence("the units of the axes are not known yet")
        groups = [self.groups[recipe, self.name] for recipe in recipes]
        for group in groups:
            if group.state != "complete":
                raise NoEvidence(f"{group.recipe} is not complete{f': {group.reason}' if group.reason else ''}")
        return groups

    def _curves(self, group: Group, other: OtherLoss) -> SeedCurves:
        return {seed: [self._curve(cells, other) for cells in curves_in(group.ran(seed))] for seed in group.cells}

    def _curve(self, cells: Sequence[CellResult], other: OtherLoss) -> FrontCurve:
        splits = zip(("test", "validation"), self.terms.scales, strict=True)
        return FrontCurve(
            *(with_holes(curve_losses(cells, other, split), _nadir(scales, other)) for split, scales in splits)
        )


def pipeline_results(board: Board, cells: Iterable[CellResult]) -> tuple[PipelineResults, ...]:
    """Return what a board's pipelines measured.

    Args:
        board: Scored from the cells.
        cells: Every cell of the board.
    """
    groups = group_cells(board.terms, cells)
    return tuple(PipelineResults(board, terms, groups) for terms in board.terms.pipelines)


def _nadir(scales: Scales, other: OtherLoss) -> tuple[float, float]:
    """(other loss, retained); the pretraining corpus has no nadir."""
    downstream, retained = scales.nadir
    return (downstream if other == "downstream" else math.inf), retained


def _is_at(sweep: Sweep, point: Sweep) -> bool:
    return all(sweep.get(name) == value for name, value in point.items())


def _said(sweep: Sweep) -> str:
    named = sweep_key(dict(sweep))
    return ", ".join(f"{'rate' if name == CURVE else name} {value:g}" for name, value in named)
