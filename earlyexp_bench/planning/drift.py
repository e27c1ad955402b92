"""Software is recorded, not hashed: a stored result made with other software is used, and said to be so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import earlyexp_bench
from earlyexp_bench.contracts import ParentRef, Record, git_commit, library_versions
from earlyexp_bench.contracts.machine import machine_type
from earlyexp_bench.contracts.software import LIBRARIES
from earlyexp_bench.hooks import CORE, code, distributions

SHOWN_DIGITS = 10
NOT_RECORDED = "not recorded"
MACHINE = "type of machine"


@dataclass(frozen=True)
class Difference:
    """A distribution, or ``code of`` one, that a result was made with and that is not what is installed here."""

    name: str
    then: str
    here: str

    def __str__(self) -> str:
        return f"{self.name} {self.then} (here {self.here})"


def drift(record: Record) -> tuple[Difference, ...]:
    """Compare versions and sources that a record was made with to what is installed here.

    A record that does not say which code made it was made by other code.
    """
    return tuple([*_versions(record), *_sources(record)])


def changed_parents(
    record: Record, parents: Mapping[str, ParentRef], find: Callable[[ParentRef], Record | None]
) -> tuple[str, ...]:
    """Return the roles of the parents whose weights are others now, by their records, than the record was made from."""
    changed = []
    for role, parent in parents.items():
        then, stored = record.parent_weight_hashes.get(role), find(parent)
        if then is not None and stored is not None and stored.weight_hashes.get(parent.output) != then:
            changed.append(role)
    return tuple(changed)


def made_with(record: Record) -> dict[str, str]:
    """Name what a result was made with, by its record alone: versions, hashes of sources, the type of machine."""
    environment = record.environment
    versions = {name: environment[name] for name in LIBRARIES if name in environment}
    versions |= {CORE: environment["package"]} if "package" in environment else {}
    sources = {name: code[:SHOWN_DIGITS] for name, code in environment.get("code", {}).items()}
    named = versions | environment.get("distributions", {})
    named |= {f"code of {name}": code for name, code in ({CORE: NOT_RECORDED} | sources).items()}
    if machine := type_of_machine(record):
        named[MACHINE] = machine
    return {name: str(value) for name, value in sorted(named.items())}


def type_of_machine(record: Record) -> str:
    """Name the type of machine that a result was made on, of which each has bits of its own; empty where unknown."""
    return machine_type(record.environment, record.payload.get("numerics", {}))


def _versions(record: Record) -> Iterable[Difference]:
    environment = record.environment
    then = {**environment, **environment.get("distributions", {}), CORE: environment.get("package")}
    here = library_versions() | distributions(record.payload["plugins"]) | {CORE: earlyexp_bench.__version__}
    return (Difference(name, then[name], now) for name, now in here.items() if then.get(name) not in (None, now))


def _sources(record: Record) -> Iterable[Difference]:
    then, here = record.environment.get("code", {}), code(record.payload["plugins"])
    for name in here:
        if then.get(name) != here[name]:
            yield Difference(f"code of {name}", *_called(name, then.get(name), here[name], record))


def _called(name: str, then: str | None, here: str, record: Record) -> tuple[str, str]:
    """Name two states of one source: by commit where that tells them apart, else by hash."""
    commits = (record.environment.get("git"), git_commit())
    if name == CORE and all(commits) and commits[0] != commits[1]:
        return _short(commits[0]), _short(commits[1])
    return then[:SHOWN_DIGITS] if then else NOT_RECORDED, here[:SHOWN_DIGITS]


def _short(commit: str | None) -> str:
    digits, dirty, _ = str(commit).partition("-dirty")
    return digits[:SHOWN_DIGITS] + dirty
