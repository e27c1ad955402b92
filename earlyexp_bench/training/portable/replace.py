"""A kernel in the place of one of torch's, at the dispatcher."""

import warnings
from collections.abc import Callable
from typing import Any

import torch

Kernel = Callable[..., Any]

_FLOATS = (torch.float32, torch.float64)
_kept: list[torch.library.Library] = []  # what they registered goes with them


def replace(name: str, kernel: Kernel) -> None:
    """Put ``kernel`` in the place of torch's for the CPU; for what is no float of 32 or 64 bits torch's remains.

    Args:
        name: An operator of ``torch.ops.aten`` with its overload, e.g. ``mm.out``.
        kernel: Takes and returns what the operator does.
    """
    before = torch.library.get_kernel(f"aten::{name}", "CPU")

    def chosen(keys: torch.DispatchKeySet, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - torch's
        if all(a.dtype in _FLOATS for a in arguments if isinstance(a, torch.Tensor)):
            return kernel(*arguments, **options)
        return before.call_boxed(keys, *arguments, **options)

    library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Warning only once for all operators", category=UserWarning)
        library.impl(name, chosen, "CPU", with_keyset=True, allow_override=True)  # type: ignore[no-untyped-call]
    _kept.append(library)


def array(tensor: torch.Tensor) -> Any:  # noqa: ANN401 - an array
    """Return numpy's view of a tensor's memory."""
    return tensor.detach().numpy()
