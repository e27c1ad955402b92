"""What a board is scored from: the terms that a benchmark fixes, and one result for each cell.

Losses are nats per token, lower is better. Nothing here is computed: the records say it.
"""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from earlyexp_bench.contracts import StageFailure

Status = Literal["done", "diverged", "failed", "missing", "skipped"]
RAN: frozenset[Status] = frozenset({"done", "diverged"})
CURVE = "finetuning.learning_rate"  # the swept value along which one curve runs
SweepKey = tuple[tuple[str, float], ...]


def sweep_key(sweep: dict[str, float]) -> SweepKey:
    """Return a sweep point as something that can be compared, sorted by name."""
    return tuple(sorted(sweep.items()))


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of a cell on one split, in nats per token; None where not measured.

    Attributes:
        immediate: Target loss right after post-training.
        retained: Target loss after fine-tuning.
        downstream: Downstream loss after fine-tuning.
        pretraining: General-corpus loss after fine-tuning.
        immediate_downstream: Downstream loss right after post-training.
    """

    immediate: float | None = None
    retained: float | None = None
    downstream: float | None = None
    pretraining: float | None = None
    immediate_downstream: float | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} loss is {value}: a cell without finite losses has diverged")


@dataclass(frozen=True, slots=True)
class Answers:
    """A checkpoint's answers to one multiple-choice task on the test split, document by document.

    Attributes:
        correct: Whether each document was answered correctly, in the task's order.
        chance: Accuracy of guessing, from the task's own numbers of choices.
        documents: Digest of the documents and their order; only equal ones are paired.
    """

    correct: tuple[bool, ...]
    chance: float
    documents: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage of a cell was made with, by its record.

    Attributes:
        stage: ``pretrain``, ``posttrain``, ``finetune``; or the evaluation ``immediate`` or ``retained``.
        software: Versions and hashes of sources, by name, and the type of machine.
        changed_parents: Roles of parents whose weights are others now than the stage was made from.
    """

    stage: str
    software: dict[str, str]
    changed_parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellResult:
    """One recipe × pipeline × seed × sweep point × checkpoint.

    Attributes:
        sweep: Swept value by ``stage.field``, e.g. ``finetuning.learning_rate``.
        output: Checkpoint of the last training stage; more than one where a method yields several.
        status: ``missing`` has not run yet, ``skipped`` cannot run; only ``done`` has losses.
        reason: Why it is not done.
        metrics: Further measures on test by name, e.g. ``retained/bits_per_byte``.
        answers: Multiple-choice answers by ``when/role/task``.
        tokens: Tokens that entered optimizer updates in all stages, by source.
        ledger: The same by stage, then by source.
        flops: Floating-point operations of all stages.
        stopped: How stage 2 ended: ``converged``, ``cap`` or ``budget``.
        converged: Whether the loss had stopped falling where stage 2 ended; None where it was one pass or none.
        made: How each of its stages was made that is on record.
        failure: What ended the stage that it lacks, as the store has it.
        published: Whether it was read from the benchmark's published records, and not made where the board is.
    """

    recipe: str
    pipeline: str
    seed: int
    sweep: dict[str, float]
    output: str = "final"
    status: Status = "done"
    reason: str = ""
    test: Losses | None = None
    validation: Losses | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    ledger: dict[str, dict[str, int]] = field(default_factory=dict)
    flops: float = 0.0
    stopped: str | None = None
    converged: bool | None = None
    made: tuple[Made, ...] = ()
    failure: "StageFailure | None" = None
    published: bool = False

    def __post_init__(self) -> None:
        if self.status != "done":
            return
        for split in (self.test, self.validation):
            if split is None or split.retained is None or split.downstream is None:
                raise ValueError(f"{self.label} is done without retained and downstream loss on both splits")

    @property
    def label(self) -> str:
        """The cell in words."""
        sweep = ", ".join(f"{name} {value:g}" for name, value in self.sweep_key)
        return f"{self.recipe} on {self.pipeline}, seed {self.seed}, {sweep or 'no sweep'}, {self.output}"

    @property
    def sweep_key(self) -> SweepKey:
        """The sweep as something that can be compared, sorted by name."""
        return sweep_key(self.sweep)

    @property
    def curve(self) -> tuple[SweepKey, str]:
        """The curve that the cell lies on: every swept value but the stage-3 rate, and the checkpoint."""
        return tuple(item for item in self.sweep_key if item[0] != CURVE), self.output


@dataclass(frozen=True, slots=True)
class Scale:
    """Unit of one axis, fixed by the data of one split.

    Attributes:
        nadir: Unigram cross-entropy under train-split counts; a loss above it earns nothing.
        ideal: Interpolated-bigram cross-entropy; a unit, not a bound: a model may be better.
    """

    nadir: float
    ideal: float

    def __post_init__(self) -> None:
        if not -math.inf < self.ideal < self.nadir < math.inf:
            raise ValueError(f"ideal {self.ideal} must be below nadir {self.nadir}, and both finite")


@dataclass(frozen=True, slots=True)
class Scales:
    """Both axes of a front on one split."""

    downstream: Scale
    retained: Scale

    @property
    def nadir(self) -> tuple[float, float]:
        """(downstream, retained)."""
        return self.downstream.nadir, self.retained.nadir

    @property
    def unit(self) -> float:
        """Product of (nadir − ideal) over both axes, in nats²."""
        return (self.downstream.nadir - self.downstream.ideal) * (self.retained.nadir - self.retained.ideal)


@dataclass(frozen=True, slots=True)
class Contamination:
    """How many test documents of one domain have a twin in the train split of another (or of their own).

    Attributes:
        trained: Domain trained on.
        tested: Domain whose test split is looked at.
        documents: Test documents.
        twins: Those with a twin.
    """

    trained: str
    tested: str
    documents: int
    twins: int

    @property
    def share(self) -> float:
        """Twins among the documents, from 0 to 1."""
        return self.twins / self.documents if self.documents else 0.0


@dataclass(frozen=True, slots=True)
class PipelineTerms:
    """A pipeline and its units; the scales are None until the data stages have run.

    Attributes:
        contamination: Of every test split by every training source; None until it has been measured.
        levels: Downstream losses at which retained losses are compared, falling; None where there are none (yet).
        levels_from: ``benchmark`` where its file freezes them, ``reference`` where they are from the reference's mean
            curve over complete seeds.
        levels_reason: Why there are none.
    """

    name: str
    target: str
    downstream: str
    test: Scales | None = None
    validation: Scales | None = None
    contamination: tuple[Contamination, ...] | None = None
    levels: tuple[float, float, float] | None = None
    levels_from: Literal["benchmark", "reference"] = "benchmark"
    levels_reason: str = ""

    @property
    def scales(self) -> tuple[Scales, Scales]:
        """On test and on validation.

        Raises:
            ValueError: The data stages have not run.
        """
        if self.test is None or self.validation is None:
            raise ValueError(f"{self.name} has no scales yet")
        return self.test, self.validation


@dataclass(frozen=True, slots=True)
class MethodTerms:
    """A method as a recipe uses it.

    Attributes:
        stage: ``pretraining``, ``posttraining`` or ``finetuning``.
        version: Its own, which is part of every key.
        package: Distribution that brings it.
        package_versions: Of that distribution, by the records; the one installed where there is no record yet.
        parameters: All of them, defaults filled in.
        defaults: Those of the parameters that have one.
        reference: Paper or page.
    """

    stage: str
    id: str
    version: str
    package: str
    package_versions: tuple[str, ...]
    parameters: dict[str, Any]
    defaults: dict[str, Any]
    description: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a recipe does, for readers.

    Attributes:
        exposure: What pretraining sees of the target, in words.
    """

    exposure: str = ""
    methods: tuple[MethodTerms, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipeTerms:
    """What a row says about its recipe.

    Attributes:
        methods: Ids of its methods, ``stage: id``.
        needs_pretraining_data: Whether a later stage reads the pretraining corpus.
        oracle: Whether it uses what nobody has downstream, such as the target data in stage 3. Shown, without verdict.
        source: Where the recipe comes from, if not from the benchmark.
        disqualified: By how much it is over the benchmark's token budget, in words; empty where it is not.
        anatomy: Exposure and methods in full.
    """

    name: str
    description: str = ""
    methods: tuple[str, ...] = ()
    needs_pretraining_data: bool = False
    oracle: bool = False
    source: str = ""
    disqualified: str = ""
    anatomy: Anatomy = Anatomy()


@dataclass(frozen=True, slots=True)
class Ratio:
    """One of our sizes beside the paper's, in words."""

    name: str
    ours: str
    paper: str


@dataclass(frozen=True, slots=True)
class BoardTerms:
    """What the benchmark fixes about its board.

    Attributes:
        protocol: Hash of everything that a recipe file cannot change; boards of one name and two hashes are two.
        changed: First digits of the protocol's hash where it is not the frozen benchmark's; empty where it is.
        sweep: Points of every front, each by ``stage.field`` as cells name them.
        reference: Recipe that differences are taken to.
        primary: Recipe of the contrast to which half of the board's 5% goes.
        control: Recipe that the primary contrast is also compared with, e.g. as many more general tokens; None where
            the benchmark names none.
        family: Places of each pipeline that share the board's 5%, the primary contrast's among them.
        contamination_threshold: Share of twins above which a pipeline is flagged.
        notes: Said on the page, title to text.
        ratios: Sizes beside the paper's.
        claims: Stated before the run: of each ``claim``, its ``recipes`` and what else its plugin says, as JSON.
        native_instead: Whether cells are of the native instruction set where the benchmark asks for the portable one:
            their bits are not those of the published cells.
    """

    benchmark: str
    version: int
    recipes: tuple[RecipeTerms, ...]
    pipelines: tuple[PipelineTerms, ...]
    seeds: tuple[int, ...]
    sweep: tuple[dict[str, float], ...]
    reference: str
    primary: str
    control: str | None = None
    protocol: str = ""
    changed: str = ""
    family: int = 8
    contamination_threshold: float = 0.01
    metric_version: int = 3
    track: str = "added"
    description: str = ""
    notes: dict[str, str] = field(default_factory=dict)
    ratios: tuple[Ratio, ...] = ()
    claims: tuple[dict[str, Any], ...] = ()
    native_instead: bool = False

    def __post_init__(self) -> None:
        names = [recipe.name for recipe in self.recipes]
        pipelines, sweep = [pipeline.name for pipeline in self.pipelines], [sweep_key(point) for point in self.sweep]
        for what, listed in (("recipes", names), ("pipelines", pipelines), ("seeds", self.seeds), ("sweep", sweep)):
            if not listed or len(set(listed)) < len(listed):
                raise ValueError(f"{what} of a board must be at least one, and each once, not {list(listed)}")
        for role in (self.reference, self.primary, *([self.control] if self.control else [])):
            if role not in names:
                raise ValueError(f"{role!r} is not among the recipes {', '.join(names)}")

    @property
    def name(self) -> str:
        """``benchmark@version``, and of a changed protocol its hash."""
        return f"{self.benchmark}@{self.version}{f'+{self.changed}' if self.changed else ''}"

    @property
    def sharing(self) -> int:
        """Pipelines that share the board's 5%."""
        return len(self.pipelines)

    @property
    def sweep_size(self) -> int:
        """Points of every front, k."""
        return len(self.sweep)

    def recipe(self, name: str) -> RecipeTerms:
        """Return the terms of a recipe by its name.

        Raises:
            KeyError: The board has no such recipe.
        """
        for recipe in self.recipes:
            if recipe.name == name:
                return recipe
        raise KeyError(f"no recipe {name!r} among {', '.join(recipe.name for recipe in self.recipes)}")

    def pipeline(self, name: str) -> PipelineTerms:
        """Return the terms of a pipeline by its name.

        Raises:
            KeyError: The board has no such pipeline.
        """
        for pipeline in self.pipelines:
            if pipeline.name == name:
                return pipeline
        raise KeyError(f"no pipeline {name!r} among {', '.join(pipeline.name for pipeline in self.pipelines)}")
