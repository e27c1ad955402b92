"""Stage 2: the target is acquired."""

from typing import Annotated, Literal

from pydantic import Field

from earlyexp_bench.contracts.domain import LossOn
from earlyexp_bench.contracts.quantity import Count, Number, Whole
from earlyexp_bench.contracts.stages.parts import MethodUse, StageInput
from earlyexp_bench.contracts.stages.training import Optimization

VERSION = 2


class ConvergenceSettings(StageInput):
    """When stage 2 stops before its cap. Losses are nats per token on the target's validation split."""

    eval_every: Annotated[Number, Field(gt=0)] = Field(
        default=0.5, description="Passes over the target between evaluations."
    )
    patience: Annotated[Whole, Field(ge=1)] | None = Field(
        default=3, description="Evaluations without a better loss before it stops; null: it goes on to the cap."
    )
    min_delta: Annotated[Number, Field(ge=0)] = Field(default=1e-3, description="Nats that count as better.")
    eval_documents: Count | None = Field(
        default=None, description="Early stopping looks at the first so many validation documents; absent: at all."
    )
    keep: Literal["best", "last"] = Field(
        default="best", description="The weights that stage 2 leaves: of the best evaluation, or of the last step."
    )


class Convergence(ConvergenceSettings):
    """When stage 2 stops, at the latest at a cap."""

    max_tokens: int = Field(gt=0, description="Cap in target tokens, equal for all target sizes.")


class PosttrainInput(StageInput):
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
    loss_on: dict[str, LossOn] = Field(default={})
