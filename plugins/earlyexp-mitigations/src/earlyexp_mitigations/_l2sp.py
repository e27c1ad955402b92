"""L2-SP (arXiv 1802.01483): the start as the reference of the penalty."""

from typing import Any

import torch

from earlyexp_bench.training import Method, MethodContext
from earlyexp_mitigations._model import trained


class L2SP(Method):
    """Adds α/2 · ‖θ − θ₀‖² over the trained parameters.

    With adapters these are the adapters' own, which start as no update at all. The paper's second term, plain
    decay of a new output layer, has nothing to act on: a language model keeps its head.
    """

    replaces_weight_decay = True

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - L2SPParams
        super().__init__(params, context)
        self._pairs: list[tuple[torch.nn.Parameter, torch.Tensor]] = []

    def prepare(self, model: torch.nn.Module) -> None:
        """Keep the starting weights."""
        self._pairs = [(parameter, parameter.detach().clone()) for parameter in trained(model).values()]

    def penalty(self, model: torch.nn.Module) -> torch.Tensor:
        """Return the penalty."""
        distances = [(parameter - start).square().sum() for parameter, start in self._pairs]
        strength: float = self.params.strength
        return 0.5 * strength * torch.stack(distances).sum()
