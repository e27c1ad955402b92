"""Stage 1: a model from random weights or a checkpoint, with or without early exposure."""

from typing import Any, Literal

from pydantic import Field

from earlyexp_bench.contracts.domain import LossOn
from earlyexp_bench.contracts.quantity import Number, Whole
from earlyexp_bench.contracts.stages.parts import MethodUse, StageInput
from earlyexp_bench.contracts.stages.training import Optimization

VERSION = 1


class ExposureDesign(StageInput):
    """How much of another text is mixed into pretraining, and where."""

    fraction: Number = Field(ge=0, description="Share of D_post that pretraining sees, from 0 to 1.")
    mode: Literal["add", "replace"] = "add"
    placement: Literal["uniform", "early", "late"] = "uniform"
    repeats: Whole = Field(default=1, ge=1, description="Passes over the exposed share.")


class ExposureInput(ExposureDesign):
    """Target data, or a control's in their stead, mixed into pretraining. Absent where the fraction is 0."""

    fraction: float = Field(gt=0, le=1)
    target_tokens: int = Field(gt=0)
    source: Literal["target", "general", "placebo"] = Field(
        default="target", description="Parent that it comes from; general: what follows `PretrainInput.tokens`."
    )


class PretrainInput(StageInput):
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
