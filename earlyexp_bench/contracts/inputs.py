"""The identity of each stage kind: what `StageSpec.identity` holds, validated on both sides of the store."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from earlyexp_bench.contracts.canonical import digest
from earlyexp_bench.contracts.domain import LossOn
from earlyexp_bench.contracts.quantity import Whole


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DomainRef(_Input):
    """A domain with what identifies its data, wherever they lie."""

    id: str
    params: dict[str, Any] = Field(default={}, description="All but those that say where the data lie.")
    data: dict[str, str] = Field(default={}, description="Content hashes or a hub commit; checked when it is read.")

    @property
    def digest(self) -> str:
        """What `StageSpec.runtime` calls this domain by where it says its place: 64 hex digits."""
        return digest(self.model_dump(mode="json"))


class MethodUse(_Input):
    """A method with validated parameters, defaults excluded."""

    id: str
    params: dict[str, Any] = {}


class Optimization(_Input):
    """Optimizer and schedule of a training stage. AdamW; cosine over the planned tokens."""

    learning_rate: float = Field(gt=0, description="Peak learning rate.")
    min_learning_rate: float | None = Field(
        default=None, ge=0, description="Floor of the cosine; the schedule ends at min(floor, 0.1 * peak)."
    )
    batch_tokens: int = Field(gt=0, description="Tokens of one optimizer step, all ranks and micro-batches together.")
    warmup_fraction: float = Field(default=0.05, ge=0, lt=1, description="Linear warm-up, as a share of planned steps.")
    warmup_steps: int | None = Field(default=None, ge=0, description="Warm-up in fixed steps instead of a share.")
    weight_decay: float = Field(default=0.1, ge=0, description="On matrices only.")
    betas: tuple[float, float] = (0.9, 0.95)
    gradient_clip: float = Field(default=1.0, gt=0, description="Largest global gradient norm.")


class ExposureInput(_Input):
    """Target data, or a control's in their stead, mixed into pretraining. Absent where the fraction is 0."""

    target_tokens: int = Field(gt=0)
    source: Literal["target", "general", "placebo"] = Field(
        default="target", description="Parent that it comes from; general: what follows `PretrainInput.tokens`."
    )
    fraction: float = Field(gt=0, le=1)
    mode: Literal["add", "replace"] = "add"
    placement: Literal["uniform", "early", "late"] = "uniform"
    repeats: int = Field(default=1, ge=1)


class TokenizerInput(_Input):
    """A byte-level BPE trained on equal bytes of every domain's train split."""

    vocab_size: int = Field(ge=257)
    domains: tuple[DomainRef, ...]
    bytes_per_domain: int | None = Field(default=None, description="None: as many as the smallest domain has.")
    sha256: str | None = Field(default=None, description="Expected hash of tokenizer.json, once frozen.")


class CheckpointTokenizerInput(_Input):
    """The tokenizer of a checkpoint instead of a trained one; `StageSpec.runtime` says where it is."""

    checkpoint: dict[str, str] = Field(description="`CheckpointIdentity.tokenizer`.")


class TokensInput(_Input):
    """All splits of one domain as token ids. Parent: tokenizer."""

    domain: DomainRef


class ContaminationInput(_Input):
    """Which test documents of one domain have a twin in the train split of another, or of their own.

    Parents: tokenizer; trained and tested, each a tokens stage.
    """

    trained: DomainRef
    tested: DomainRef


class PretrainInput(_Input):
    """Stage 1. Parents: tokenizer, general, and what `exposure.source` names."""

    model: dict[str, Any] = Field(
        default={}, description="Configuration of any transformers causal LM, as written; with random weights."
    )
    init_from: dict[str, str] | None = Field(
        default=None, description="`CheckpointIdentity.weights`, instead of `model`; `StageSpec.runtime` says where."
    )
    context: int = Field(gt=1, description="Sequence length in tokens.")
    tokens: int = Field(gt=0, description="General tokens, before exposure.")
    optimization: Optimization
    exposure: ExposureInput | None = None
    methods: tuple[MethodUse, ...] = ()
    loss_on: dict[str, LossOn] = Field(default={}, description="Role to the tokens trained on; text if absent.")


class Convergence(_Input):
    """When stage 2 stops. Losses are nats per token on the target's validation split."""

    max_tokens: int = Field(gt=0, description="Cap in target tokens, equal for all target sizes.")
    eval_every: float = Field(default=0.5, gt=0, description="Passes over the stage's target data between evaluations.")
    patience: int = Field(default=3, ge=1)
    min_delta: float = Field(default=1e-3, ge=0)
    eval_documents: int | None = Field(
        default=None, gt=0, description="Validate on the first so many documents of the validation split; None for all."
    )


class PosttrainInput(_Input):
    """Stage 2. Parents: model, target, and what the methods need."""

    context: int = Field(gt=1)
    target_tokens: int = Field(gt=0, description="Size of D_post, exposure's share included.")
    remainder: tuple[float, float] = Field(
        default=(0.0, 1.0), description="Part of D_post trained on here: (exposed fraction, 1) on track matched."
    )
    optimization: Optimization
    convergence: Convergence | None = Field(default=None, description="None: exactly one pass.")
    general_tokens: int | None = Field(default=None, description="Stage 1's general stream, for methods that need it.")
    methods: tuple[MethodUse, ...] = ()
    loss_on: dict[str, LossOn] = {}


class FinetuneInput(_Input):
    """Stage 3. Parents: model, downstream, and what the methods need."""

    context: int = Field(gt=1)
    tokens: int = Field(gt=0, description="All tokens that enter updates; replay displaces downstream tokens.")
    repeats: int = Field(default=1, ge=1, description="Most passes over the downstream pool.")
    optimization: Optimization
    general_tokens: int | None = None
    target_tokens: int | None = None
    methods: tuple[MethodUse, ...] = ()
    loss_on: dict[str, LossOn] = {}


class Measurement(_Input):
    """One evaluator on one split of one domain, or one of lm-eval's own tasks."""

    evaluator: str | None = Field(default=None, description="Id of an evaluator; None for an lm-eval task.")
    params: dict[str, Any] = {}
    role: Literal["general", "target", "downstream"] | None = None
    domain: DomainRef | None = None
    split: Literal["validation", "test"] | None = None
    task: str | None = Field(default=None, description="Name of one of lm-eval's own tasks.")
    max_documents: int | None = Field(default=None, gt=0, description="The first so many documents; None for all.")


class EvaluateInput(_Input):
    """Everything measured on one checkpoint. Parents: model, and the tokens stage of every role measured."""

    context: int = Field(gt=1, description="Window of the rolling losses, in tokens.")
    measurements: tuple[Measurement, ...]
    lm_eval_version: str
    ids_version: Literal[1, 2] = Field(
        default=1,
        description="2 for types of models whose documents were once scored on other token ids than are trained on: "
        "those for which transformers has a tokenizer of its own, and those that a plan cannot know.",
    )


class Numerics(_Input):
    """What changes bits without changing meaning. Hashed as one block, fixed by the benchmark."""

    device: Literal["cpu", "cuda", "mps"] = "cpu"
    precision: Literal["fp32", "bf16"] = "fp32"
    cpu_threads: Whole = Field(default=1, ge=1)
    micro_batch: Whole | None = Field(
        default=None, ge=1, description="Sequences a forward pass; None: the whole batch."
    )
    eval_batch_tokens: Whole = Field(default=8192, ge=1)
    world_size: Whole = Field(default=1, ge=1)
    attention: Literal["sdpa", "eager"] = "sdpa"
    optimizer_implementation: Literal["foreach", "fused", "for-loop"] = "foreach"
    compile: bool = False
