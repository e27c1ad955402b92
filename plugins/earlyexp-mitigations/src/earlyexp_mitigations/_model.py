"""What the heavy halves share: the trained parameters, evaluation mode for a while, the decoder's layers."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from earlyexp_bench.contracts import EarlyExpError


def trained(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """Return the parameters that require gradients, by name; tied ones once."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


@contextlib.contextmanager
def evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Switch dropout and the like off; the mode is put back."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def decoder_layers(model: Any) -> torch.nn.ModuleList:  # noqa: ANN401 - a transformers or peft model
    """Return the list of the model's decoder layers.

    Raises:
        EarlyExpError: No list, or more than one, is as long as the configuration says.
    """
    count = model.config.num_hidden_layers
    lists = (module for module in model.modules() if isinstance(module, torch.nn.ModuleList))
    found = [layers for layers in lists if len(layers) == count]
    if len(found) != 1:
        raise EarlyExpError(f"{type(model).__name__} has {len(found)} lists of {count} layers, not one")
    return found[0]
