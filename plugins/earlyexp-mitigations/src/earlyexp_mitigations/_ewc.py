"""Elastic weight consolidation (arXiv 1612.00796)."""

from typing import Any

import torch

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.training import Method, MethodContext, Tensors
from earlyexp_mitigations._fisher import diagonal_fisher, sample
from earlyexp_mitigations._model import trained
from earlyexp_mitigations.penalties import FISHER


class EWC(Method):
    """Adds λ/2 · Σ F (θ − θ₀)², θ₀ the weights that the stage starts with."""

    replaces_weight_decay = True

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - EWCParams
        super().__init__(params, context)
        self._terms: list[tuple[torch.nn.Parameter, torch.Tensor, torch.Tensor]] = []

    def prepare(self, model: torch.nn.Module) -> None:
        """Keep the starting weights and their importance."""
        fisher = self._fisher(model)
        self._terms = [(p, p.detach().clone(), _of(fisher, name, p)) for name, p in trained(model).items()]

    def penalty(self, model: torch.nn.Module) -> torch.Tensor:
        """Return the penalty."""
        terms = [(fisher * (parameter - start).square()).sum() for parameter, start, fisher in self._terms]
        strength: float = self.params.strength
        return 0.5 * strength * torch.stack(terms).sum()

    def _fisher(self, model: torch.nn.Module) -> Tensors:
        if self.params.fisher == "kept":
            return dict(self.context.sidecars[FISHER])
        sequences = self.context.tokens[self.params.fisher]
        return diagonal_fisher(model, sequences, sample(sequences, self.params.tokens, self.context), self.context)


def _of(fisher: Tensors, name: str, parameter: torch.Tensor) -> torch.Tensor:
    if name not in fisher or fisher[name].shape != parameter.shape:
        raise EarlyExpError(f"EWC has no Fisher information of the parameter {name} of shape {tuple(parameter.shape)}")
    return fisher[name]
