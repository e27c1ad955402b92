"""A light half in a fresh interpreter: ``python -m earlyexp_testing.conformance.light_import MODULE``."""

import contextlib
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import TRAINING_STAGES, CellContext, MethodDefinition, TrainingStage
from earlyexp_bench.hooks import GROUP
from earlyexp_testing.conformance import network
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.conformance.subject import registered
from earlyexp_testing.tiny_light import tiny_stage

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


DATA_BYTES = 16_384
"""A file of more bytes that is no source, library or metadata counts as data."""
_OF_PYTHON = {".py", ".pyc", ".so", ".pyd", ".dylib", ".dll", ".zip", ".pth"}
_SCHEDSTAT = Path("/proc/self/schedstat")


@dataclass(frozen=True)
class LightImport:
    """What importing a light half and calling its hooks came to.

    Attributes:
        seconds: Beyond what is loaded anyway, as on an idle machine.
        heavy: Heavy modules that were asked for, kept or not.
        heavy_later: Those that planning imports by calling what was registered.
        data: Files that were read and are data.
        network: Where it tried to go, planning included.
    """

    seconds: float
    heavy: list[str] = field(default_factory=list)
    heavy_later: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    network: list[str] = field(default_factory=list)


def measure(entry_point: str) -> LightImport:
    """Import the light half that an entry point names, and call its hooks."""
    for name in ("earlyexp_bench.hooks", "earlyexp_bench.spec"):
        importlib.import_module(name)
    network.shut()
    asked = _Asked()
    sys.addaudithook(asked)
    started, waited = time.perf_counter(), _waited()
    definitions = registered(EntryPoint("light", entry_point, GROUP).load())
    seconds = time.perf_counter() - started - (_waited() - waited)
    heavy, data = asked.heavy(), asked.data()
    for definition in definitions:
        _plan_with(definition)
    later = sorted(set(asked.heavy()) - set(heavy))
    attempts = network.attempts()
    network.forget()
    return LightImport(seconds, heavy, later, data, attempts)


def _waited() -> float:
    """Return for how many seconds this process was ready to run and had no CPU; 0 where the system does not say."""
    try:
        return int(_SCHEDSTAT.read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


class _Asked:
    """Modules and files that were asked for, whatever became of them: an audit hook."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.files: dict[str, None] = {}

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import":
            self.modules.add(str(arguments[0]).partition(".")[0])
        elif event == "open" and isinstance(arguments[0], str | bytes):
            self.files[os.fsdecode(arguments[0])] = None

    def heavy(self) -> list[str]:
        return sorted(set(HEAVY) & (self.modules | set(sys.modules)))

    def data(self) -> list[str]:
        return [name for name in self.files if _is_data(Path(name))]


def _is_data(path: Path) -> bool:
    of_python = path.suffix in _OF_PYTHON or path.parent.suffix in (".dist-info", ".egg-info")
    return not of_python and path.is_file() and path.stat().st_size > DATA_BYTES


def _plan_with(definition: Any) -> None:  # noqa: ANN401 - whatever was registered
    """Call what planning calls. Errors are another check's."""
    model = getattr(definition, "Params", None) or getattr(definition, "params", None)
    if model is None:
        return
    with contextlib.suppress(Exception):
        params = model.model_validate(example_params(model))
        for call in _planning_calls(definition, params):
            with contextlib.suppress(Exception):
                call()


def _planning_calls(definition: Any, params: Any) -> Iterator[Callable[[], object]]:  # noqa: ANN401 - as they come
    for name in ("outputs", "modules", "lr_scale", "hash_inputs", "measure_train_bytes"):
        function = getattr(definition, name, None)
        if function is not None:
            yield lambda function=function: function(params)  # type: ignore[misc]
    for stage in TRAINING_STAGES if isinstance(definition, MethodDefinition) else ():
        yield lambda stage=stage: definition.needs(params, stage)  # type: ignore[misc]
        yield lambda stage=stage: definition.cost(params, tiny_stage(stage))  # type: ignore[misc]
        yield lambda stage=stage: definition.incompatible(params, _cell(stage))  # type: ignore[misc]


def _cell(stage: TrainingStage) -> CellContext:
    return CellContext(**vars(tiny_stage(stage)), model={"model_type": "llama"}, track="added", methods=(), numerics={})


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1]))))
