"""The light half: what every command imports, so it is quick, and says everything that planning needs."""

import difflib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

from earlyexp_bench.hooks import GROUP, specs
from earlyexp_bench.testing.conformance.check import Check, NotMade
from earlyexp_bench.testing.conformance.light_import import LightImport
from earlyexp_bench.testing.conformance.subject import Subject, broken

LIMIT_SECONDS = 0.1
_FURTHER_ATTEMPTS = 4
_SPECS = {name for name, _ in inspect.getmembers(specs, inspect.isfunction) if name.startswith("register_")}
_HEAVY_HALF = "what `implementation` names as 'package._module:Class' is imported in the worker only"


def _loads(subject: Subject) -> Iterator[str]:
    failed = broken(subject)
    if failed is not None and not _is_hook_error(failed.reason):
        yield f"it cannot be loaded: {failed.reason}\n{failed.error}"


def _hooks(subject: Subject) -> Iterator[str]:
    failed = broken(subject)
    if failed is not None:
        if not _is_hook_error(failed.reason):
            raise NotMade("it cannot be loaded")
        yield f"{failed.reason}: {_hook_hint(failed.reason)}"
        return
    module = _entry_point(subject).load()
    complaints = list(_unmarked(module))
    yield from complaints
    if not complaints and not _registers(module):
        yield f"it registers nothing: implement one of {', '.join(sorted(_SPECS))}, marked with `@hookimpl`"


def _registers(module: Any) -> bool:  # noqa: ANN401 - a module
    found: list[Any] = []
    for name in _SPECS:
        hook = getattr(module, name, None)
        if hook is not None:
            hook(register=lambda *arguments: found.append(arguments))
    return bool(found)


def _unmarked(module: Any) -> Iterator[str]:  # noqa: ANN401 - a module
    """Yield functions that look like hooks and are none: pluggy passes over them without a word."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        marked = hasattr(function, f"{GROUP}_impl")
        if marked or function.__module__ != module.__name__ or not difflib.get_close_matches(name, _SPECS, 1, 0.8):
            continue
        nearest = difflib.get_close_matches(name, _SPECS, 1, 0.8)[0]
        wanted = "mark it with `@hookimpl`" if name in _SPECS else f"call it {nearest!r} and mark it with `@hookimpl`"
        yield f"{name!r} looks like a hook and is none: {wanted}"


def _is_hook_error(reason: str) -> bool:
    return "PluginValidationError" in reason


def _hook_hint(reason: str) -> str:
    words = [word.strip("'\"`.,():") for word in reason.split()]
    near = [match for word in words if word not in _SPECS for match in difflib.get_close_matches(word, _SPECS, 1, 0.7)]
    named = near[0] if near else f"one of {', '.join(sorted(_SPECS))}"
    return f"the hook is {named}, and its one argument is `register`"


def _imports(subject: Subject) -> Iterator[str]:
    found = _first_import(subject)
    if found.heavy:
        names = ", ".join(found.heavy)
        yield f"importing {_entry_point(subject).module} imports {names}: move what needs it out; {_HEAVY_HALF}"
    if found.heavy_later:
        names = ", ".join(found.heavy_later)
        yield f"`needs`, `cost` and their like import {names}, and planning calls them: use plain Python there"


def _is_quick(subject: Subject) -> Iterator[str]:
    """Take the best of several: a busy machine only ever adds."""
    found = _first_import(subject)
    if found.heavy:
        raise NotMade("what it imports says why")
    best = found.seconds
    for _ in range(_FURTHER_ATTEMPTS):
        if best <= LIMIT_SECONDS:
            return
        best = min(best, _import_afresh(subject).seconds)
    if best > LIMIT_SECONDS:
        yield (
            f"importing {_entry_point(subject).module} and registering takes {best:.2f} s beyond what the core takes, "
            f"allowed is {LIMIT_SECONDS} s: put off what is slow to the heavy half; {_HEAVY_HALF}"
        )


def _offline(subject: Subject) -> Iterator[str]:
    for attempt in subject.import_attempts:
        yield f"importing it reaches for the network: {attempt}: leave that to the heavy half"


@cache
def _first_import(subject: Subject) -> LightImport:
    return _import_afresh(subject)


def _import_afresh(subject: Subject) -> LightImport:
    point = _entry_point(subject)
    done = subprocess.run(
        [sys.executable, "-m", "earlyexp_bench.testing.conformance.light_import", point.value],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotMade(f"it cannot be imported: {done.stderr}")
    return LightImport(**json.loads(done.stdout.splitlines()[-1]))


def _entry_point(subject: Subject) -> EntryPoint:
    assert isinstance(subject.entry, EntryPoint)
    return subject.entry


CHECKS = (
    Check("plugin-loads", "plugin", "It can be imported, and was written for this version of the hooks.", _loads),
    Check("plugin-hooks", "plugin", "Its hooks are called as the specification calls them.", _hooks),
    Check("plugin-imports", "plugin", "Its light half imports nothing heavy.", _imports),
    Check("plugin-seconds", "plugin", f"Its light half takes less than {LIMIT_SECONDS} s.", _is_quick),
    Check("plugin-network", "plugin", "Importing its light half reaches for no network.", _offline),
)
