"""How long a training stage is in the conformance kit, and in tests of a method's light half; without torch."""

from dataclasses import replace
from typing import Any

from earlyexp_bench.contracts import PlannedStage, TrainingStage


def tiny_stage(stage: TrainingStage = "finetune", **changes: Any) -> PlannedStage:  # noqa: ANN401 - its fields
    """Return a stage of ten optimizer steps of eight sequences of 32 tokens.

    Args:
        stage: Its kind.
        **changes: Fields of `PlannedStage` that are to be otherwise.
    """
    return replace(PlannedStage(stage, tokens=10 * 8 * 32, context=32, batch_tokens=8 * 32, steps=10), **changes)
