"""Stage 1: a model from random weights or a checkpoint, with or without early exposure."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from earlyexp_bench.contracts.counts import sequence_count, share
from earlyexp_bench.contracts.domain import LossOn
from earlyexp_bench.contracts.quantity import Number, Whole
from earlyexp_bench.contracts.stages.parts import MethodUse, StageInput
from earlyexp_bench.contracts.stages.training import Optimization

VERSION = 2


class ExposureDesign(StageInput):
    """How much of another text is mixed into pretraining, and where."""

    fraction: Number = Field(ge=0, description="Share of D_post that pretraining sees, from 0 to 1.")
    mode: Literal["add", "replace"] = "add"
    placement: Literal["uniform", "early", "late"] = "uniform"
    repeats: Whole = Field(default=1, ge=1, description="Passes over the exposed share.")


@dataclass(frozen=True)
class ExposureAmount:
    """How much an exposure is.

    Attributes:
        available: Sequences that D_post is packed into.
        exposed: Sequences of it that one pass mixes in.
        rows: Sequences that stage 1 trains on, all passes together.
        tokens: What all passes are planned to bring; packing rounds each to whole sequences.
    """

    available: int
    exposed: int
    rows: int
    tokens: int


class ExposureInput(ExposureDesign):
    """Target data, or a control's in their stead, mixed into pretraining. Absent where the fraction is 0."""

    fraction: float = Field(gt=0, le=1)
    target_tokens: int = Field(gt=0)
    source: Literal["target", "general", "placebo"] = Field(
        default="target", description="Parent that it comes from; general: what follows `PretrainInput.tokens`."
    )

    def amount(self, context: int) -> ExposureAmount:
        """Count sequences of ``context`` tokens: one rule for the plan that checks and the stage that trains."""
        available = sequence_count(self.target_tokens, context)
        exposed = share(available, self.fraction)
        tokens = round(self.fraction * self.target_tokens) * self.repeats
        return ExposureAmount(available, exposed, exposed * self.repeats, tokens)


def general_stream_tokens(tokens: int, exposure: ExposureInput | None, context: int) -> int:
    """Tokens of the general stream that stage 1 reads: ``tokens``, and what a control that trains longer goes on to."""
    if exposure is None or exposure.source != "general":
        return tokens
    return (sequence_count(tokens, context) + exposure.amount(context).exposed) * context


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
