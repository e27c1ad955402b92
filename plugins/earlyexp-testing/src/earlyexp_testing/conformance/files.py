"""Files that a plugin would leave for its next run, or finds on this machine: refused, and written down.

An audit hook sees what Python opens, makes, moves and removes. Free is what `tempfile` makes (whose
names nobody can know again), devices and compiled modules. What other programs and compiled libraries write is seen
where it is left (`belongings.py`).
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from earlyexp_testing.conformance import network
from earlyexp_testing.conformance.callers import acting_line, asking_line
from earlyexp_testing.conformance.notes import Notes

_CHANGES: dict[str, dict[int, int]] = {
    "os.rename": {0: 2, 1: 3},
    "os.link": {1: 3},
    "os.symlink": {1: 2},
    "os.mkdir": {0: 2},
    "os.remove": {0: 1},
    "os.rmdir": {0: 1},
    "os.truncate": {0: -1},
    "sqlite3.connect": {0: -1},
}
"""Audit events of something that changes files: which arguments are paths, and which says what they are relative to."""
_LOOKS = {"os.listdir", "os.scandir"}
_MADE = {"tempfile.mkstemp", "tempfile.mkdtemp"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DEVICES = ("/dev/null", "/dev/tty", "/dev/std", "/dev/fd/", "/dev/pts/", "/proc/")
_MOST = 20
_SHARED_MEMORY = "/dev/shm"


class FilesAreShut(PermissionError):
    """What a plugin gets instead of a file outside its stage."""


class _Watch:
    """The audit hook of a process.

    Attributes:
        own: Folders of the plugin's code, from `package_folders`.
        free: What may be written at any time: the kit's notes.
        foreign: Folders of which nothing may be read.
        notes: What was refused.
        made: What `tempfile` made.
    """

    def __init__(self, own: Sequence[str]) -> None:
        self.own, self.notes, self.made = tuple(own), Notes("files"), Notes("made")
        own_notes = (self.notes.path, self.made.path, os.environ.get(network.NOTES))
        self.free = [_real(path) for path in own_notes if path]
        self.foreign: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._opened(*arguments)
        elif event in _CHANGES:
            for place, opened in _CHANGES[event].items():
                if opened < 0 or arguments[opened] == -1:  # else in a folder that was opened, of which nothing is told
                    self._changed(arguments[place], folder=event == "os.mkdir")
        elif event in _LOOKS:
            self._read(arguments[0] or os.curdir)
        elif event in _MADE:
            self.made.add(_real(arguments[0]))

    def _opened(self, path: object, mode: object, flags: object) -> None:
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        if writes or (isinstance(flags, int) and flags & _WRITING):
            self._changed(path, folder=True)  # `tempfile` opens a folder to make a file without a name
        elif isinstance(mode, str):  # not `os.open`, whose paths may be relative to a folder that was opened
            self._read(path)

    def _changed(self, path: object, *, folder: bool = False) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return
        name = _real(path)
        if folder and Path(name).is_dir():  # it is there already, and stays as it is
            return
        if not (asker := acting_line(self.own)) or self.is_free(name):
            return
        line = f"writes {name} at {asker}"
        self.notes.add(line)
        raise FilesAreShut(f"files are shut while a plugin is checked: it {line}")

    def _read(self, path: object) -> None:
        if not self.foreign or not isinstance(path, str | bytes | os.PathLike):
            return
        name = _real(path)
        if _within(name, self.foreign) and not self.is_free(name) and (asker := acting_line(self.own)):
            self.notes.add(f"reads {name} at {asker}")

    def is_free(self, name: str) -> bool:
        """Tell whether a plugin may write a file."""
        compiled = f"{os.sep}__pycache__" in name or name.endswith(".pyc")
        device = name.startswith(_DEVICES) or name.endswith(":memory:")
        return compiled or device or _within(name, self.free) or _within(name, self.made.lines())


_watches: list[_Watch] = []


def shut(own: Sequence[str]) -> None:
    """Refuse and note from now on, until the process ends, every file that a plugin changes outside its stage.

    Args:
        own: Folders of its code, from `package_folders`; added to those of an earlier call.
    """
    for watch in _watches:
        watch.own += tuple(own)
    if not _watches:
        _watches.append(_Watch(own))
        sys.addaudithook(_watches[0])
        _watch_shared_memory()


def close_to_reading(folders: Sequence[Path]) -> None:
    """Note whatever the plugin reads in some folders from now on: a home, the folder where a command starts.

    What `tempfile` made before was not made by the plugin, and is not free.
    """
    for watch in _watches:
        watch.made.start_over()
        watch.foreign += map(_real, folders)


def asker() -> str:
    """Return the plugin's line of code that is being run; empty if none is, or files are not shut."""
    return asking_line(_watches[0].own) if _watches else ""


def note(line: str) -> None:
    """Note something else about a plugin's surroundings."""
    for watch in _watches:
        watch.notes.add(line)


def is_temporary(path: Path) -> bool:
    """Tell whether `tempfile` made something, here or in a forked process: nobody can know its name again."""
    return any(watch.is_free(_real(path)) for watch in _watches)


def noted() -> list[str]:
    """Return what was noted in this process and those forked from it, oldest first."""
    return [line for watch in _watches for line in watch.notes.lines()][:_MOST]


def start_over() -> None:
    """Empty the notes."""
    for watch in _watches:
        watch.notes.start_over()


def forget() -> None:
    """Remove the notes at the end of a process; files stay shut."""
    for watch in _watches:
        watch.notes.remove()
        watch.made.remove()


def _watch_shared_memory() -> None:
    """Named shared memory outlives its maker, and opening it is no audit event."""
    try:
        _posixshmem: Any = importlib.import_module("_posixshmem")
    except ImportError:  # not on this system
        return
    plain = _posixshmem.shm_open

    def shm_open(name: str, flags: int, *rest: Any, **options: Any) -> int:  # noqa: ANN401 - as the function's
        if not name.startswith("/psm_"):  # a name that Python drew
            _watches[0]._changed(_SHARED_MEMORY + name)
        return int(plain(name, flags, *rest, **options))

    _posixshmem.shm_open = shm_open


def _within(name: str, folders: Sequence[str]) -> bool:
    return any(name == folder or name.startswith(folder + os.sep) for folder in folders)


def _real(path: str | bytes | os.PathLike[Any]) -> str:
    """Return a path with its links followed, as far as it is there."""
    try:
        return os.path.realpath(os.fsdecode(path))
    except OSError:  # the working directory is gone
        return os.fsdecode(path)
