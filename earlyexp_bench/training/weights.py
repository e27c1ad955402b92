"""A model's weights, tied ones once."""

from collections.abc import Mapping

import torch


def live_weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the parameters and saved buffers themselves by name; a tensor with two names has the first."""
    found: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            found[name] = tensor.detach()
    return found


def load_weights(model: torch.nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """Write ``weights``, which a model of the same shape gave, into the model."""
    for name, tensor in live_weights(model).items():
        tensor.copy_(weights[name])
