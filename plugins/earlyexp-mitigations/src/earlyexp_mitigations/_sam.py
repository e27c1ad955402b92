"""Sharpness-aware minimisation (arXiv 2010.01412)."""

from typing import Any

import torch

from earlyexp_bench.training import Apply, Backward, Method, MethodContext
from earlyexp_mitigations._model import trained


class SAM(Method):
    """Updates θ with the gradient at θ + ρ · g/‖g‖, where g is the gradient of the whole global batch at θ.

    Penalties of other methods are part of both gradients. Both passes draw the same dropout masks.
    """

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - SAMParams
        super().__init__(params, context)
        self._parameters: list[torch.nn.Parameter] = []

    def prepare(self, model: torch.nn.Module) -> None:
        """Remember what is trained."""
        self._parameters = list(trained(model).values())

    def step(self, backward: Backward, apply: Apply) -> torch.Tensor:
        """Climb, take the gradient there, come back, descend; return the loss before the climb."""
        loss = backward()
        before = [parameter.detach().clone() for parameter in self._parameters]
        self._climb()
        backward()
        self._put(before)
        apply()
        return loss

    @torch.no_grad()
    def _climb(self) -> None:
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]))
        scale = self.params.rho / norm.clamp(min=1e-12)
        for parameter in self._parameters:
            if parameter.grad is not None:
                parameter.add_(parameter.grad * scale)
                parameter.grad = None

    @torch.no_grad()
    def _put(self, weights: list[torch.Tensor]) -> None:
        # A copy, not a subtraction: the way back would lose bits.
        for parameter, weight in zip(self._parameters, weights, strict=True):
            parameter.copy_(weight)
