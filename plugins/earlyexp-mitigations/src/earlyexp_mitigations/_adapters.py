"""Low-rank adapters in every linear layer of the decoder: put in, trained, merged, checked."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_mitigations._model import decoder_layers, evaluating

PROBE_TOKENS = 32
LARGEST_DIFFERENCE = 1e-4


class Adapter(torch.nn.Module):
    """A frozen linear layer W with the update s · B A (arXiv 2106.09685).

    A is ``down``, shape (rank, in); B is ``up``, shape (out, rank), and starts as zero.
    """

    def __init__(self, base: torch.nn.Linear, rank: int, scale: float) -> None:
        super().__init__()
        self.base, self.scale = base, scale
        self.down = torch.nn.Parameter(torch.empty(rank, base.in_features, device=base.weight.device))
        self.up = torch.nn.Parameter(torch.zeros(base.out_features, rank, device=base.weight.device))
        torch.nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the layer's output, shape (…, out)."""
        output: torch.Tensor = self.base(inputs) + self.scale * self.adapted(inputs)
        return output

    def adapted(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return what the update adds, before scaling."""
        return functional.linear(functional.linear(inputs, self.down), self.up)

    def factors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return B and A as they act, in float64."""
        return self.up.double(), self.down.double()

    @torch.no_grad()
    def update(self) -> torch.Tensor:
        """Return what merging adds to the weight, shape (out, in)."""
        up, down = self.factors()
        return (self.scale * up @ down).to(self.base.weight.dtype)


Make = Callable[[str, torch.nn.Linear], Adapter]


def adapt(model: torch.nn.Module, make: Make) -> dict[str, Adapter]:
    """Freeze the model and put an adapter in place of each linear layer; return them by the layer's name.

    Raises:
        EarlyExpError: There is none, or there are matrices that are in none and would stay as they are.
    """
    layers = decoder_layers(model)
    model.requires_grad_(False)
    linear = {name: module for name, module in layers.named_modules() if isinstance(module, torch.nn.Linear)}
    if not linear:
        raise EarlyExpError(f"there is no linear layer in the decoder of {type(model).__name__}")
    adapted = {id(module.weight) for module in linear.values()}
    if others := [name for name, p in layers.named_parameters() if p.dim() > 1 and id(p) not in adapted]:
        raise EarlyExpError(f"{type(model).__name__} has matrices in no linear layer, {others[0]} among them")
    adapters = {name: make(name, module) for name, module in linear.items()}
    for name, adapter in adapters.items():
        _replace(layers, name, adapter)
    return adapters


def merge(model: torch.nn.Module, adapters: dict[str, Adapter], device: torch.device) -> torch.nn.Module:
    """Add the updates to the weights, put the linear layers back, let everything move again.

    Raises:
        EarlyExpError: An adapter did not move, or merging changed the logits.
    """
    if still := [name for name, adapter in adapters.items() if not adapter.up.detach().any()]:
        raise EarlyExpError(f"{len(still)} adapters trained nothing, that of {still[0]} among them")
    before, layers = _probe(model, device), decoder_layers(model)
    for name, adapter in adapters.items():
        adapter.base.weight.data += adapter.update()
        _replace(layers, name, adapter.base)
    difference = float((_probe(model, device) - before).abs().max())
    if not difference < LARGEST_DIFFERENCE:
        raise EarlyExpError(f"merging changed logits by {difference:.2g}, allowed is {LARGEST_DIFFERENCE}")
    return model.requires_grad_(True)


def _replace(root: torch.nn.Module, name: str, module: torch.nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(root.get_submodule(parent), last, module)


@torch.no_grad()
def _probe(model: Any, device: torch.device) -> torch.Tensor:  # noqa: ANN401 - a transformers model
    """Logits of a few rows of tokens, in evaluation mode."""
    count = min(PROBE_TOKENS, model.config.max_position_embeddings)
    ids = torch.arange(2 * count, device=device).view(2, count) * 7919 % model.config.vocab_size
    with evaluating(model):
        logits: torch.Tensor = model(input_ids=ids, use_cache=False).logits
    return logits
