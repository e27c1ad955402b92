"""Stage 2: the target is acquired."""

from pydantic import Field

from earlyexp_bench.contracts.domain import LossOn
from earlyexp_bench.contracts.stages.parts import MethodUse, StageInput
from earlyexp_bench.contracts.stages.training import Optimization

VERSION = 1


class Convergence(StageInput):
    """When stage 2 stops. Losses are nats per token on the target's validation split."""

    max_tokens: int = Field(gt=0, description="Cap in target tokens, equal for all target sizes.")
    eval_every: float = Field(default=0.5, gt=0, description="Passes over the stage's target data between evaluations.")
    patience: int = Field(default=3, ge=1)
    min_delta: float = Field(default=1e-3, ge=0)
    eval_documents: int | None = Field(
        default=None, gt=0, description="Validate on the first so many documents of the validation split; None for all."
    )


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
