"""A light half in a fresh interpreter: ``python -m earlyexp_bench.testing.conformance.light_import MODULE``."""

import contextlib
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "lm_eval",
    "peft",
    "accelerate",
    "pandas",
    "scipy",
    "pyarrow",
    "sklearn",
    "tokenizers",
    "tensorflow",
    "jax",
    "matplotlib",
    "nltk",
    "spacy",
)


@dataclass(frozen=True)
class LightImport:
    """What importing a light half and calling its hooks came to.

    Attributes:
        seconds: Beyond what is loaded anyway, as on an idle machine.
        heavy: Heavy modules that were imported.
        heavy_later: Those that planning imports by calling what was registered.
    """

    seconds: float
    heavy: list[str] = field(default_factory=list)
    heavy_later: list[str] = field(default_factory=list)


def measure(entry_point: str) -> LightImport:
    """Import the light half that an entry point names, and call its hooks.

    The seconds are divided by how much longer than its CPU time the core's own import took: on a machine where others
    work, both wait alike.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    for name in ("earlyexp_bench.hooks", "earlyexp_bench.spec"):
        importlib.import_module(name)
    waiting = max(1.0, (time.perf_counter() - wall) / max(time.process_time() - cpu, 1e-3))
    started = time.perf_counter()
    definitions = list(_registered(importlib.import_module(entry_point.partition(":")[0])))
    seconds = (time.perf_counter() - started) / waiting
    heavy = _heavy()
    for definition in definitions:
        _plan_with(definition)
    return LightImport(seconds, heavy, sorted(set(_heavy()) - set(heavy)))


def _heavy() -> list[str]:
    return sorted(set(HEAVY) & set(sys.modules))


def _registered(module: Any) -> Iterator[Any]:  # noqa: ANN401 - a module
    """Call every hook; yield what it registers."""
    found: list[Any] = []

    def register(*arguments: Any) -> None:  # noqa: ANN401 - a definition, or a name and a factory
        found.append(arguments[0])

    for name in ("domains", "methods", "evaluators", "executors", "benchmarks"):
        hook: Callable[..., None] | None = getattr(module, f"register_{name}", None)
        if hook is not None:
            hook(register=register)
    yield from found


def _plan_with(definition: Any) -> None:  # noqa: ANN401 - a definition
    """Call what planning calls. Errors are another check's."""
    with contextlib.suppress(Exception):
        params = definition.Params()
        for call in (definition.needs, definition.outputs, definition.lr_scale):
            call(params)
        definition.cost(params, 1000)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1]))))
