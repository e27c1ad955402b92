"""What changes bits without changing meaning."""

from typing import Literal

from pydantic import Field

from earlyexp_bench.contracts.quantity import Whole
from earlyexp_bench.contracts.stages.parts import StageInput


class Numerics(StageInput):
    """What changes bits without changing meaning. Hashed as one block, fixed by the benchmark."""

    device: Literal["cpu", "cuda", "mps"] = "cpu"
    precision: Literal["fp32", "bf16"] = "fp32"
    cpu_threads: Whole = Field(default=1, ge=1)
    micro_batch: Whole | None = Field(
        default=None, ge=1, description="Sequences a forward pass; None: the whole batch. Hashed on CPUs only."
    )
    eval_batch_tokens: Whole = Field(default=8192, ge=1)
    attention: Literal["sdpa", "eager"] = "sdpa"
    optimizer_implementation: Literal["foreach", "fused", "for-loop"] = "foreach"
    compile: bool = False
    draws: Literal["by-row", "by-batch"] = Field(
        default="by-row",
        description="Dropout masks of each row by itself; by-batch for models that draw otherwise, "
        "where micro-batch and number of ranks are in every key.",
    )
