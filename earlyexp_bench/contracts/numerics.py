"""What changes bits without changing meaning."""

from typing import Literal

from pydantic import Field, model_validator

from earlyexp_bench.contracts.environment import InstructionSet
from earlyexp_bench.contracts.quantity import Whole
from earlyexp_bench.contracts.stages.parts import StageInput


class Numerics(StageInput):
    """What changes bits without changing meaning. Hashed as one block, fixed by the benchmark."""

    device: Literal["cpu", "cuda", "mps"] = "cpu"
    precision: Literal["fp32", "bf16"] = "fp32"
    cpu_threads: Whole = Field(default=1, ge=1)
    instruction_set: InstructionSet = Field(
        default="native", description="portable: equal bits on every x86-64 CPU with AVX2; native: what the CPU has."
    )
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

    @model_validator(mode="after")
    def _portable_is_possible(self) -> "Numerics":
        if self.instruction_set == "native":
            return self
        wrong = {"device": self.device != "cpu", "precision": self.precision != "fp32", "compile": self.compile}
        for name in (name for name, is_wrong in wrong.items() if is_wrong):
            raise ValueError(f"portable goes with device cpu, precision fp32 and compile false; {name} is another")
        return self
