"""Learning rates that a method sets for single parameters, checked."""

import difflib
import math
from collections.abc import Iterable, Mapping
from numbers import Real

import torch

from earlyexp_bench.contracts import UserError


def rate_factors(method: str, named: Mapping[str, float], model: torch.nn.Module) -> dict[torch.nn.Parameter, float]:
    """Return a method's factors on the learning rate by parameter; a tied one goes by each of its names.

    Raises:
        UserError: A name is no parameter's, a factor is not one, or two names of one parameter have different ones.
    """
    known = dict(model.named_parameters(remove_duplicate=False))
    factors: dict[torch.nn.Parameter, float] = {}
    for name, factor in named.items():
        if name not in known:
            raise _error(method, f"names {name!r}, which is no parameter", _nearest(name, known))
        if not isinstance(factor, Real) or not math.isfinite(factor) or factor < 0:
            raise _error(method, f"gives {name!r} the factor {factor!r}", "a finite factor, 0 or more")
        if factors.setdefault(known[name], float(factor)) != factor:
            raise _error(method, f"gives two factors to {name!r}, which is tied", "one factor for all of its names")
    return factors


def _error(method: str, what: str, expected: str) -> UserError:
    return UserError(f"`learning_rates` {what}", where=method, expected=expected)


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"{close[0]!r}?" if close else "a name of `model.named_parameters()`"
