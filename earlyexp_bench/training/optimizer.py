"""AdamW as the benchmark fixes it: weight decay on matrices only."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization

RATE_FACTOR = "rate_factor"
"""Key of an optimizer's group: what the scheduled learning rate is multiplied by."""


def build_optimizer(
    model: torch.nn.Module,
    optimization: Optimization,
    numerics: Numerics,
    *,
    weight_decay: bool = True,
    rate_factors: Mapping[torch.nn.Parameter, float] | None = None,
) -> torch.optim.AdamW:
    """Make AdamW over the parameters that require gradients.

    Args:
        model: Already wrapped by methods.
        optimization: Peak learning rate, betas and decay.
        numerics: Which implementation of AdamW; they differ in the last bits.
        weight_decay: False where a method stands in for it.
        rate_factors: Factors on the learning rate; 1 for parameters that are not in it.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    if not trained:
        raise EarlyExpError("no parameter requires gradients: the methods froze all of them")
    decay = optimization.weight_decay if weight_decay else 0.0
    factors = rate_factors or {}
    groups: dict[tuple[bool, float], dict[str, Any]] = {}
    for parameter in sorted(trained, key=lambda p: p.ndim < 2):
        matrix, factor = parameter.ndim >= 2, factors.get(parameter, 1.0)
        group = {"params": [], "weight_decay": decay if matrix else 0.0, RATE_FACTOR: factor}
        groups.setdefault((matrix, factor), group)["params"].append(parameter)
    implementation = numerics.optimizer_implementation
    return torch.optim.AdamW(
        list(groups.values()),
        lr=optimization.learning_rate,
        betas=optimization.betas,
        fused=implementation == "fused",
        foreach=implementation == "foreach",
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group, times its factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get(RATE_FACTOR, 1.0)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Return the optimizer's state as tensors named ``<parameter number>.<name>``."""
    state = optimizer.state_dict()["state"]
    return {f"{number}.{name}": tensor for number, values in state.items() for name, tensor in values.items()}


def load_optimizer_tensors(optimizer: torch.optim.Optimizer, tensors: Iterable[tuple[str, torch.Tensor]]) -> None:
    """Put back what ``optimizer_tensors`` returned, into an optimizer over the same parameters."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors:
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
