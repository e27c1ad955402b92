"""Other objectives on the same data: SAM's sharpness, FLOW's sample weights."""

from pydantic import Field

from earlyexp_bench.contracts import CellContext, Cost, MethodDefinition, PlannedStage
from earlyexp_mitigations.common import TUNING, Params, later


class SAMParams(Params):
    """Parameters of `sam`."""

    rho: float = Field(default=0.05, ge=0, description="Radius ρ of the neighbourhood, in the norm of all weights.")


class SAM(MethodDefinition[SAMParams]):
    """Sharpness-aware minimisation."""

    name = "sam"
    version = "1"
    stages = frozenset({"pretrain", "posttrain"})
    Params = SAMParams
    implementation = "earlyexp_mitigations._sam:SAM"
    description = (
        "Takes the gradient at distance ρ up the gradient of the whole global batch: flat minima, twice the cost."
    )
    reference = "Foret et al. 2021, arXiv 2010.01412; against forgetting: arXiv 2605.02105"

    def cost(self, params: SAMParams, planned: PlannedStage) -> Cost:
        """Declare the second pass and the copy of the weights to come back to."""
        return Cost(backward_tokens=planned.tokens, stored_bytes_per_parameter=4.0)


class FLOWParams(Params):
    """Parameters of `flow`."""

    temperature: float | None = Field(
        default=None, gt=0, description="τ in exp(−L(θ₀)/τ), in nats; None: the median of L(θ₀), as in the paper."
    )


class FLOW(MethodDefinition[FLOWParams]):
    """Fine-tuning with weights by the starting model's loss."""

    name = "flow"
    version = "1"
    stages = TUNING
    Params = FLOWParams
    implementation = "earlyexp_mitigations._flow:FLOW"
    description = (
        "Weights each packed sequence by exp(−L/τ), L its mean loss at the stage's start: easy ones count more."
    )
    reference = "Sanyal et al. 2025, arXiv 2502.02797"

    def cost(self, params: FLOWParams, planned: PlannedStage) -> Cost:
        """Declare a forward pass over the stage's sequences; fewer tokens where it goes over them more than once."""
        return Cost(forward_tokens=planned.tokens)

    def incompatible(self, params: FLOWParams, cell: CellContext) -> str | None:
        """Tell that it must see the sequences that others add."""
        found = later(cell, "mitigations/flow", frozenset({"builtin/replay"}))
        return f"it must be listed after {' and '.join(found)}, whose sequences it weights too" if found else None
