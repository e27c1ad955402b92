"""O-LoRA (arXiv 2310.14152): each stage's adapters in a subspace orthogonal to those of the stage before."""

from typing import Any

import torch

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.training import Method, MethodContext, Tensors
from earlyexp_mitigations._adapters import Adapter, adapt, merge
from earlyexp_mitigations.subspaces import OLORA


class OLoRA(Method):
    """Trains adapters, keeps their A, and adds λ · Σ (A₁ Aᵀ)² over all layers, where an earlier stage kept A₁."""

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - OLoRAParams
        super().__init__(params, context)
        self._adapters: dict[str, Adapter] = {}
        self._pairs: list[tuple[torch.Tensor, torch.Tensor]] = []

    def wrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Freeze the model and put the adapters in."""
        scale = (self.params.alpha or 2 * self.params.rank) / self.params.rank
        self._adapters = adapt(model, lambda _, layer: Adapter(layer, self.params.rank, scale))
        if self.params.orthogonal_to_earlier:
            kept = self.context.sidecars[OLORA]
            self._pairs = [(adapter.down, _of(kept, name, adapter)) for name, adapter in self._adapters.items()]
        return model

    def penalty(self, model: torch.nn.Module) -> torch.Tensor | None:
        """Return the penalty, or None in the first of the stages."""
        if not self._pairs:
            return None
        overlaps = [(earlier @ down.T).square().sum() for down, earlier in self._pairs]
        strength: float = self.params.strength
        return strength * torch.stack(overlaps).sum()

    def unwrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Merge the adapters."""
        return merge(model, self._adapters, self.context.device)

    def sidecar(self, model: torch.nn.Module) -> Tensors:
        """Return every layer's A, below the rows that an earlier stage kept; shape (rows, in)."""
        own = {name: adapter.down.detach() for name, adapter in self._adapters.items()}
        if not self._pairs:
            return own
        return {name: torch.cat([self.context.sidecars[OLORA][name], down]) for name, down in own.items()}


def _of(kept: Tensors, name: str, adapter: Adapter) -> torch.Tensor:
    if name not in kept or kept[name].shape[1] != adapter.down.shape[1]:
        raise EarlyExpError(f"O-LoRA has no earlier adapter of {name} with {adapter.down.shape[1]} inputs")
    return kept[name]
