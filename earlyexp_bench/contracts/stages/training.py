"""What the three training stages share."""

from typing import Annotated, Literal

from pydantic import Field

from earlyexp_bench.contracts.quantity import Count, Number, Whole
from earlyexp_bench.contracts.stages.parts import StageInput, StageOutput

Stopped = Literal["budget", "converged", "cap"]
ScheduleShape = Literal["cosine", "warmup-stable-decay"]


class OptimizerSettings(StageInput):
    """What a benchmark fixes for every training stage."""

    batch_tokens: Count = Field(description="Tokens of one optimizer step.")
    schedule: ScheduleShape = Field(
        default="cosine",
        description="After warm-up: a cosine over the planned steps, or the peak and then a linear decay, which comes "
        "early where stage 2 finds no further gain.",
    )
    decay_fraction: Annotated[Number, Field(gt=0, lt=1)] = Field(
        default=0.2, description="With `warmup-stable-decay`: the decay's share of the steps trained in all."
    )
    min_learning_rate: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="Floor of the schedule; ends at min(it, 0.1 * peak)."
    )
    warmup_fraction: Annotated[Number, Field(ge=0, lt=1)] = Field(
        default=0.05, description="Linear warm-up, as a share of planned steps."
    )
    warmup_steps: Whole | None = Field(default=None, ge=0, description="Fixed warm-up instead of a share.")
    weight_decay: Annotated[Number, Field(ge=0)] = Field(default=0.1, description="On matrices only.")


class Optimization(OptimizerSettings):
    """Optimizer and schedule of a training stage. AdamW."""

    learning_rate: Annotated[Number, Field(gt=0)] = Field(description="Peak learning rate.")
    betas: tuple[float, float] = (0.9, 0.95)
    gradient_clip: float = Field(default=1.0, gt=0, description="Largest global gradient norm.")


class ValidationPoint(StageOutput):
    """One evaluation while a stage trains."""

    tokens: int = Field(ge=0, description="Of the main source, so far.")
    loss: float = Field(description="Nats per token on the validation split.")


class Validation(StageOutput):
    """What early stopping looked at."""

    best_loss: float = Field(description="Lowest loss, nats per token: that of the weights kept by `keep: best`.")
    best_at_tokens: int = Field(ge=0, description="Where on the curve it was.")
    curve: list[ValidationPoint]
    last_fall: float | None = Field(
        default=None,
        description="Nats that the loss fell from one evaluation to the next, on average over the last two; "
        "None of one evaluation.",
    )
    converged: bool | None = Field(
        default=None,
        description="No further gain was found, or the loss fell by `min_delta` or less an evaluation at the end; "
        "None where nobody asked.",
    )


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
