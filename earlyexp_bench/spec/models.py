"""What a user writes: a benchmark (a frozen protocol) and recipes."""

import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from earlyexp_bench.contracts import Misplaced
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.quantity import LARGEST, Count, Number, Whole, short_amount
from earlyexp_bench.contracts.seeds import Seeds
from earlyexp_bench.contracts.stages import (
    ConvergenceSettings,
    ExposureDesign,
    Optimization,
    OptimizerSettings,
    Role,
    TokenizerTraining,
)
from earlyexp_bench.contracts.stages.parts import StageInput


def _each_once(values: list[float]) -> list[float]:
    if len(set(values)) != len(values):
        raise ValueError(f"values repeat: {', '.join(f'{value:g}' for value in values)}")
    return values


def _falling(levels: tuple[float, float, float]) -> tuple[float, float, float]:
    if not levels[0] > levels[1] > levels[2]:
        raise ValueError(f"levels must fall, from the gentlest on, not {', '.join(f'{level:g}' for level in levels)}")
    return levels


def _can_be_swept(sweep: "dict[Sweepable, list[float]]") -> "dict[Sweepable, list[float]]":
    """A stage takes from a sweep what it takes where nothing is swept."""
    for name, values in sweep.items():
        field = Optimization.model_fields[name]
        for value in values:
            try:
                TypeAdapter(Annotated[float, *field.metadata]).validate_python(value)
            except ValidationError as error:
                raise ValueError(f"{name} {value:g} is wrong: {error.errors()[0]['msg'].lower()}") from error
    return sweep


def _is_a_power_of_two(value: float) -> float:
    if math.frexp(value)[0] != 0.5:
        raise ValueError(f"{value:g} is no power of two, e.g. 0.5, 2 or 4")
    return value


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9+._-]*$")]
RatesScale = Annotated[Number, Field(gt=0), AfterValidator(_is_a_power_of_two)]
SweepValues = Annotated[list[Number], Field(min_length=1), AfterValidator(_each_once)]
Percent = Annotated[Number, Field(ge=0, le=1)]
StageKey = Literal["pretraining", "posttraining", "finetuning"]
Sweepable = Literal["learning_rate", "weight_decay", "warmup_fraction"]
Sweep = Annotated[dict[Sweepable, SweepValues], AfterValidator(_can_be_swept)]
# A recipe's k-th further draw of a seed is this much on.
DRAW = 1_000_000


class Spec(StageInput):
    """As what a stage is given, of which it shares parts: frozen, and refuses what it does not know."""


def _use(value: Any) -> Any:  # noqa: ANN401 - pydantic checks the rest
    """Let ``lora`` stand for ``{use: lora}``."""
    return {"use": value} if isinstance(value, str) else value


class _Named(BaseModel):
    """The name of what a plugin brings, with its parameters beside it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def params(self) -> dict[str, Any]:
        """Everything beside the fields."""
        return dict(self.model_extra or {})


class Use(_Named):
    """A plugin's component by name, with its parameters beside it: ``{use: replay, fraction: 0.01}``."""

    use: str = Field(description="Id of the component, or its short name where that is unique.")

    @property
    def short_name(self) -> str:
        """The component's name without its distribution."""
        return self.use.rpartition("/")[2]


Component = Annotated[Use, BeforeValidator(_use, json_schema_input_type=str | Use)]


class EvaluatorUse(Use):
    """An evaluator, or one of lm-eval's own tasks, by name, with its parameters beside it."""

    use: str = Field(description="Id of an evaluator, or the name of an lm-eval task.")
    max_documents: Count | dict[Role, Count] | None = Field(
        default=None, description="Measure the first so many documents of a split; one number, or one for each role."
    )

    def limit(self, role: Role | None) -> int | None:
        """Most documents measured of a role's split; None for all. lm-eval's own tasks have no role."""
        if isinstance(self.max_documents, dict):
            return self.max_documents.get(role) if role else None
        return self.max_documents


EvaluatorEntry = Annotated[EvaluatorUse, BeforeValidator(_use, json_schema_input_type=str | EvaluatorUse)]


class ClaimUse(_Named):
    """A claim by name, with its parameters beside it: ``{claim: NAME, recipes: [a, b]}``."""

    claim: str = Field(description="Name of a claim that a plugin brings, or its id.")


class Checkpoint(Spec):
    """A checkpoint that pretraining goes on from, with its tokenizer."""

    init_from: str = Field(description="Directory in `save_pretrained` layout, or an id on the hub.")
    revision: str | None = Field(default=None, description="Commit sha of a checkpoint on the hub.")


def _check_model(model: dict[str, Any]) -> dict[str, Any]:
    if "init_from" not in model:
        return model
    for key in model:
        if key not in Checkpoint.model_fields:
            raise ValueError(
                f"{key!r} beside `init_from`: the configuration is the checkpoint's; only `revision` may be"
            )
        if not isinstance(model[key], str):
            raise ValueError(f"{key} is {model[key]!r}, not text (a commit of digits alone needs quotes)")
    return model


class Tokenizer(TokenizerTraining):
    """A byte-level BPE trained on equal bytes of every listed domain's train split."""

    train_on: list[str] = Field(min_length=1, description="Domains, in a fixed order.")


class Pretraining(OptimizerSettings):
    """Stage 1."""

    corpus: str = Field(description="Domain of the general corpus.")
    tokens: Count = Field(description="General tokens, before exposure.")
    learning_rate: Annotated[Number, Field(gt=0)]


class _Until(Spec):
    """How long stage 2 is."""

    until: Literal["converged", "one-pass"] = "converged"
    max_tokens: Count | None = Field(default=None, description="Cap in target tokens; with `until: converged`.")


class Posttraining(ConvergenceSettings, _Until, OptimizerSettings):  # what stands last here is shown first
    """Stage 2."""

    sweep: Sweep

    @model_validator(mode="after")
    def _cap_goes_with_convergence(self) -> "Posttraining":
        if self.until == "converged" and self.max_tokens is None:
            raise Misplaced(("max_tokens",), "is missing: `until: converged` needs it")
        if "learning_rate" not in self.sweep:
            raise Misplaced(("sweep",), "`sweep` needs `learning_rate`, with at least one value")
        return self


class Finetuning(OptimizerSettings):
    """Stage 3."""

    tokens: Count
    repeats: Whole = Field(default=1, ge=1, description="Most passes over the downstream pool.")
    sweep: Sweep

    @model_validator(mode="after")
    def _rates_are_swept(self) -> "Finetuning":
        if "learning_rate" not in self.sweep:
            raise Misplaced(("sweep",), "`sweep` needs `learning_rate`, with at least one value")
        return self


class Pipeline(Spec):
    """General corpus → target → downstream."""

    target: str
    downstream: str
    target_tokens: Count | None = Field(default=None, description="Size of D_post here; absent: the benchmark's.")
    levels: Annotated[tuple[Number, Number, Number], AfterValidator(_falling)] | None = Field(
        default=None,
        description="Three downstream losses, falling, at which retained losses are compared, in nats per token; "
        "absent: from the reference's mean curve.",
    )

    @property
    def name(self) -> str:
        """``target→downstream`` by the domains' short names, and the size of D_post where it is the pipeline's own."""
        size = f" {short_amount(self.target_tokens, digits=6)}" if self.target_tokens else ""
        return f"{self.target.split('/')[0]}→{self.downstream.split('/')[0]}{size}"


class Exposure(ExposureDesign):
    """Target data mixed into pretraining."""

    source: str = Field(
        default="target",
        description="`target`; or, as a control, as many tokens of something else: `general`, or another domain.",
    )

    @model_validator(mode="after")
    def _fraction_is_a_share(self) -> "Exposure":
        if self.fraction > 1:
            raise ValueError(
                f"fraction {self.fraction} is outside [0, 1]; to show the data more than once write `repeats`, "
                f"e.g. fraction: 1, repeats: {max(2, round(self.fraction))}"
            )
        if self.source == "general" and (self.mode, self.repeats) != ("add", 1):
            raise ValueError("source general adds text that stage 1 has not seen yet: mode add, one pass")
        return self


class Recipe(Spec):
    """How the target is acquired and tuned away."""

    exposure: Exposure = Exposure(fraction=0)
    pretraining: list[Component] = Field(default=[])
    posttraining: list[Component] = Field(default=[])
    finetuning: list[Component] = Field(default=[])
    skip_posttraining: bool = Field(default=False, description="The control that is never post-trained.")
    rates_scale: RatesScale = Field(
        default=1.0,
        description="Multiplies stage 3's rates, for a recipe that moves slower or faster; a power of two.",
    )
    draw: Whole = Field(default=0, ge=0, description="An independent repetition: other draws under the same seed.")
    description: str = ""

    @model_validator(mode="after")
    def _what_is_skipped_has_no_methods(self) -> "Recipe":
        if self.skip_posttraining and self.posttraining:
            raise ValueError("posttraining lists methods and skip_posttraining leaves them nothing to act on")
        return self


class Scoring(Spec):
    """Against what rows are measured."""

    reference: str = Field(description="Recipe every difference is taken to.")
    primary: str = Field(description="The contrast to the reference that half of the board's 5% goes to.")
    control: str | None = Field(default=None, description="Recipe that the primary one is compared with as well.")
    family: Whole = Field(
        default=8, ge=8, description="Places of each pipeline, the primary's among them; a row beyond has no verdict."
    )
    contamination_threshold: Percent = Field(
        default=0.01, description="A pipeline is flagged where more test documents than this have a twin in training."
    )
    metric_version: Literal[3] = 3


class Benchmark(Spec):
    """A frozen protocol: everything that two people must share for their numbers to mean the same."""

    id: Name
    version: Whole = Field(ge=1, description="Raise it with any change of the protocol.")
    description: str = ""
    model: Annotated[dict[str, Any], AfterValidator(_check_model)] = Field(
        description="Configuration of any transformers causal LM, with `model_type`; or `init_from`, a checkpoint."
    )
    context: Whole = Field(gt=1, description="Sequence length in training and window of losses, in tokens.")
    tokenizer: Tokenizer | None = Field(default=None, description="Left out with `init_from`: the checkpoint's own.")
    domains: dict[str, Use] = Field(default={}, description="Domains made here by name, e.g. of plain files.")
    numerics: Numerics = Numerics()
    pretraining: Pretraining
    pipelines: list[Pipeline] = Field(min_length=1)
    target_tokens: Count = Field(description="Size of D_post.")
    posttraining: Posttraining
    finetuning: Finetuning
    evaluators: list[EvaluatorEntry] = Field(min_length=1)
    seeds: Seeds
    track: Literal["added", "matched"] = "added"
    recipes: dict[Name, Recipe] = Field(min_length=1)
    scoring: Scoring
    claims: list[ClaimUse] = Field(default=[], description="Claims of a paper that are tested on this board.")
    budget: dict[StageKey, Count] = Field(
        default={},
        description="Most tokens that enter the updates of a stage; absent: what the benchmark's own recipes plan.",
    )
    notes: dict[str, str] = Field(default={}, description="Said on the page, e.g. our ratios beside the paper's.")

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What stage 1 starts from; None for random weights."""
        return Checkpoint.model_validate(self.model) if "init_from" in self.model else None

    @model_validator(mode="after")
    def _one_tokenizer(self) -> "Benchmark":
        if self.checkpoint is None and self.tokenizer is None:
            raise Misplaced(
                ("tokenizer",), "is missing: a model that starts from random weights needs one to be trained"
            )
        if self.checkpoint is not None and self.tokenizer is not None:
            wrong = "`tokenizer` beside `model.init_from`: it is the checkpoint's own; leave `tokenizer` out"
            raise Misplaced(("tokenizer",), wrong)
        return self

    @model_validator(mode="after")
    def _names_agree(self) -> "Benchmark":
        for role in ("reference", "primary", "control"):
            name = getattr(self.scoring, role)
            if name is not None and name not in self.recipes:
                wrong = f"{name!r} is not a recipe; there are {', '.join(self.recipes)}"
                raise Misplaced(("scoring", role), wrong)
        if self.scoring.control in (self.scoring.reference, self.scoring.primary):
            wrong = f"{self.scoring.control!r} is the reference or the primary recipe itself; name another"
            raise Misplaced(("scoring", "control"), wrong)
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds repeat: {self.seeds}")
        if len({pipeline.name for pipeline in self.pipelines}) != len(self.pipelines):
            raise Misplaced(("pipelines",), "two pipelines have one name")
        if not any(entry.short_name == "loss" for entry in self.evaluators):
            raise Misplaced(("evaluators",), "evaluators need `loss`: boards are scored on it")
        if self.track == "matched":
            _check_matched(self)
        _check_draws(self)
        return self

    def domains_of(self, pipeline: Pipeline) -> dict[Role, str]:
        """The domains of a pipeline by their roles, in the order in which they are measured."""
        return {"target": pipeline.target, "downstream": pipeline.downstream, "general": self.pretraining.corpus}

    def target_tokens_of(self, pipeline: Pipeline) -> int:
        """Size of D_post on a pipeline."""
        return pipeline.target_tokens or self.target_tokens


class RecipeFile(Spec):
    """Somebody's recipes for a frozen benchmark; it can say nothing else."""

    recipes: dict[Name, Recipe] = Field(min_length=1)

    @model_validator(mode="after")
    def _rows_are_paired(self) -> "RecipeFile":
        for name, recipe in self.recipes.items():
            if recipe.draw:
                wrong = (
                    f"{recipe.draw} gives a recipe draws of its own; rows are compared seed by seed: leave `draw` out"
                )
                raise Misplaced(("recipes", name, "draw"), wrong)
        return self


def _check_draws(spec: Benchmark) -> None:
    """No draw of one seed may be another seed's."""
    for name, recipe in spec.recipes.items():
        if recipe.draw and max(spec.seeds) >= DRAW:
            raise ValueError(f"seeds must be below {DRAW:,} where a recipe has a draw of its own, as {name!r} has")
        if recipe.draw * DRAW + max(spec.seeds) > LARGEST:
            raise ValueError(f"recipes.{name}.draw must be at most {LARGEST // DRAW - 1:,}, not {recipe.draw:,}")


def _check_matched(spec: Benchmark) -> None:
    if spec.posttraining.until != "one-pass":
        raise Misplaced(("posttraining", "until"), "track `matched` shows the target once: write `until: one-pass`")
    for name, recipe in spec.recipes.items():
        exposure = recipe.exposure
        if (exposure.mode, exposure.repeats, exposure.source) != ("add", 1, "target"):
            wrong = f"track `matched` needs mode add and one pass of the target, not {exposure}"
            raise Misplaced(("recipes", name, "exposure"), wrong)
        if recipe.skip_posttraining and exposure.fraction < 1:
            wrong = "track `matched` fixes the target tokens, and this skips those left for stage 2"
            raise Misplaced(("recipes", name, "skip_posttraining"), wrong)
