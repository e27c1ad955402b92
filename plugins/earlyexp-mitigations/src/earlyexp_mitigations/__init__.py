"""Published mitigations of forgetting as methods."""

from collections.abc import Callable
from typing import Any

from earlyexp_bench.contracts import MethodDefinition
from earlyexp_bench.hooks import hookimpl
from earlyexp_mitigations.averages import EMA, WiseFT
from earlyexp_mitigations.objectives import FLOW, SAM
from earlyexp_mitigations.penalties import EWC, L2SP, Fisher
from earlyexp_mitigations.subspaces import Freezing, OLoRA, OPLoRA

METHODS: tuple[MethodDefinition[Any], ...] = (
    EWC(),
    Fisher(),
    L2SP(),
    WiseFT(),
    EMA(),
    SAM(),
    FLOW(),
    OPLoRA(),
    OLoRA(),
    Freezing(),
)


@hookimpl
def register_methods(register: Callable[[MethodDefinition[Any]], None]) -> None:
    """Register ``mitigations/ewc`` and the others."""
    for method in METHODS:
        register(method)
