"""The registry: every component by id, with its owner, and every plugin that could not be loaded."""

import difflib
import functools
import importlib
import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, Literal, TypeVar

import pluggy

from earlyexp_bench.contracts import (
    ClaimDefinition,
    DomainDefinition,
    EvaluatorDefinition,
    Executor,
    MethodDefinition,
    UserError,
)
from earlyexp_bench.hooks import specs

Kind = Literal["domain", "method", "evaluator", "executor", "benchmark", "claim"]
USUAL: dict[Kind | None, str] = {"claim": "claims"}
"""Who most likely brings a component that is named without its distribution."""
T = TypeVar("T")


@dataclass(frozen=True)
class Registered(Generic[T]):
    """A component and who registered it."""

    id: str
    kind: Kind
    version: str
    definition: T
    distribution: str
    distribution_version: str


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that could not be loaded; ``error`` is its traceback, ``reason`` what it says, in one line."""

    name: str
    distribution: str
    reason: str
    error: str


@dataclass
class Registry:
    """Every component by id. Lookups take the id or, where it is unique, the short name."""

    components: dict[Kind, dict[str, Registered[Any]]] = field(default_factory=dict)
    broken: list[BrokenPlugin] = field(default_factory=list)
    published: tuple[Path, ...] = ()
    """Folders of published records, in the order in which their packages were loaded."""

    def domain(self, name: str) -> Registered[DomainDefinition]:
        """Return the domain called ``name``."""
        return self._find("domain", name)

    def method(self, name: str) -> Registered[MethodDefinition[Any]]:
        """Return the method called ``name``."""
        return self._find("method", name)

    def evaluator(self, name: str) -> Registered[EvaluatorDefinition]:
        """Return the evaluator called ``name``."""
        return self._find("evaluator", name)

    def executor(self, name: str) -> Registered[Callable[..., Executor]]:
        """Return the executor factory called ``name``."""
        return self._find("executor", name)

    def benchmark(self, name: str) -> Registered[Path]:
        """Return the path of the benchmark called ``name``."""
        return self._find("benchmark", name)

    def claim(self, name: str) -> Registered[ClaimDefinition[Any]]:
        """Return the claim called ``name``."""
        return self._find("claim", name)

    def all(self, kind: Kind | None = None) -> list[Registered[Any]]:
        """Return the components of one kind, or of all, in order of kind and id."""
        kinds = [kind] if kind else sorted(self.components)
        return [entry for k in kinds for _, entry in sorted(self.components.get(k, {}).items())]

    def named(self, name: str) -> list[Registered[Any]]:
        """Return every component that ``name`` may mean, of whatever kind, or all that a distribution brings.

        Raises:
            UserError: There is none.
        """
        components = [entry for kind in sorted(self.components) for entry in self._matches(kind, name)]
        found = components or [
            entry for entry in self.all() if name in (entry.distribution, namespace(entry.distribution))
        ]
        if not found:
            raise UserError(f"nothing called {name!r} is installed", expected=self._hint(None, name))
        return found

    def has(self, kind: Kind, name: str) -> bool:
        """Tell whether ``name`` names one component of ``kind``, or several."""
        return bool(self._matches(kind, name))

    def add(self, entry: Registered[Any]) -> None:
        """Add a component.

        Raises:
            UserError: The id is taken; the message names both owners.
        """
        known = self.components.setdefault(entry.kind, {})
        if entry.id in known:
            raise UserError(
                f"two plugins register the {entry.kind} {entry.id!r}: "
                f"{known[entry.id].distribution} and {entry.distribution}",
                expected="one of them under another name, or uninstalled",
            )
        known[entry.id] = entry

    def publish(self, folder: Path) -> None:
        """Add a folder of published records.

        Raises:
            UserError: There is no such folder.
        """
        if not folder.is_dir():
            raise UserError(f"{folder}, where published records should lie, is no folder", expected="one, maybe empty")
        self.published = (*self.published, folder)

    def _matches(self, kind: Kind, name: str) -> list[Registered[Any]]:
        """Components that a name may mean; a short one means what is built in first, whatever is installed later."""
        known = self.components.get(kind, {})
        for id_ in (name, f"builtin/{name}"):
            if id_ in known:
                return [known[id_]]
        return [entry for id_, entry in sorted(known.items()) if id_.rpartition("/")[2] == name]

    def _find(self, kind: Kind, name: str) -> Registered[Any]:
        matches = self._matches(kind, name)
        if len(matches) == 1:
            return matches[0]
        if matches:
            ids = " and ".join(entry.id for entry in matches)
            raise UserError(f"the {kind} {name!r} is ambiguous: {ids}", expected="one of these ids in full")
        raise UserError(f"no {kind} {name!r} is installed", expected=self._hint(kind, name))

    def _hint(self, kind: Kind | None, name: str) -> str:
        owner = name.partition("/")[0]
        for plugin in self.broken:
            if owner in (plugin.name, namespace(plugin.distribution)):
                return f"the plugin {plugin.distribution} to load; it failed with:\n{plugin.error}"
        known = list(dict.fromkeys(entry.id for entry in self.all(kind)))
        short = [] if "/" in name else [id_.rpartition("/")[2] for id_ in known]
        close = difflib.get_close_matches(name, [*known, *short], n=1)
        if close:
            return f"{close[0]!r}?{self.not_loaded()}"
        installed, package = ", ".join(known), _to_install(kind, name, known)
        right = f"one of {installed or '(none)'}" if installed or not package else ""
        return "; ".join(filter(None, [right, package])) + self.not_loaded()

    def not_loaded(self) -> str:
        """Say which plugins might have brought what a short name means, had they loaded; empty where all have."""
        failed = [f"{plugin.distribution} ({plugin.reason})" for plugin in self.broken]
        return f"; could not be loaded: {', '.join(failed)}" if failed else ""


def _to_install(kind: Kind | None, name: str, known: Sequence[str]) -> str:
    """Say which package may bring what nobody has; empty where it is installed, or no name tells."""
    owner, slash, _ = name.partition("/")
    package = owner if slash else USUAL.get(kind, "")
    missing = package and not any(id_.startswith(f"{package}/") for id_ in known)
    if not missing:
        return ""
    checkout = "" if slash else f", or in a checkout `pip install -e plugins/earlyexp-{package}`,"
    return f"`pip install earlyexp-{package}`{checkout} may bring it"


def namespace(distribution: str) -> str:
    """Return the part before the slash of a distribution's ids: its name without ``earlyexp-``."""
    short = distribution.lower().replace("_", "-").removeprefix("earlyexp-")
    return "builtin" if short == "bench" else short


@functools.cache
def registry() -> Registry:
    """Load every plugin once, one entry point at a time; a broken one is kept, not raised."""
    result = Registry()
    manager = pluggy.PluginManager(specs.GROUP)
    manager.add_hookspecs(specs)
    for entry_point in sorted(entry_points(group=specs.GROUP), key=_order):
        if _wanted(entry_point):
            _load(entry_point, manager, result)
    return result


def load_object(implementation: str) -> Any:  # noqa: ANN401 - any class
    """Import ``"package._module:Class"``; only the worker does this, and for a claim whoever judges a board.

    Raises:
        UserError: The module or the class does not exist.
    """
    module, _, name = implementation.partition(":")
    loaded = importlib.import_module(module)
    if not hasattr(loaded, name):
        raise UserError(f"{module} has no {name!r}", expected=f"a class named in {implementation!r}")
    return getattr(loaded, name)


def _order(entry_point: EntryPoint) -> tuple[bool, str, str]:
    owner = entry_point.dist.name if entry_point.dist else ""
    return namespace(owner) != "builtin", owner, entry_point.name


def _wanted(entry_point: EntryPoint) -> bool:
    """Apply ``EARLYEXP_PLUGINS=none|a,b``; what is built in always loads."""
    allowed = os.environ.get("EARLYEXP_PLUGINS")
    owner = namespace(entry_point.dist.name) if entry_point.dist else entry_point.name
    if allowed is None or owner == "builtin":
        return True
    names = {name.strip() for name in allowed.split(",")}
    return owner in names or entry_point.name in names


def _load(entry_point: EntryPoint, manager: pluggy.PluginManager, result: Registry) -> None:
    distribution = entry_point.dist.name if entry_point.dist else entry_point.name
    version = entry_point.dist.version if entry_point.dist else "?"
    draft = Registry({kind: dict(entries) for kind, entries in result.components.items()}, published=result.published)
    module: ModuleType | None = None
    try:
        module = entry_point.load()
        _check_api_version(module, distribution)
        manager.register(module, name=f"{distribution}:{entry_point.name}")
        manager.check_pending()
        _collect(manager, module, draft, distribution, version)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one broken plugin must not stop the program; it is kept
        if module is not None and manager.is_registered(module):
            manager.unregister(module)
        told = str(error) if isinstance(error, UserError) else "".join(traceback.format_exception_only(error))
        reason = " ".join(told.split())
        result.broken.append(BrokenPlugin(entry_point.name, distribution, reason, traceback.format_exc()))
    else:
        result.components, result.published = draft.components, draft.published


def _check_api_version(module: ModuleType, distribution: str) -> None:
    written_for = getattr(module, "api_version", specs.API_VERSION)
    if written_for > specs.API_VERSION:
        raise UserError(
            f"{distribution} was written for plugin API {written_for}, this earlyexp-bench has {specs.API_VERSION}",
            expected="`pip install -U earlyexp-bench`",
        )


def _collect(
    manager: pluggy.PluginManager, module: ModuleType, result: Registry, distribution: str, version: str
) -> None:
    others = [plugin for plugin in manager.get_plugins() if plugin is not module]
    space = namespace(distribution)

    def add(kind: Kind, name: str, own_version: str, definition: Any) -> None:  # noqa: ANN401 - any definition
        result.add(Registered(f"{space}/{name}", kind, own_version, definition, distribution, version))

    def call(hook: str, register: Callable[..., None]) -> None:
        manager.subset_hook_caller(hook, remove_plugins=others)(register=register)

    call("register_domains", lambda d: add("domain", d.name, d.version, d))
    call("register_methods", lambda d: add("method", d.name, d.version, d))
    call("register_evaluators", lambda d: add("evaluator", d.name, d.version, d))
    call("register_executors", lambda name, factory: add("executor", name, version, factory))
    call("register_benchmarks", lambda path: add("benchmark", path.stem, version, path))
    call("register_claims", lambda d: add("claim", d.name, d.version, d))
    call("register_published_records", result.publish)
