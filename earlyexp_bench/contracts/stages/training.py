"""What the three training stages share."""

from pydantic import Field

from earlyexp_bench.contracts.stages.parts import StageInput


class Optimization(StageInput):
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
