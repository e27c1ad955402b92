"""A scored board: plain frozen values, the same for the same cells, ready for JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.cells import BoardTerms
from earlyexp_bench.scoring.contrasts import Contrast, Word
from earlyexp_bench.scoring.provenance import OtherSoftware
from earlyexp_bench.scoring.ranks import RankRange
from earlyexp_bench.scoring.statistics import Estimate

BOARD_SCHEMA = 1
SAID_OF_SOME = frozenset({"so_far", "other_software", "changed_parents"})
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
    """One sweep point over all seeds, where each has the loss; in ``SoFar`` over the seeds that have it.

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
class SeedScore:
    """One seed of a complete row.

    Attributes:
        hypervolume: Of the test losses of the points chosen on validation, in units of (nadir − ideal) on both axes.
        chosen: How many points were chosen.
        hypervolume_difference: To the reference of the same seed.
        matched_gain: In nats; None for the reference, or where undefined.
        matched_range: Downstream losses that the gain is a mean over.
        matched_reason: Why the gain is undefined.
        pretraining_difference: Mean over the sweep of the difference to the reference in pretraining loss; None where
            a point of either has none.
    """

    seed: int
    hypervolume: float
    chosen: int
    hypervolume_difference: float | None = None
    matched_gain: float | None = None
    matched_range: tuple[float, float] | None = None
    matched_reason: str = ""
    pretraining_difference: float | None = None


@dataclass(frozen=True, slots=True)
class SoFar:
    """Numbers of a row that is not complete, or that the reference is not complete to be compared with.

    They are shown, and no verdict and no rank rests on them. Attributes as those of ``PipelineScore``, but

    Attributes:
        seeds: Of which every cell ran; those that the reference has too are compared with it.
        hypervolume: Over these seeds.
        matched_gain: Over those compared, as are the differences and ``accuracies``.
        points: Each over the seeds that have it.
        tokens: This, ``ledger`` and ``flops`` are means over the cells that are done.
    """

    seeds: tuple[SeedScore, ...]
    hypervolume: Estimate | None
    hypervolume_difference: Estimate | None
    matched_gain: Estimate | None
    matched_range: tuple[float, float] | None
    matched_reason: str
    pretraining_difference: Estimate | None
    points: tuple[PointScore, ...]
    middle: int | None
    accuracies: tuple[Accuracy, ...]
    tokens: dict[str, float]
    ledger: dict[str, dict[str, float]]
    flops: float | None

    @property
    def middle_point(self) -> PointScore | None:
        """The sweep point in the middle of the sweep, the lower of two."""
        return None if self.middle is None else self.points[self.middle]


@dataclass(frozen=True, slots=True)
class PipelineScore:
    """One recipe on one pipeline.

    Attributes:
        state: Scores are None unless ``complete``: nothing is averaged over what happened to run.
        reason: Why it is not complete.
        capped: Cells whose stage 2 hit its cap before it converged.
        sweep_limited: Whether the best trade-off lies at an end of the values swept; None where nothing was earned.
        open_ended: Whether it lies inside them, but beside a value that earns nothing: a better one may lie between.
        matched_range: Mean over the seeds of the ends of the range.
        matched_reason: Why the gain is undefined, by seed.
        points: Sweep points in order.
        middle: Index of the middle sweep point among them, the same for every recipe.
        seeds: Seed by seed; empty unless complete.
        accuracies: Of multiple-choice tasks at the middle sweep point.
        tokens: Tokens that entered updates, by source; this, ``ledger`` and ``flops`` are means over the cells of a
            complete row that did not diverge.
        ledger: The same by stage, then by source.
        flops: Floating-point operations.
        contrast: In Δhypervolume to the reference; None for the reference itself.
        rank: Places that the row may hold.
        unranked: Why it holds none.
        so_far: What can be said before row and reference are complete; None where they are, or nothing is done.
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
    hypervolume: Estimate | None
    matched_gain: Estimate | None
    matched_range: tuple[float, float] | None
    matched_reason: str
    pretraining_difference: Estimate | None
    points: tuple[PointScore, ...]
    middle: int | None
    seeds: tuple[SeedScore, ...]
    accuracies: tuple[Accuracy, ...]
    tokens: dict[str, float]
    ledger: dict[str, dict[str, float]]
    flops: float | None
    contrast: Contrast | None = None
    rank: RankRange | None = None
    unranked: str = ""
    so_far: SoFar | None = None
    other_software: tuple[OtherSoftware, ...] = ()
    changed_parents: int = 0

    @property
    def shown(self) -> "SoFar | PipelineScore":
        """Whatever there is to show: the scores, or what can be said so far."""
        return self.so_far or self

    @property
    def hypervolume_difference(self) -> Estimate | None:
        """To the reference of the same seed, with the row's own 95% interval."""
        return self.contrast.marginal if self.contrast else None

    @property
    def middle_point(self) -> PointScore | None:
        """The sweep point in the middle of the sweep, the lower of two."""
        return None if self.middle is None else self.points[self.middle]


@dataclass(frozen=True, slots=True)
class Row:
    """One recipe: pipeline by pipeline, then the average over them.

    Attributes:
        hypervolume_difference: Averaged over pipelines within each seed, then over seeds; None unless all are complete.
            It has no verdict: an average may hide a pipeline in which the row is worse.
        so_far: The same over the seeds that are compared on every pipeline; None where all are complete.
    """

    recipe: str
    pipelines: tuple[PipelineScore, ...]
    hypervolume_difference: Estimate | None
    so_far: Estimate | None = None

    def judged(self, word: Word) -> tuple[str, ...]:
        """Pipelines in which the row got this verdict."""
        return tuple(s.pipeline for s in self.pipelines if s.contrast is not None and s.contrast.word == word)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that a page, a table or another program needs, but the cells."""

    terms: BoardTerms
    counts: Counts
    complete: bool
    rows: tuple[Row, ...]
    schema_version: int = BOARD_SCHEMA

    @property
    def name(self) -> str:
        """``benchmark@version``, and of a changed protocol its hash."""
        return self.terms.name

    @property
    def primary(self) -> tuple[PipelineScore, ...]:
        """The primary contrast, pipeline by pipeline; empty where the benchmark names none."""
        return () if self.terms.primary == self.terms.reference else self.row(self.terms.primary).pipelines

    def row(self, recipe: str) -> Row:
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

    def to_dict(self) -> dict[str, Any]:
        """Return the board as JSON values, with ``schema_version`` and ``metric_version`` on top.

        What is said only of some rows has no key where it is not said. What recipes are made of is left to
        ``recipes.json``.
        """
        board = {"metric_version": self.terms.metric_version, **asdict(self)}
        for recipe in board["terms"]["recipes"]:
            recipe.pop("anatomy")
        for row in board["rows"]:
            for said in (row, *row["pipelines"]):
                _drop_unsaid(said)
        return board


def _drop_unsaid(said: dict[str, Any]) -> None:
    for key in SAID_OF_SOME & said.keys():
        if not said[key]:
            del said[key]
