"""Commands that plugins add: told of by metadata alone, imported when one is called.

A distribution names a typer app or a function in the entry-point group `GROUP`: ``name = "module:app"`` adds a command
to ``earlyexp-bench``, ``plugins.name = "module:app"`` one to its group ``plugins``. A name of core's own wins.
"""

import inspect
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

GROUP = "earlyexp_bench.commands"
KIT = "earlyexp-testing"
# Commands that users know of before they have what brings them.
OFFERED = {
    "plugins.check": (KIT, "Check that a plugin keeps its promises, on a tiny model; exit with 1 if it breaks one."),
    "plugins.new": (
        KIT,
        "Write a package that brings a method, a domain, an evaluator or a benchmark, with tests that pass.",
    ),
}


@dataclass(frozen=True)
class Added:
    """A command that is not core's.

    Attributes:
        name: Its group and its name, with a dot between them.
        points: Where it is, by distribution: none if what brings it is not installed, several if they contend for it.
    """

    name: str
    points: tuple[EntryPoint, ...]

    @property
    def spoken(self) -> str:
        """As it is typed."""
        return self.name.replace(".", " ")

    @property
    def distributions(self) -> list[str]:
        """Who brings it."""
        return [point.dist.name if point.dist else point.module for point in self.points]

    @property
    def help(self) -> str:
        """What there is to say of it without importing it."""
        package, text = OFFERED.get(self.name, ("", ""))
        if not self.points:
            return f"{text} (pip install {package})"
        return text or _about(self.points[0], "Summary")

    def load(self) -> Any:  # noqa: ANN401 - a command, or a group of them
        """Import it.

        Raises:
            UserError: It is not installed, is there twice, or cannot be imported or made a command of.
        """
        from earlyexp_bench.contracts import UserError

        if not self.points:
            package = OFFERED[self.name][0]
            pip = f"`pip install {package}`, or in a checkout `pip install -e plugins/{package}`"
            raise UserError(f"`{self.spoken}` comes with {package}, which is not installed", expected=pip)
        if len(self.points) > 1:
            both = " and ".join(self.distributions)
            raise UserError(f"`{self.spoken}` is brought by {both}", expected="one of them, the other uninstalled")
        try:
            return _command(self.points[0].load())
        except (Exception, SystemExit) as error:  # a plugin's module may raise anything
            raise UserError(
                f"`{self.spoken}` of {self.distributions[0]} could not be loaded: {type(error).__name__}: {error}",
                expected=f"another version of {self.distributions[0]}, or a word to its authors; "
                f"`python -c 'import {self.points[0].module}'` may show where it fails",
            ) from error


def added_commands() -> dict[str, Added]:
    """Return what plugins add by name, with what they are known to, and do not."""
    points: dict[str, list[EntryPoint]] = {name: [] for name in OFFERED}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, []).append(point)
    return {name: Added(name, tuple(found)) for name, found in sorted(points.items())}


class WithPlugins(TyperGroup):
    """A group of commands to which plugins add theirs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer keeps the class to itself
        """Return core's own commands, then the others by name."""
        self._add(ctx)
        return super().list_commands(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Return the command that is called, imported."""
        if args[0] not in self.commands:
            self._add(ctx)
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.added.load() if isinstance(command, _Listed) else command, rest

    def _add(self, ctx: Any) -> None:  # noqa: ANN401
        place = "" if ctx.parent is None else self.name
        for added in added_commands().values():
            group, _, name = added.name.rpartition(".")
            if group == place:
                self.commands.setdefault(name, _Listed(name, added))


class _Listed(TyperCommand):
    def __init__(self, name: str, added: Added) -> None:
        super().__init__(name, help=added.help)
        self.added = added


def _command(found: Any) -> Any:  # noqa: ANN401 - whatever an entry point names
    app = found
    if inspect.isfunction(found):
        app = typer.Typer()
        app.command()(found)
    if not isinstance(app, typer.Typer):
        raise TypeError(f"{found!r} is neither a typer app nor a function")
    command = typer.main.get_command(app)
    command.params = [p for p in command.params if p.name not in ("install_completion", "show_completion")]
    return command


def command_rows(core: TyperGroup) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return a row for each command that a plugin adds to core's, as of components, and one for each not callable."""
    rows, broken = [], []
    for added in added_commands().values():
        wrong = _wrong(added, core)
        for owner, point in zip(added.distributions, added.points, strict=True):
            version = _about(point, "Version")
            about = {"version": version, "distribution": f"{owner} {version}", "licence": "", "train_bytes": None}
            rows.append({"id": added.spoken, "kind": "command", **about, "description": added.help, "broken": wrong})
            broken += [{"name": added.spoken, "distribution": owner, "reason": wrong}] if wrong else []
    return rows, broken


def _wrong(added: Added, core: TyperGroup) -> str:
    """Say why a command cannot be called; empty if it can be, as far as metadata tell."""
    place, _, name = added.name.rpartition(".")
    group = core.commands.get(place) if place else core
    if not isinstance(group, WithPlugins):
        return f"earlyexp-bench has no group of commands `{place}`"
    if name in group.commands:
        return f"earlyexp-bench has a command `{added.spoken}` of its own, which is the one that is called"
    return f"several bring it: {', '.join(added.distributions)}" if len(added.points) > 1 else ""


def _about(point: EntryPoint, field: str) -> str:
    return point.dist.metadata[field] if point.dist and field in point.dist.metadata else ""
