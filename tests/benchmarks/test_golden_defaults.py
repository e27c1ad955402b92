"""Every default that a key or a protocol's hash leaves out, by where it is said.

Keys and hashes hold what differs from its default. So whoever changes a default gives keys that are in every store and
in published records another meaning, and nothing else would notice.
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from earlyexp_bench.contracts import stages
from earlyexp_bench.hooks import registry
from earlyexp_bench.spec import Benchmark, RecipeFile

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).parent / "golden-defaults.json"
TO_DO = f"""{FILE.name} lists what keys and protocol hashes leave out. If you meant the change:
 - moved: old keys would mean the new value, so raise VERSION in contracts/stages/ of every stage kind that it decides,
   or the component's `version`, and the versions of the benchmarks that leave it out;
 - added: old keys must mean what the new default does; then nothing has to be raised;
 - lost: keys that said it can no longer be read, so raise as for a moved one.
Then write the file again: python tests/benchmarks/{Path(__file__).name}"""


def shipped() -> set[str]:
    """Names of the distributions of this repository."""
    projects = [ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")]
    return {str(tomllib.loads(path.read_text(encoding="utf-8"))["project"]["name"]) for path in projects}


def roots() -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield what is dumped without defaults into a key or a protocol's hash."""
    for name in stages.__all__:
        if name.endswith("Input") and name != "ExposureInput":
            yield name, getattr(stages, name)
    yield from (("Benchmark", Benchmark), ("RecipeFile", RecipeFile))
    for kind in ("domain", "evaluator", "method"):
        for entry in registry().all(kind):
            if entry.distribution in shipped():
                yield f"{kind} {entry.id}", entry.definition.Params if kind == "method" else entry.definition.params


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in models_in(argument)]


def defaults(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the default of every field that may be left unsaid, those of models within it included."""
    for name, field in model.model_fields.items():
        if not field.is_required():
            yield prefix + name, json.loads(json.dumps(field.get_default(call_default_factory=True), default=_plain))
        for inner in models_in(field.annotation):
            yield from defaults(inner, f"{prefix}{name}.")


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


def found() -> dict[str, dict[str, Any]]:
    return {name: dict(defaults(model)) for name, model in roots()}


def flat(listed: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {f"{name}: {path}": value for name, fields in listed.items() for path, value in fields.items()}


def changes(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    moved = [
        f"moved: {path}, {then[path]!r} → {now[path]!r}" for path in then if now.get(path, then[path]) != then[path]
    ]
    lost = [f"lost: {path}, was {value!r}" for path, value in then.items() if path not in now]
    return moved + lost + [f"added: {path}, {value!r}" for path, value in now.items() if path not in then]


def test_a_default_that_keys_leave_out_never_moves() -> None:
    wrong = changes(flat(json.loads(FILE.read_text(encoding="utf-8"))), flat(found()))
    assert not wrong, "\n".join([*wrong, TO_DO])


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"a": 2, "b": None}, ["moved: a, 1 → 2"]),
        ({"a": 1}, ["lost: b, was None"]),
        ({"a": 1, "b": None, "c": 0}, ["added: c, 0"]),
    ],
)
def test_what_moved_is_said(now: dict[str, Any], said: list[str]) -> None:
    assert changes({"a": 1, "b": None}, now) == said


if __name__ == "__main__":
    FILE.write_text(json.dumps(found(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
