"""Penalties on the distance to the starting weights: L2-SP, EWC, and the Fisher information that EWC reads."""

from typing import Literal

from pydantic import Field

from earlyexp_bench.contracts import (
    CellContext,
    Cost,
    MethodDefinition,
    Needs,
    PlannedStage,
    TokenSource,
    TrainingStage,
)
from earlyexp_mitigations.common import ADAPTERS, TUNING, Params, beside

FISHER = "mitigations/fisher"
_FISHER_TOKENS = 100_000


class L2SPParams(Params):
    """Parameters of `l2-sp`."""

    strength: float = Field(default=0.1, ge=0, description="α in α/2 · ‖θ − θ₀‖²; 0.1 is our default.")


class L2SP(MethodDefinition[L2SPParams]):
    """Weight decay towards the start instead of zero."""

    name = "l2-sp"
    version = "1"
    stages = TUNING
    Params = L2SPParams
    implementation = "earlyexp_mitigations._l2sp:L2SP"
    description = "Penalises the squared distance of trained weights to the stage's start, in place of weight decay."
    reference = "Li, Grandvalet and Davoine 2018, arXiv 1802.01483"

    def cost(self, params: L2SPParams, planned: PlannedStage) -> Cost:
        """Declare the copy of the starting weights."""
        return Cost(stored_bytes_per_parameter=4.0)


class FisherParams(Params):
    """Parameters of `fisher`."""

    data: TokenSource = Field(default="target", description="Stream whose sequences are the samples.")
    tokens: int = Field(default=_FISHER_TOKENS, gt=0, description="Most tokens of the samples, in whole sequences.")


class Fisher(MethodDefinition[FisherParams]):
    """Keeps what EWC needs, so that whoever fine-tunes needs none of the earlier data."""

    name = "fisher"
    version = "1"
    stages = frozenset({"posttrain"})
    Params = FisherParams
    implementation = "earlyexp_mitigations._fisher:Fisher"
    description = "Trains as usual and keeps the Fisher information's diagonal at the end, for `ewc` in fine-tuning."
    reference = "Kirkpatrick et al. 2017, arXiv 1612.00796"

    def needs(self, params: FisherParams, stage: TrainingStage) -> Needs:
        """Ask for the stream that is sampled."""
        return Needs(tokens=frozenset({params.data}))

    def cost(self, params: FisherParams, planned: PlannedStage) -> Cost:
        """Declare a backward pass over the samples and what is kept."""
        return Cost(backward_tokens=params.tokens, stored_bytes_per_parameter=4.0)

    def incompatible(self, params: FisherParams, cell: CellContext) -> str | None:
        """Tell that not one sequence would be sampled."""
        return _no_sample(params.tokens, cell)


class EWCParams(Params):
    """Parameters of `ewc`."""

    strength: float = Field(
        default=1e4, ge=0, description="λ in λ/2 · Σ F (θ − θ₀)²; arXiv 2605.02105 sweeps 1e3 to 1e5."
    )
    fisher: Literal["general", "target", "kept"] = Field(
        default="general",
        description="Where F comes from: sequences of this stream at the stage's start, or what `fisher` kept.",
    )
    tokens: int = Field(
        default=_FISHER_TOKENS, gt=0, description="Most tokens of the samples, in whole sequences; not with `kept`."
    )


class EWC(MethodDefinition[EWCParams]):
    """Elastic weight consolidation."""

    name = "ewc"
    version = "1"
    stages = TUNING
    Params = EWCParams
    implementation = "earlyexp_mitigations._ewc:EWC"
    description = "Penalises the distance to the stage's start, weighted by the Fisher information of earlier data."
    reference = "Kirkpatrick et al. 2017, arXiv 1612.00796"

    def needs(self, params: EWCParams, stage: TrainingStage) -> Needs:
        """Ask for the stream that is sampled, or for what post-training kept."""
        if params.fisher == "kept":
            return Needs(sidecars=frozenset({FISHER}))
        return Needs(tokens=frozenset({params.fisher}))

    def cost(self, params: EWCParams, planned: PlannedStage) -> Cost:
        """Declare a backward pass over the samples, the starting weights and the Fisher information."""
        samples = 0 if params.fisher == "kept" else params.tokens
        return Cost(backward_tokens=samples, stored_bytes_per_parameter=8.0)

    def incompatible(self, params: EWCParams, cell: CellContext) -> str | None:
        """Tell that adapters leave the weights alone whose importance is known."""
        samples = None if params.fisher == "kept" else _no_sample(params.tokens, cell)
        return samples or beside(cell, ADAPTERS, "it weights the model's own parameters, which adapters do not train")


def _no_sample(tokens: int, cell: CellContext) -> str | None:
    return f"{tokens} tokens are not one sequence of {cell.context} to sample" if tokens < cell.context else None
