"""The libraries whose versions may change a result: recorded by the worker, compared by the plan."""

import functools
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "peft", "lm-eval", "numpy")


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the installed versions by library, without importing any; what is not installed is left out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
