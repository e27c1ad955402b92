"""A package to start from: the light half, the heavy half or a benchmark's file, tests that pass."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Literal

from jinja2 import Environment, StrictUndefined

from earlyexp_bench import __version__
from earlyexp_bench.contracts import UserError
from earlyexp_bench.hooks import API_VERSION, namespace, registry
from earlyexp_bench.store import writing

NewKind = Literal["method", "domain", "evaluator", "benchmark"]
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TEMPLATES = files("earlyexp_testing") / "templates"


@dataclass(frozen=True)
class NewPlugin:
    """What was written.

    Attributes:
        folder: The package's folder.
        files: Every file in it.
        edit_first: The one that says what the component is.
    """

    folder: Path
    files: tuple[Path, ...]
    edit_first: Path


def new_plugin(kind: NewKind, name: str, into: Path) -> NewPlugin:
    """Write the package ``earlyexp-NAME`` with one component of the same name.

    Args:
        kind: What it brings.
        name: Lower-case words with hyphens between them; ``earlyexp-`` before it goes without saying.
        into: Folder in which the package's folder is made; made itself where it is missing.

    Raises:
        UserError: The name cannot be one, or is an installed benchmark's; the folder exists or cannot be written.
    """
    short = name.removeprefix("earlyexp-")
    _check_name(name, short)
    if kind == "benchmark":
        _check_board(short)
    folder = into / f"earlyexp-{short}"
    if folder.exists():
        raise UserError(f"{folder} exists", where="NAME", expected="another name, or another folder with --into")
    if into.exists() and not into.is_dir():
        raise UserError(f"{into} is not a folder", where="--into", expected="a folder, which may be new")
    written = dict(_render(kind, short))
    with writing(folder):
        _write(folder, written)
    return NewPlugin(folder, tuple(folder / path for path in written), folder / _edit_first(kind, short))


def _write(folder: Path, written: dict[str, str]) -> None:
    try:
        for path, text in written.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)  # half a package would be in the next try's way
        raise


def _check_name(name: str, short: str) -> None:
    if not _NAME.fullmatch(short):
        raise UserError(
            f"{name!r} cannot be the name of a package",
            where="NAME",
            expected="lower-case letters, digits and single hyphens, a letter first, e.g. keep-close",
        )
    if namespace(f"earlyexp-{short}") == "builtin" or short == "builtin":
        raise UserError(f"the name {name!r} is taken by earlyexp-bench itself", where="NAME", expected="another name")


def _check_board(short: str) -> None:
    """Refuse a benchmark's name that another has: their boards would go by one name."""
    for entry in registry().all("benchmark"):
        if entry.id.rpartition("/")[2] == short:
            wrong = f"there is a benchmark {short!r} already, {entry.id}"
            raise UserError(wrong, where="NAME", expected="another name")


def _render(kind: NewKind, name: str) -> Iterator[tuple[str, str]]:
    package = _package(name)
    values = {
        "kind": kind,
        "name": name,
        "package": package,
        "api_version": str(API_VERSION),
        "core_version": __version__,
        "kit_version": version("earlyexp-testing"),
    }
    values["usage"] = _text(f"{kind}/usage.md.j2", values)
    places = {
        "common/pyproject.toml.j2": "pyproject.toml",
        "common/README.md.j2": "README.md",
        "common/py.typed.j2": f"src/{package}/py.typed",
        f"{kind}/__init__.py.j2": f"src/{package}/__init__.py",
        _edit_first_template(kind): _edit_first(kind, name),
        f"{kind}/test.py.j2": f"tests/test_{package}.py",
    }
    for template, place in places.items():
        yield place, _text(template, values)


def _edit_first_template(kind: NewKind) -> str:
    return "benchmark/benchmark.yaml.j2" if kind == "benchmark" else f"{kind}/_{kind}.py.j2"


def _edit_first(kind: NewKind, name: str) -> str:
    """What says what the component is: the heavy half, or a benchmark's file."""
    return f"src/{_package(name)}/" + (f"{name}.yaml" if kind == "benchmark" else f"_{kind}.py")


def _text(template: str, values: dict[str, str]) -> str:
    source = (_TEMPLATES / template).read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    return environment.from_string(source).render(values)


def _package(name: str) -> str:
    return f"earlyexp_{name.replace('-', '_')}"
