"""The benchmarks that a plugin registers: there, well written, and planned with what its package depends on."""

import importlib.metadata
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy

from earlyexp_bench.hooks import GROUP, specs
from earlyexp_testing.conformance.callers import package_folders
from earlyexp_testing.conformance.check import Check, NotMade
from earlyexp_testing.conformance.interpreter import answer_of
from earlyexp_testing.conformance.subject import Subject, broken, registered

_HOOK = "register_benchmarks"
_DATA = (
    "name the file in the package's data, with setuptools `[tool.setuptools.package-data]` and `package = "
    '["*.yaml"]`, and look into the wheel (`python -m zipfile -l`)'
)


def _reads(subject: Subject) -> Iterator[str]:
    files = _files(subject)
    if not files:
        yield f"{_HOOK} registers no file: {_DATA}"
    folders = package_folders(subject.distribution)
    for file in files:
        if not file.is_file():
            yield f"{file} is registered and not there: {_DATA}"
        elif not str(file.resolve()).startswith(folders):
            yield f"{file} lies in no package of {subject.distribution}: register a file of its own, under its own id"
        elif complaint := _planned(subject)[str(file)].get("reads"):
            yield f"{complaint}: correct the file"


def _plans(subject: Subject) -> Iterator[str]:
    found = _planned(subject)
    if not found:
        raise NotMade("there is none to plan")
    for file, said in found.items():
        if complaint := said.get("plans"):
            yield f"{Path(file).name} cannot be planned: {complaint}"
        missing = sorted(map(_normal, said.get("needs", ()))) if "needs" in said else []
        missing = [name for name in missing if name not in _dependencies(_normal(subject.distribution))]
        if missing:
            yield (
                f"{Path(file).name} names what {', '.join(missing)} brings, which is no dependency of "
                f"{subject.distribution}: add it to `dependencies`"
            )


def has_benchmarks(plugin: object) -> bool:
    """Tell whether a plugin has the hook that registers benchmarks, whatever it registers."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(specs)
    manager.register(plugin)
    return bool(getattr(manager.hook, _HOOK).get_hookimpls())


@cache
def _files(subject: Subject) -> tuple[Path, ...]:
    """Return the files that a plugin registers.

    Raises:
        NotMade: It has no benchmarks, or cannot be loaded.
    """
    assert isinstance(subject.entry, EntryPoint)
    failed = broken(subject)
    if failed is not None:
        raise NotMade("it cannot be loaded")
    plugin = subject.entry.load()
    if not has_benchmarks(plugin):
        raise NotMade("it has no benchmarks")
    return tuple(Path(found) for found in registered(plugin) if isinstance(found, str | Path))


@cache
def _planned(subject: Subject) -> dict[str, dict[str, Any]]:
    """Return what planning said of every file that is there."""
    files = [str(file) for file in _files(subject) if file.is_file()]
    return dict(answer_of("benchmark_plans", *files)) if files else {}


@cache
def _dependencies(distribution: str) -> frozenset[str]:
    """Return a distribution, the core, and everything that the distribution requires, directly or not."""
    known, due = {"earlyexp-bench"}, [distribution]
    while due:
        name = due.pop()
        if name not in known:
            known.add(name)
            due += _required(name)
    return frozenset(known)


def _required(distribution: str) -> list[str]:
    try:
        lines = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if "extra ==" not in line)
    return [_normal(name[0]) for name in names if name]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


CHECKS = (
    Check("benchmark-reads", "plugin", "Every benchmark's file is there and says what it must.", _reads),
    Check("benchmark-plans", "plugin", "Every benchmark can be planned with what its package brings.", _plans),
)
