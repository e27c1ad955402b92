"""What the three training stages share."""

from typing import Annotated

from pydantic import Field

from earlyexp_bench.contracts.quantity import Count, Number, Whole
from earlyexp_bench.contracts.stages.parts import StageInput


class OptimizerSettings(StageInput):
    """What a benchmark fixes for every training stage."""

    batch_tokens: Count = Field(description="Tokens of one optimizer step.")
    min_learning_rate: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="Cosine floor; ends at min(it, 0.1 * peak)."
    )
    warmup_fraction: Annotated[Number, Field(ge=0, lt=1)] = Field(
        default=0.05, description="Linear warm-up, as a share of planned steps."
    )
    warmup_steps: Whole | None = Field(default=None, ge=0, description="Fixed warm-up instead of a share.")
    weight_decay: Annotated[Number, Field(ge=0)] = Field(default=0.1, description="On matrices only.")


class Optimization(OptimizerSettings):
    """Optimizer and schedule of a training stage. AdamW; cosine over the planned tokens."""

    learning_rate: Annotated[Number, Field(gt=0)] = Field(description="Peak learning rate.")
    betas: tuple[float, float] = (0.9, 0.95)
    gradient_clip: float = Field(default=1.0, gt=0, description="Largest global gradient norm.")
