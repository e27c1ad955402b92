"""The numbers of a row: over all seeds, or over those of which every cell ran.

A difference is taken seed by seed, over the seeds that row and reference both have, never between means over different
seeds.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.board import LevelScore, PointScore, SeedScore, Summary
from earlyexp_bench.scoring.cells import CellResult, PipelineTerms, SweepKey
from earlyexp_bench.scoring.group import Group
from earlyexp_bench.scoring.levels import level_scores
from earlyexp_bench.scoring.matched import LevelLoss
from earlyexp_bench.scoring.points import accuracies, middle_index, point_scores
from earlyexp_bench.scoring.scores import Score
from earlyexp_bench.scoring.seed import SeedCells
from earlyexp_bench.scoring.statistics import t_interval


@dataclass(frozen=True)
class Comparison:
    """A row on one pipeline, beside the reference's.

    Attributes:
        row: Cells of one recipe.
        reference: The reference's.
        terms: Units of the axes, where they are known.
        sweep: The benchmark's points.
        scores: To compute.
    """

    row: Group
    reference: Group
    terms: PipelineTerms
    sweep: Sequence[SweepKey]
    scores: Sequence[Score]

    @property
    def scaled(self) -> bool:
        """Whether the units of the axes are known."""
        return self.terms.test is not None and self.terms.validation is not None

    def whole(self) -> Summary:
        """Return the numbers over all seeds; no score and no cost unless every cell ran."""
        complete = self.row.state == "complete" and self.scaled
        seeds = list(self.row.cells) if complete else []
        compared = self._both(seeds) if self.reference.state == "complete" else ()
        return self._summary(seeds, compared, self.row, self.row.all if complete else [], every=True)

    def so_far(self) -> Summary | None:
        """Return the numbers of what is there; None where row and reference are complete, or nothing is done."""
        done = any(cell.status == "done" for cell in self.row.all)
        if not done or (self.row.state, self.reference.state) == ("complete", "complete"):
            return None
        seeds = [seed for seed in self.row.cells if seed in self.row.whole]
        compared = self._both(seeds)
        answering = self.row.only(compared or seeds)
        return self._summary(seeds if self.scaled else [], compared, answering, self.row.all, every=False)

    def _both(self, seeds: Iterable[int]) -> frozenset[int]:
        """Of these seeds those that the reference has whole; it is itself compared with nothing."""
        own = self.row.recipe == self.reference.recipe
        return frozenset() if own else self.reference.whole.intersection(seeds)

    def _summary(
        self,
        seeds: Iterable[int],
        compared: Collection[int],
        answering: Group,
        costed: Iterable[CellResult],
        *,
        every: bool,
    ) -> Summary:
        scored = [self._score(seed, seed in compared) for seed in seeds]
        named = {score.name: _of(score, scored, compared) for score in self.scores}
        points = point_scores(self.row, every=every)
        done = [cell for cell in costed if cell.status == "done"]
        return Summary(
            seeds=tuple(scored),
            scores={name: t_interval(values) for name, of in named.items() if (values := _values(name, of))},
            ranges={name: ends for name, of in named.items() if (ends := _range(name, of))},
            reasons={name: why for name, of in named.items() if (why := _reason(name, of))},
            points=points,
            middle=self._middle(points, self.row, every=every),
            accuracies=self._accuracies(answering),
            tokens=_mean_tokens([cell.tokens for cell in done]),
            ledger=_mean_ledger(done),
            flops=float(np.mean([cell.flops for cell in done])) if done else None,
            levels=self._levels(scored, compared),
        )

    def _score(self, seed: int, compare: bool) -> SeedScore:
        cells = self._seed(self.row, seed, self._seed(self.reference, seed) if compare else None)
        values = {score.name: score.of(cells) for score in self.scores}
        return SeedScore(seed, len(cells.front), values, _levels_of(cells))

    def _seed(self, group: Group, seed: int, reference: SeedCells | None = None) -> SeedCells:
        return SeedCells(group.cells[seed], self.terms, group.sweep_size, reference)

    def _levels(self, seeds: Sequence[SeedScore], compared: Collection[int]) -> tuple[LevelScore, ...]:
        if not seeds or not seeds[0].levels:
            return ()
        theirs = [_levels_of(self._seed(self.reference, s.seed)) if s.seed in compared else None for s in seeds]
        return level_scores([seed.levels for seed in seeds], theirs)

    @property
    def tries(self) -> int:
        """The most stage-2 settings of a seed that are different runs; 1 where no seed is whole."""
        return max((self._seed(self.row, seed).tries for seed in self.row.whole), default=1)

    def _middle(self, points: Sequence[PointScore], group: Group, *, every: bool = True) -> int | None:
        validation = self.terms.validation
        return middle_index(points, group, self.sweep, validation, every=every) if validation else None

    def _accuracies(self, row: Group) -> tuple[Accuracy, ...]:
        """Accuracies of the seeds in ``row`` at the middle of the sweep, beside the reference's of the same seeds."""
        reference = self.reference.only(row.cells)
        ours, theirs = (self._middle_point(side) for side in (row, reference))
        return accuracies(ours, row, reference, theirs) if ours else ()

    def _middle_point(self, group: Group) -> PointScore | None:
        points = point_scores(group)
        middle = self._middle(points, group)
        return None if middle is None else points[middle]


def _levels_of(seed: SeedCells) -> tuple[LevelLoss, ...]:
    loss = seed.matched()
    return () if loss is None else loss.levels


def _of(score: Score, seeds: Sequence[SeedScore], compared: Collection[int]) -> list[SeedScore]:
    """Seeds that a score is a mean over."""
    return [seed for seed in seeds if not score.paired or seed.seed in compared]


def _values(name: str, seeds: Sequence[SeedScore]) -> list[float]:
    """Values of a score; none unless every seed has one."""
    known = [value for seed in seeds if (value := seed.value(name)) is not None]
    return known if len(known) == len(seeds) else []


def _range(name: str, seeds: Sequence[SeedScore]) -> tuple[float, float] | None:
    """Mean ends of what a score is a mean over; None unless every seed has a value."""
    ends = [over for seed in seeds if (over := seed.values[name].over)]
    if not ends or not _values(name, seeds):
        return None
    low, high = np.mean(ends, axis=0)
    return float(low), float(high)


def _reason(name: str, seeds: Sequence[SeedScore]) -> str:
    return "; ".join(f"seed {seed.seed}: {why}" for seed in seeds if (why := seed.values[name].reason))


def _mean_tokens(cells: Sequence[dict[str, int]]) -> dict[str, float]:
    """Mean over cells, by source; a cell that names no tokens of a source has none."""
    sources = sorted({source for tokens in cells for source in tokens})
    return {source: float(np.mean([tokens.get(source, 0) for tokens in cells])) for source in sources}


def _mean_ledger(cells: Sequence[CellResult]) -> dict[str, dict[str, float]]:
    """The same by stage."""
    stages = dict.fromkeys(stage for cell in cells for stage in cell.ledger)
    return {stage: _mean_tokens([cell.ledger.get(stage, {}) for cell in cells]) for stage in stages}
