"""A scored board: plain frozen values, the same for the same cells, ready for JSON."""

from dataclasses import dataclass, field
from typing import Literal

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.cells import BoardTerms
from earlyexp_bench.scoring.intervals import Verdict
from earlyexp_bench.scoring.judgements import Judgement
from earlyexp_bench.scoring.machines import MachineCells
from earlyexp_bench.scoring.matched import LevelLoss
from earlyexp_bench.scoring.provenance import OtherSoftware
from earlyexp_bench.scoring.statistics import Estimate

BOARD_SCHEMA = 2
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
        forgetting: Retained minus immediate loss. Shown, without verdict.
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
        levels: What the row retains at each level, and how that was read; empty where the pipeline has no levels.
    """

    seed: int
    chosen: int
    values: dict[str, Value]
    levels: tuple[LevelLoss, ...] = ()

    def value(self, score: str) -> float | None:
        """Return the seed's value of a score; None where it is undefined."""
        return self.values[score].value


@dataclass(frozen=True, slots=True)
class LevelScore:
    """One of a pipeline's three levels over the seeds of a row.

    Attributes:
        level: Downstream loss, nats per token.
        retained: Retained loss there.
        gain: To the reference, with the row's own 95% interval; None for the reference, or where there is none.
        clamped: Share of seeds in which the gentlest rate has already learned more than the level.
        not_reached: Share of seeds in which no rate learns as much; the nadir counts.
        failed: Share of seeds in which a run that diverged comes before the level; the nadir counts.
    """

    level: float
    retained: Estimate
    gain: Estimate | None
    clamped: float
    not_reached: float
    failed: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a row: means over some of its seeds.

    Attributes:
        seeds: Seed by seed.
        scores: By name, where each of these seeds has a value.
        ranges: Mean over the seeds of the ends of what a score is a mean over, by score.
        reasons: Why a score is undefined, by score.
        levels: Level by level, gentlest first; empty where the pipeline has no levels (yet).
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
    levels: tuple[LevelScore, ...] = ()

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
        not_converged: Cells whose validation loss still fell where stage 2 ended.
        whole: Over all seeds. No score unless ``complete``: nothing is averaged over what happened to run. A sweep
            point needs every seed.
        so_far: Over the seeds of which every cell ran, differences over those that the reference has too; a sweep
            point over the seeds that have it. Shown, and no verdict rests on it. None where row and reference are
            complete, or nothing is done.
        tries: Stage-2 settings of a seed that are different runs; a gain compares rows of equally many.
        other_software: What cells were made with that is not what the reference's were.
        changed_parents: Cells with a stage that was made from other weights than its parent has now.
        judgement: Of its gains to the reference; None for the reference itself.
        control: Of the primary contrast's row: the same to the control recipe that the benchmark names. None for every
            other row, and where none is named.
        flagged: At which level the row is clamped or does not reach it in more than 10% of its seeds, in words; its
            gain is shown, without verdict. Empty where it is not.
        mend: What multiplies the row's stage-3 rates (`rates_scale`) to mend that: 2 or 1/2; None where nothing is to
            be mended, or no single scale does.
        oracle: Whether the row stands at the hardest level before stage 3: mean downstream loss of its stage-2
            checkpoint over the seeds. Shown apart, without verdict.
        selects_on_validation: Whether its checkpoint is chosen among several of one run (worth .05 to .07 nats).
        sensitivity: Board-wide interval of the gain by another reading of the same cells: ``middle level only``,
            ``uncapped``, ``levels − 0.15``, ``levels + 0.15``; without verdict, empty for the reference.
    """

    recipe: str
    pipeline: str
    state: State
    reason: str
    counts: Counts
    not_converged: int
    whole: Summary
    so_far: Summary | None = None
    tries: int = 1
    other_software: tuple[OtherSoftware, ...] = ()
    changed_parents: int = 0
    judgement: Judgement | None = None
    control: Judgement | None = None
    flagged: str = ""
    mend: float | None = None
    oracle: bool = False
    selects_on_validation: bool = False
    sensitivity: dict[str, Estimate] = field(default_factory=dict)

    @property
    def shown(self) -> Summary:
        """Whatever there is to show: the numbers over all seeds, or what can be said so far."""
        return self.so_far or self.whole


@dataclass(frozen=True, slots=True)
class RecipeScore:
    """One recipe: pipeline by pipeline, then the average over them.

    Attributes:
        average: Of the gain, over pipelines within each seed, then over seeds; None unless all are complete. It has no
            verdict: an average may hide a pipeline in which the row is worse.
        so_far: The same over the seeds that are compared on every pipeline; None where all are complete.
    """

    recipe: str
    pipelines: tuple[PipelineScore, ...]
    average: Estimate | None
    so_far: Estimate | None = None

    def judged(self, word: Verdict) -> tuple[str, ...]:
        """Pipelines in which the row got this verdict."""
        return tuple(s.pipeline for s in self.pipelines if s.judgement is not None and s.judgement.word == word)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that a page, a table or another program needs, but the cells.

    Attributes:
        terms: The benchmark's, with the levels that were used.
        rows: By falling mean gain, the reference at 0; those without one last. The order is no verdict.
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
