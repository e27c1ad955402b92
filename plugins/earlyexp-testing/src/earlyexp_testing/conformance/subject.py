"""What is checked: a plugin, and each method, domain and evaluator that it registers."""

import contextlib
import difflib
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal

import pluggy

from earlyexp_bench.contracts import UserError
from earlyexp_bench.hooks import GROUP, BrokenPlugin, Registered, registry, specs

Kind = Literal["plugin", "method", "domain", "evaluator"]
COMPONENTS: tuple[Literal["method", "domain", "evaluator"], ...] = ("method", "domain", "evaluator")


@dataclass(frozen=True)
class Subject:
    """A plugin or one of its components; subjects are equal by name, so that they are keys of caches.

    Attributes:
        distribution: Name of the distribution that brings it.
        id: ``distribution/name`` of a component; of a plugin the name of its entry point.
        kind: What it is.
        entry: The plugin's entry point, or the component's entry in the registry.
        import_changes: What importing the plugin left changed of what all code shares.
        import_attempts: Where it tried to go when it was imported, as in `network.attempts`.
        import_files: What it did with files when it was imported, as in `files.noted`.
        shared: Folder in which another process leaves what it finds of the plugin's components; None if there is none.
    """

    distribution: str
    id: str
    kind: Kind
    entry: EntryPoint | Registered[Any] = field(compare=False, repr=False)
    import_changes: tuple[str, ...] = field(default=(), compare=False)
    import_attempts: tuple[str, ...] = field(default=(), compare=False)
    import_files: tuple[str, ...] = field(default=(), compare=False)
    shared: Path | None = field(default=None, compare=False)

    @property
    def definition(self) -> Any:  # noqa: ANN401 - the light half: a definition of the component's kind
        """The component's light half; a plugin has none."""
        assert isinstance(self.entry, Registered)
        return self.entry.definition


def find_subjects(name: str) -> tuple[Subject, ...]:
    """Return the plugins that ``name`` names and their components, or one component and its plugin.

    Args:
        name: A distribution, an entry point, a component's id, or its short name where that is unique.

    Raises:
        UserError: Nothing is called that, or several components are.
    """
    plugins = [subject for subject in _plugins() if _same(name, subject.distribution) or name == subject.id]
    if plugins:
        owners = {subject.distribution for subject in plugins}
        return (*plugins, *(subject for subject in _components() if subject.distribution in owners))
    found = [subject for subject in _components() if name in (subject.id, subject.id.rpartition("/")[2])]
    if len({subject.id for subject in found}) > 1:
        ids = " and ".join(sorted({subject.id for subject in found}))
        raise UserError(f"{name!r} is ambiguous: {ids}", expected="one of these ids in full")
    if not found:
        raise UserError(f"no plugin {name!r} is installed", expected=_hint(name))
    owner = [subject for subject in _plugins() if subject.distribution == found[0].distribution]
    return (*owner, *found)


def locate(distribution: str, kind: Kind, id_: str) -> Subject | None:
    """Return one subject by its full name; None where its plugin cannot be loaded."""
    candidates = _plugins() if kind == "plugin" else _components()
    return next((s for s in candidates if (s.distribution, s.kind, s.id) == (distribution, kind, id_)), None)


def import_plugin(distribution: str, id_: str) -> None:
    """Import the light halves of a plugin, or of a component's distribution, before anybody else's.

    The hooks of a component's are called as well. Errors are not for here: the registry keeps them.
    """
    own = [subject for subject in _plugins() if subject.distribution == distribution]
    named = [subject for subject in own if subject.id == id_]
    for subject in named or own:
        if isinstance(subject.entry, EntryPoint):
            with contextlib.suppress(Exception, SystemExit):
                plugin = subject.entry.load()
                if not named:
                    registered(plugin)


def implementations(subject: Subject) -> tuple[str, ...]:
    """Return the module with the heavy half of a component; a plugin has none."""
    return () if subject.kind == "plugin" else (subject.definition.implementation.partition(":")[0],)


def registered(plugin: Any) -> list[Any]:  # noqa: ANN401 - a module, or an object with hooks
    """Call every hook of a plugin as the registry does; return what it registers: definitions, names, paths."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(specs)
    manager.register(plugin)
    found: list[Any] = []
    for name, _ in inspect.getmembers(specs, inspect.isfunction):
        if hasattr(manager.hook, name):
            getattr(manager.hook, name)(register=lambda first, *_: found.append(first))
    return found


def broken(subject: Subject) -> BrokenPlugin | None:
    """Return why a plugin could not be loaded, or None if it was."""
    failed = registry().broken
    return next((b for b in failed if (b.distribution, b.name) == (subject.distribution, subject.id)), None)


def _plugins() -> list[Subject]:
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [Subject(point.dist.name if point.dist else point.name, point.name, "plugin", point) for point in points]


def _components() -> list[Subject]:
    entries: Iterable[Registered[Any]] = (entry for kind in COMPONENTS for entry in registry().all(kind))
    return [Subject(entry.distribution, entry.id, _kind(entry), entry) for entry in entries]


def _kind(entry: Registered[Any]) -> Kind:
    return next(kind for kind in COMPONENTS if kind == entry.kind)


def _same(one: str, other: str) -> bool:
    """Compare names of distributions as pip does."""
    return re.sub(r"[-_.]+", "-", one).lower() == re.sub(r"[-_.]+", "-", other).lower()


def _hint(name: str) -> str:
    known = sorted({s.distribution for s in _plugins()} | {s.id for s in _plugins()} | {s.id for s in _components()})
    close = difflib.get_close_matches(name, known, n=1)
    return f"{close[0]!r}?" if close else "a distribution, entry point or component that `plugins list` shows"
