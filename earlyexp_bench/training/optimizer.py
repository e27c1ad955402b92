"""AdamW as the benchmark fixes it: weight decay on matrices only."""

from collections.abc import Iterable
from typing import Any

import torch

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.contracts.inputs import Numerics, Optimization


def build_optimizer(
    model: torch.nn.Module, optimization: Optimization, numerics: Numerics, *, weight_decay: bool = True
) -> torch.optim.AdamW:
    """Make AdamW over the parameters that require gradients.

    Args:
        model: Already wrapped by methods.
        optimization: Peak learning rate, betas and decay.
        numerics: Which implementation of AdamW; they differ in the last bits.
        weight_decay: False where a method stands in for it.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    if not trained:
        raise EarlyExpError("no parameter requires gradients: the methods froze all of them")
    decay = optimization.weight_decay if weight_decay else 0.0
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    implementation = numerics.optimizer_implementation
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=optimization.learning_rate,
        betas=optimization.betas,
        fused=implementation == "fused",
        foreach=implementation == "foreach",
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate


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
