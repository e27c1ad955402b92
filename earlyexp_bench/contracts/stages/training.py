"""What the three training stages share."""

from typing import Literal

from pydantic import Field

from earlyexp_bench.contracts.stages.parts import StageInput, StageOutput

Stopped = Literal["budget", "converged", "cap"]


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


class ValidationPoint(StageOutput):
    """One evaluation while a stage trains."""

    tokens: int = Field(ge=0, description="Of the main source, so far.")
    loss: float = Field(description="Nats per token on the validation split.")


class Validation(StageOutput):
    """What early stopping looked at."""

    best_loss: float = Field(description="Lowest loss, nats per token: that of the weights that are kept.")
    best_at_tokens: int = Field(ge=0, description="Where on the curve it was.")
    curve: list[ValidationPoint]


class TrainingOutput(StageOutput):
    """How a training stage went."""

    steps: int = Field(ge=0, description="Optimizer steps.")
    planned_tokens: int = Field(ge=0, description="Tokens in the planned order, of all sources.")
    parameters: int = Field(gt=0, description="Of the model that the stage leaves.")
    final_training_loss: float = Field(description="Of the last step, nats per token.")
    stopped: Stopped = Field(
        description="What ended it: its tokens, no further gain on validation, or the cap of a stage that may converge."
    )
    stopped_at_tokens: int = Field(
        ge=0,
        description="Tokens trained on: of all sources, or with early stopping of the main one alone, "
        "so that recipes with and without replay compare.",
    )
    validation: Validation | None = Field(default=None, description="None without early stopping.")
