"""What an author tests a plugin with: the conformance kit, and something tiny to try a method's own properties on."""

import importlib
from typing import Any

from earlyexp_testing.plugin_tests import conformance_tests
from earlyexp_testing.tiny_light import tiny_stage

_WITH_TORCH = ("tiny_context", "tiny_job", "tiny_model", "tiny_sequences", "train_tiny")
__all__ = ["conformance_tests", "tiny_context", "tiny_job", "tiny_model", "tiny_sequences", "tiny_stage", "train_tiny"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a function
    """Find what needs torch, which `plugins check` itself goes without."""
    if name not in _WITH_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("earlyexp_testing.tiny"), name)
