"""What a plugin does on somebody else's machine, as findings: see `files.py` and `belongings.py`."""

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint

from earlyexp_testing.conformance import files
from earlyexp_testing.conformance.check import Check
from earlyexp_testing.conformance.subject import Kind, Subject, broken, registered

_KEEPS = "keep nothing for another run, whose results it would decide"
_ELSE = {
    "method": f"{_KEEPS}; what a later stage is to have, `sidecar` returns and `needs` asks for",
    "domain": f"{_KEEPS}; read from an installed package, and put what is in between where `tempfile` makes room",
    "evaluator": f"{_KEEPS}; take what it needs from an installed package",
    "plugin": f"{_KEEPS}; a light half needs no file but its modules",
}
_REMEDIES = {
    "reads": "read from an installed package, or from where parameters say",
    "asks": "let no language, user, host or time zone decide: sort by code points, and name the encoding of files",
}


def complaints(notes: Iterable[str], kind: Kind) -> Iterator[str]:
    """Yield a message for each note of what a plugin did on this machine.

    Args:
        notes: From `files.noted`.
        kind: What it is.
    """
    for note in dict.fromkeys(notes):
        yield f"it {note}: {_REMEDIES.get(note.partition(' ')[0], _ELSE[kind])}"


def _light_half(subject: Subject) -> Iterator[str]:
    if broken(subject) is None and isinstance(subject.entry, EntryPoint):
        files.start_over()  # everybody's plugins have been imported
        registered(subject.entry.load())
        yield from complaints([*subject.import_files, *files.noted()], "plugin")


CHECKS = (Check("plugin-surroundings", "plugin", "Its light half leaves no file behind.", _light_half),)
