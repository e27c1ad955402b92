"""earlyexp-bench: how should a capability be acquired so that it survives later fine-tuning?

``plan``, ``run``, ``report``, ``claims``, ``check`` and ``tune`` do what the commands of these names do, from a script
or a notebook. They are loaded when they are first used, so that importing the package costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from earlyexp_bench.public import check, claims, plan, report, run, tune

__all__ = ["check", "claims", "plan", "report", "run", "tune"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of six functions
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.public"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
