"""The plugins' share of the software that makes a result: their distributions, and hashes of their sources."""

import functools
import importlib.util
from collections.abc import Collection
from pathlib import Path

from earlyexp_bench.contracts.software import PACKAGE, package_code, source_hash
from earlyexp_bench.hooks.registry import Registered, registry

CORE = "earlyexp-bench"


def distributions(plugins: Collection[str]) -> dict[str, str]:
    """Return the distributions that the components with these ids come from, with their versions."""
    return {entry.distribution: entry.distribution_version for entry in _entries(frozenset(plugins))}


def code(plugins: Collection[str]) -> dict[str, str]:
    """Return the hash of the sources of this package and of each distribution that takes part, by distribution.

    Args:
        plugins: Ids of components. One that is not installed is left out.
    """
    return dict(_code(frozenset(plugins)))


@functools.cache
def all_code() -> dict[str, str]:
    """Return the same for everything that is installed."""
    return code({entry.id for entry in registry().all()})


@functools.cache
def _code(plugins: frozenset[str]) -> dict[str, str]:
    found = {CORE: package_code()}
    for entry in _entries(plugins):
        root = _root_module(entry)
        if root is not None and root != PACKAGE.name:
            found[entry.distribution] = _hash_of(root)
    return dict(sorted(found.items()))


@functools.cache
def _entries(plugins: frozenset[str]) -> tuple[Registered[object], ...]:
    return tuple(entry for entry in registry().all() if entry.id in plugins)


def _root_module(entry: Registered[object]) -> str | None:
    """Name the package that holds the component's heavy half; finding it imports nothing."""
    implementation = getattr(entry.definition, "implementation", None)
    return str(implementation).partition(":")[0].partition(".")[0] if implementation else None


@functools.cache
def _hash_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    if spec is None:
        return ""  # named by its plugin, but not there: a stage that needs it says so itself
    folders = spec.submodule_search_locations or [spec.origin or ""]
    return source_hash(map(Path, folders))
