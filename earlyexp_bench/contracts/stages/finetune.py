"""Stage 3: somebody else fine-tunes, and the target fades."""

from pydantic import Field

from earlyexp_bench.contracts.domain import LossOn
from earlyexp_bench.contracts.stages.parts import MethodUse, StageInput
from earlyexp_bench.contracts.stages.training import Optimization

VERSION = 2


class FinetuneInput(StageInput):
    """Stage 3. Parents: model, downstream, and what the methods need."""

    context: int = Field(gt=1)
    tokens: int = Field(gt=0, description="All tokens that enter updates; replay displaces downstream tokens.")
    repeats: int = Field(default=1, ge=1, description="Most passes over the downstream pool.")
    optimization: Optimization
    general_tokens: int | None = None
    target_tokens: int | None = None
    methods: tuple[MethodUse, ...] = ()
    loss_on: dict[str, LossOn] = Field(default={})
