"""A scored board: plain frozen values, the same for the same cells, ready for JSON."""

from dataclasses import dataclass
from typing import Literal

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.cells import BoardTerms
from earlyexp_bench.scoring.contrasts import Contrast, Word
from earlyexp_bench.scoring.machines import MachineCells
from earlyexp_bench.scoring.provenance import OtherSoftware
from earlyexp_bench.scoring.ranks import RankRange
from earlyexp_bench.scoring.statistics import Estimate

BOARD_SCHEMA = 1
State = Literal["complete", "incomplete", "skipped"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Cells by status."""

    expected: int = 0
    done: int = 0
    diverged: int = 0
    failed: int = 0
    missing: int = 0
    skipped: int = 0

    @property
    def ran(self) -> int:
        """Cells whose training came to an end, good or bad."""
        return self.done + self.diverged


@dataclass(frozen=True, slots=True)
class PointScore:
    """One sweep point over the seeds.

    Attributes:
        sweep: Swept values.
        output: Checkpoint.
        forgetting: Retained minus immediate loss. Shown, never ranked.
        metrics: Further measures, mean over the seeds, where every one of them has them.
    """

    sweep: dict[str, float]
    output: str
    immediate: Estimate | None
    retained: Estimate | None
    downstream: Estimate | None
    pretraining: Estimate | None
    forgetting: Estimate | None
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class Value:
    """What a score says of one seed.

    Attributes:
        value: None where undefined.
        reason: Why it is undefined.
        over: Ends of the losses that it is a mean over.
    """

    value: float | None
    reason: str = ""
    over: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SeedScore:
    """One seed of a row of which every cell ran.

    Attributes:
        chosen: How many points of the front were chosen on validation.
        values: By score.
    """

    seed: int
    chosen: int
    values: dict[str, Value]

    def value(self, score: str) -> float | None:
        """Return the seed's value of a score; None where it is undefined."""
        return self.values[score].value


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a row: means over some of its seeds.

    Attributes:
        seeds: Seed by seed.
        scores: By name, where each of these seeds has a value.
        ranges: Mean over the seeds of the ends of what a score is a mean over, by score.
        reasons: Why a score is undefined, by score.
        points: Sweep points in order.
        middle: Index of the middle sweep point among them, the same for every recipe.
        accuracies: Of multiple-choice tasks at the middle sweep point.
        tokens: Tokens that entered updates, by source; this, ``ledger`` and ``flops`` are means over cells that are
            done.
        ledger: The same by stage, then by source.
        flops: Floating-point operations.
    """

    seeds: tuple[SeedScore, ...]
    scores: dict[str, Estimate]
    ranges: dict[str, tuple[float, float]]
    reasons: dict[str, str]
    points: tuple[PointScore, ...]
    middle: int | None
    accuracies: tuple[Accuracy, ...]
    tokens: dict[str, float]
    ledger: dict[str, dict[str, float]]
    flops: float | None

    def by_seed(self, score: str) -> list[float]:
        """Return the values of a score, of the seeds that have one."""
        return [value for seed in self.seeds if (value := seed.value(score)) is not None]

    @property
    def middle_point(self) -> PointScore | None:
        """The sweep point in the middle of the sweep, the lower of two."""
        return None if self.middle is None else self.points[self.middle]


@dataclass(frozen=True, slots=True)
class PipelineScore:
    """One recipe on one pipeline.

    Attributes:
        reason: Why it is not complete.
        capped: Cells whose stage 2 hit its cap before it converged.
        sweep_limited: Whether the best trade-off lies at an end of the values swept; None where nothing was earned.
        open_ended: Whether it lies inside them, but beside a value that earns nothing: a better one may lie between.
        whole: Over all seeds. No score unless ``complete``: nothing is averaged over what happened to run. A sweep
            point needs every seed.
        so_far: Over the seeds of which every cell ran, differences over those that the reference has too; a sweep
            point over the seeds that have it. Shown, and no verdict rests on it. None where row and reference are
            complete, or nothing is done.
        contrast: In the score that is judged, to the reference; None for the reference itself.
        rank: Places that the row may hold.
        unranked: Why it holds none.
        other_software: What cells were made with that is not what the reference's were.
        changed_parents: Cells with a stage that was made from other weights than its parent has now.
    """

    recipe: str
    pipeline: str
    state: State
    reason: str
    counts: Counts
    capped: int
    sweep_limited: bool | None
    open_ended: bool | None
    whole: Summary
    so_far: Summary | None = None
    contrast: Contrast | None = None
    rank: RankRange | None = None
    unranked: str = ""
    other_software: tuple[OtherSoftware, ...] = ()
    changed_parents: int = 0

    @property
    def shown(self) -> Summary:
        """Whatever there is to show: the numbers over all seeds, or what can be said so far."""
        return self.so_far or self.whole


@dataclass(frozen=True, slots=True)
class RecipeScore:
    """One recipe: pipeline by pipeline, then the average over them.

    Attributes:
        average: Of the score that is judged, over pipelines within each seed, then over seeds; None unless all are
            complete. It has no verdict: an average may hide a pipeline in which the row is worse.
        so_far: The same over the seeds that are compared on every pipeline; None where all are complete.
    """

    recipe: str
    pipelines: tuple[PipelineScore, ...]
    average: Estimate | None
    so_far: Estimate | None = None

    def judged(self, word: Word) -> tuple[str, ...]:
        """Pipelines in which the row got this verdict."""
        return tuple(s.pipeline for s in self.pipelines if s.contrast is not None and s.contrast.word == word)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that a page, a table or another program needs, but the cells.

    Attributes:
        machines: Types of machine that cells were made on, the most common first.
    """

    terms: BoardTerms
    counts: Counts
    complete: bool
    rows: tuple[RecipeScore, ...]
    machines: tuple[MachineCells, ...] = ()
    schema_version: int = BOARD_SCHEMA

    @property
    def name(self) -> str:
        """``benchmark@version``, and of a changed protocol its hash."""
        return self.terms.name

    @property
    def primary(self) -> tuple[PipelineScore, ...]:
        """The primary contrast, pipeline by pipeline; empty where the benchmark names none."""
        return () if self.terms.primary == self.terms.reference else self.row(self.terms.primary).pipelines

    def row(self, recipe: str) -> RecipeScore:
        """Return one recipe's row.

        Raises:
            KeyError: The board has none.
        """
        rows = {row.recipe: row for row in self.rows}
        if recipe not in rows:
            raise KeyError(f"{recipe!r} is not on {self.name}; there are {', '.join(rows)}")
        return rows[recipe]

    def score(self, recipe: str, pipeline: str) -> PipelineScore:
        """Return one recipe's score on one pipeline.

        Raises:
            KeyError: The board has no such row or pipeline.
        """
        scores = {score.pipeline: score for score in self.row(recipe).pipelines}
        if pipeline not in scores:
            raise KeyError(f"{pipeline!r} is not on {self.name}; there are {', '.join(scores)}")
        return scores[pipeline]
