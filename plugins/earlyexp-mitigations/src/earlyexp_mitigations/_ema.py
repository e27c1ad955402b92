"""Exponential moving average of weights, with the growing decay that TensorFlow's average starts with."""

from typing import Any

import torch

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.training import Method, MethodContext, Tensors
from earlyexp_mitigations._model import trained


class EMA(Method):
    """Averages the trained parameters after every step: v ← d·v + (1 − d)·θ, from v = θ₀.

    d = min(decay, (1 + t)/(10 + t)) at step t, counted from 1: a stage of few steps would otherwise end where it
    began. Early stopping judges the training weights; the average kept is the one at the best of them.
    """

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - EMAParams
        super().__init__(params, context)
        self._parameters: dict[str, torch.nn.Parameter] = {}
        self._average: Tensors = {}

    def prepare(self, model: torch.nn.Module) -> None:
        """Start from the stage's start."""
        self._parameters = trained(model)
        self._average = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}

    @torch.no_grad()
    def after_step(self, model: torch.nn.Module, step: int) -> None:
        """Take the new weights into the average."""
        decay = min(self.params.decay, (2 + step) / (11 + step))
        for name, parameter in self._parameters.items():
            self._average[name].lerp_(parameter, 1 - decay)

    @torch.no_grad()
    def unwrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Put the average in the model."""
        here = {id(parameter) for parameter in model.parameters()}
        if lost := [name for name, parameter in self._parameters.items() if id(parameter) not in here]:
            raise EarlyExpError(f"EMA averaged {lost[0]}, which is merged by now: list `ema` after what adds adapters")
        for name, parameter in self._parameters.items():
            parameter.copy_(self._average[name])
        return model

    def state_dict(self) -> Tensors:
        """Return the average."""
        return self._average

    def load_state_dict(self, tensors: Tensors) -> None:
        """Put an average back."""
        for name, average in self._average.items():
            average.copy_(tensors[name])
