"""The light half: what every command imports, so it is quick, and says everything that planning needs."""

import contextlib
import difflib
import inspect
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from earlyexp_bench.hooks import GROUP, specs
from earlyexp_testing.conformance.benchmark_checks import has_benchmarks
from earlyexp_testing.conformance.check import Check, NotMade
from earlyexp_testing.conformance.interpreter import NoAnswer, answer_of
from earlyexp_testing.conformance.light_import import DATA_BYTES, LightImport
from earlyexp_testing.conformance.subject import Subject, broken, registered

LIMIT_SECONDS = 0.1
_FURTHER_ATTEMPTS = 4
_SPECS = {name for name, _ in inspect.getmembers(specs, inspect.isfunction) if name.startswith("register_")}
_HEAVY_HALF = "what `implementation` names as 'package._module:Class' is imported in the worker only"
_LATER = "read data in the heavy half, and declare in the light one what planning must know of them"


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
    plugin = _entry_point(subject).load()
    complaints = list(_unmarked(plugin))
    yield from complaints
    if not complaints and not registered(plugin) and not has_benchmarks(plugin):
        yield f"it registers nothing: implement one of {', '.join(sorted(_SPECS))}, marked with `@hookimpl`"


def _unmarked(plugin: Any) -> Iterator[str]:  # noqa: ANN401 - a module, or an object with hooks
    """Yield what looks like a hook and is none: pluggy passes over it without a word."""
    manager = pluggy.PluginManager(GROUP)
    for name, value in inspect.getmembers(plugin, callable):
        if manager.parse_hookimpl_opts(plugin, name) is not None or not _looks_like_a_hook(name, value, plugin):
            continue
        nearest = difflib.get_close_matches(name, _SPECS, 1, 0.8)[0]
        wanted = "mark it with `@hookimpl`" if name in _SPECS else f"call it {nearest!r} and mark it with `@hookimpl`"
        yield f"{name!r} looks like a hook and is none: {wanted}" + ("" if inspect.isroutine(value) else _NO_FUNCTION)


def _looks_like_a_hook(name: str, value: Any, plugin: Any) -> bool:  # noqa: ANN401 - as they come
    if name in _SPECS or not inspect.isfunction(value):
        return name in _SPECS
    owner = plugin.__name__ if inspect.ismodule(plugin) else type(plugin).__module__
    own = str(value.__module__).partition(".")[0] == owner.partition(".")[0]
    return own and bool(difflib.get_close_matches(name, _SPECS, 1, 0.8))


_NO_FUNCTION = ", as a function"


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
        yield f"`Params`, `needs`, `cost` and their like import {names}, which planning calls: use plain Python there"
    for path in found.data:
        yield f"it reads {path}, more than {DATA_BYTES // 1024} kB, whenever a command starts: {_LATER}"


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
    for attempt in dict.fromkeys([*subject.import_attempts, *_planning_attempts(subject)]):
        yield f"its light half reaches for the network: {attempt}: read from an installed package, in the heavy half"


def _planning_attempts(subject: Subject) -> list[str]:
    with contextlib.suppress(NotMade):  # what cannot be imported has been noted where it was tried
        return _first_import(subject).network
    return []


@cache
def _first_import(subject: Subject) -> LightImport:
    return _import_afresh(subject)


def _import_afresh(subject: Subject) -> LightImport:
    try:
        return LightImport(**answer_of("light_import", _entry_point(subject).value))
    except NoAnswer as error:
        raise NotMade(f"it cannot be imported: {error}") from None


def _entry_point(subject: Subject) -> EntryPoint:
    assert isinstance(subject.entry, EntryPoint)
    return subject.entry


CHECKS = (
    Check("plugin-loads", "plugin", "It can be imported, and was written for this version of the hooks.", _loads),
    Check("plugin-hooks", "plugin", "Its hooks are called as the specification calls them.", _hooks),
    Check("plugin-imports", "plugin", "Its light half imports nothing heavy.", _imports),
    Check("plugin-seconds", "plugin", f"Its light half takes less than {LIMIT_SECONDS} s.", _is_quick),
    Check("plugin-network", "plugin", "Its light half reaches for no network.", _offline),
)
