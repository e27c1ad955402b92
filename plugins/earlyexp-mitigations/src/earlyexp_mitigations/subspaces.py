"""Less that may move: subspaces for low-rank updates (OPLoRA, O-LoRA), frozen layers."""

import math

from pydantic import Field

from earlyexp_bench.contracts import EVERY_MATRIX, CellContext, MethodDefinition, Needs, TrainingStage
from earlyexp_mitigations.common import ADAPTERS, TUNING, WITHOUT_LINEAR, Params, beside

OLORA = "mitigations/olora"


class OPLoRAParams(Params):
    """Parameters of `oplora`."""

    rank: int = Field(default=64, ge=1, description="Rank of the update; 64 as in the built-in `lora`.")
    alpha: float | None = Field(default=None, gt=0, description="Scale of the update is alpha / rank; None: 2 * rank.")
    preserved: int | None = Field(
        default=None,
        ge=1,
        description="k: top singular directions of a matrix that the update cannot touch; None: an eighth of them.",
    )


class OPLoRA(MethodDefinition[OPLoRAParams]):
    """Low-rank updates orthogonal to what the weights do most."""

    name = "oplora"
    version = "1"
    stages = TUNING
    Params = OPLoRAParams
    implementation = "earlyexp_mitigations._oplora:OPLoRA"
    description = "Trains low-rank adapters projected off each matrix's top-k singular directions; merged afterwards."
    reference = "Xiong and Xie 2025, arXiv 2510.13003"

    def modules(self, params: OPLoRAParams) -> tuple[str, ...]:
        """Name what gets an adapter."""
        return (EVERY_MATRIX,)

    def incompatible(self, params: OPLoRAParams, cell: CellContext) -> str | None:
        """Tell what it cannot be put into or beside."""
        return _no_place(cell, "mitigations/oplora")


class OLoRAParams(Params):
    """Parameters of `olora`."""

    rank: int = Field(default=8, ge=1, description="Rank of the update; 8 is our default.")
    alpha: float | None = Field(default=None, gt=0, description="Scale of the update is alpha / rank; None: 2 * rank.")
    orthogonal_to_earlier: bool = Field(
        default=False, description="Stay off the subspace of an earlier stage's `olora`, which must be there."
    )
    strength: float = Field(default=0.5, ge=0, description="λ in λ · Σ (A₁ Aᵀ)²; 0.5 is our default.")


class OLoRA(MethodDefinition[OLoRAParams]):
    """Low-rank updates orthogonal to those of the stage before."""

    name = "olora"
    version = "1"
    stages = TUNING
    Params = OLoRAParams
    implementation = "earlyexp_mitigations._olora:OLoRA"
    description = "Trains low-rank adapters, in fine-tuning orthogonal to post-training's if asked; merged afterwards."
    reference = "Wang et al. 2023, arXiv 2310.14152"

    def needs(self, params: OLoRAParams, stage: TrainingStage) -> Needs:
        """Ask for the earlier stage's adapters."""
        return Needs(sidecars=frozenset({OLORA} if params.orthogonal_to_earlier else ()))

    def modules(self, params: OLoRAParams) -> tuple[str, ...]:
        """Name what gets an adapter."""
        return (EVERY_MATRIX,)

    def incompatible(self, params: OLoRAParams, cell: CellContext) -> str | None:
        """Tell what it cannot be put into or beside."""
        return _no_place(cell, OLORA)


class FreezingParams(Params):
    """Parameters of `freezing`."""

    fraction: float = Field(
        default=0.75,
        gt=0,
        le=1,
        description="Share of the decoder layers that is frozen, from the bottom; rounded down.",
    )
    embeddings: bool = Field(default=True, description="Freeze the token embedding too, and with it a tied head.")

    def frozen(self, layers: int) -> int:
        """Layers that are frozen of so many."""
        return math.floor(self.fraction * layers + 1e-9)


class Freezing(MethodDefinition[FreezingParams]):
    """Lower layers stay as they are."""

    name = "freezing"
    version = "1"
    stages = TUNING
    Params = FreezingParams
    implementation = "earlyexp_mitigations._freezing:Freezing"
    description = "Trains the upper layers only."
    reference = "Lee, Tang and Lin 2019, arXiv 1911.03090: a fourth of the layers reaches 90% of the quality"

    def incompatible(self, params: FreezingParams, cell: CellContext) -> str | None:
        """Tell that no layer would be frozen, or that adapters would move what is."""
        layers = cell.model.get("num_hidden_layers")
        if isinstance(layers, int) and params.frozen(layers) == 0:
            return f"{params.fraction:g} of {layers} layers is none"
        return beside(cell, ADAPTERS, "adapters freeze the model themselves, and would move its frozen layers")


def _no_place(cell: CellContext, method: str) -> str | None:
    kind = cell.model.get("model_type")
    if kind in WITHOUT_LINEAR:
        return f"it adapts linear layers, which {kind} keeps as convolutions"
    if cell.methods.count(method) > 1:
        return "one set of adapters a stage: it is listed twice"
    return beside(cell, ADAPTERS - {method}, "one set of adapters a stage")
