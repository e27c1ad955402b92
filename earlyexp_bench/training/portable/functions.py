"""Functions of single numbers by numpy: those whose bits differ between CPUs whatever MKL is told.

Found by comparing every such function on an AMD CPU with emulated ones of Intel and AMD; the others agreed.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from earlyexp_bench.training.portable.replace import Kernel, array

Function = Callable[..., Any]


def _new(function: Function, values: torch.Tensor) -> torch.Tensor:
    return _into(function, values, out=torch.empty_like(values))


def _in_place(function: Function, values: torch.Tensor) -> torch.Tensor:
    return _into(function, values, out=values)


def _into(function: Function, values: torch.Tensor, *, out: torch.Tensor) -> torch.Tensor:
    out.resize_(values.shape)
    function(array(values), out=array(out))
    return out


_REPLACED: Mapping[str, Function] = {
    "sqrt": np.sqrt,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "tan": np.tan,
}
_WAYS: Mapping[str, Kernel] = {"": _new, "_": _in_place, ".out": _into}
FUNCTIONS: Mapping[str, Kernel] = {
    name + ending: functools.partial(way, function)
    for name, function in _REPLACED.items()
    for ending, way in _WAYS.items()
}
