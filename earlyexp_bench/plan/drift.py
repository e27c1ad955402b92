"""Software is recorded, not hashed: a stored result made with other versions is used, and said to be so."""

import functools
from importlib.metadata import PackageNotFoundError, version

import earlyexp_bench
from earlyexp_bench.contracts import Record

LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "peft", "lm-eval", "numpy")


def drift(record: Record) -> str:
    """Say which software a record was made with that is not what is installed here; empty where all is the same."""
    differing = [
        f"{name} {then} (here {now})"
        for name, now in _installed().items()
        if (then := record.environment.get(name)) not in (None, now)
    ]
    return f"made with {', '.join(differing)}" if differing else ""


@functools.cache
def _installed() -> dict[str, str]:
    found = {"package": earlyexp_bench.__version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
