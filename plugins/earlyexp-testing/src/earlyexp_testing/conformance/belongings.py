"""Another user's machine: what a plugin must neither ask for nor rely on, changed in a process that is thrown away.

Home, temporary folder and working directory are new and empty; what is left there at the end was left by the plugin,
whichever program or compiled library wrote it. Language, user and host are others, and whoever asks for them is noted.
"""

import getpass
import locale
import os
import platform
import socket
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from earlyexp_testing.conformance import files

LANGUAGE = {
    # The encoding of files that nobody names one for is then ASCII, as it is Latin-1 elsewhere.
    "LC_ALL": "C",
    "LANG": "nb_NO.ISO8859-1",
    "LANGUAGE": "nb",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
}
"""For the environment of an interpreter that is to start with another language."""
_USER = {"USER": "nobody-else", "LOGNAME": "nobody-else", "USERNAME": "nobody-else", "HOSTNAME": "no-other-host"}
_HOMES = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "TORCH_HOME", "TRANSFORMERS_CACHE", "MPLCONFIGDIR")
_PERSONAL = {*_USER, "LANG", "LANGUAGE", "TZ", "COMPUTERNAME"}
_ENUMERATED = 4
"""Variables read on one line from which on it copies the environment instead of asking for one of them."""


@contextmanager
def elsewhere(root: Path, own: Sequence[str]) -> Iterator[None]:
    """Live in new empty folders until the end of the block; note what is left in them, and who asks for whom.

    Args:
        root: Where the folders are made.
        own: Folders of the plugin's code, in which nothing may change either.
    """
    home, work, temporary = (root / name for name in ("home", "work", "temporary"))
    for folder in (home, work, temporary):
        folder.mkdir(parents=True)
    _move(home, work, temporary)
    started_in = Path.cwd()
    os.chdir(work)
    asked = _Asked()
    before = _listed(own)
    files.close_to_reading([home, work, temporary])
    try:
        yield
    finally:
        os.chdir(started_in)
        asked.tell()
        for path in [*_left(home), *_left(work), *_left(temporary)]:
            files.note(f"leaves {path.relative_to(root)} behind")
        for name in sorted(_listed(own) - before):
            files.note(f"changes {name[0]} of its own package")


def own_home(root: Path) -> None:
    """Give this process a home and temporary files of its own, so that nothing that is checked reaches the user's."""
    home, temporary = root / "home", root / "temporary"
    for folder in (home, temporary):
        folder.mkdir(exist_ok=True)
    os.environ.update({"HOME": str(home), "USERPROFILE": str(home), "TMPDIR": str(temporary)})
    tempfile.tempdir = str(temporary)  # `tempfile` has looked it up already, or would try it out by writing


def _move(home: Path, work: Path, temporary: Path) -> None:
    os.environ.update(dict.fromkeys(_HOMES, str(home)) | _USER | {"TMPDIR": str(temporary), "PWD": str(work)})
    for name in _CACHES:
        os.environ.pop(name, None)
    tempfile.tempdir = str(temporary)


def _left(folder: Path) -> list[Path]:
    """Return what is left in a folder, but for what `tempfile` named: nobody can find that again."""
    return [path for path in sorted(folder.iterdir()) if not files.is_temporary(path)]


def _listed(folders: Sequence[str]) -> set[tuple[str, int, int]]:
    paths = (path for folder in folders for path in Path(folder).rglob("*") if "__pycache__" not in path.parts)
    return {(str(path), stat.st_size, stat.st_mtime_ns) for path in paths if path.is_file() and (stat := path.stat())}


class _Asked:
    """Notes of who asked for what of the user's belongings."""

    def __init__(self) -> None:
        self.variables: dict[str, set[str]] = defaultdict(set)
        asked = self

        class Environment(type(os.environ)):  # type: ignore[misc]
            """`os.environ`, watched."""

            def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - of str or bytes
                if line := files.asker():
                    asked.variables[line].add(os.fsdecode(key))
                return super().__getitem__(key)

        os.environ.__class__ = Environment
        _be_somebody_else()
        for module, name in _ASKING:
            setattr(module, name, _noting(name, getattr(module, name)))

    def tell(self) -> None:
        """Note who asked for a personal variable."""
        for line, names in self.variables.items():
            personal = sorted(name for name in names if name in _PERSONAL or name.startswith("LC_"))
            if personal and len(names) < _ENUMERATED:
                files.note(f"asks for {', '.join(personal)} at {line}")


_ASKING: tuple[tuple[Any, str], ...] = (
    (getpass, "getuser"),
    (os, "getlogin"),
    (socket, "gethostname"),
    (platform, "node"),
    (locale, "setlocale"),
    (locale, "strxfrm"),
    (locale, "strcoll"),
)


def _be_somebody_else() -> None:
    """Another host, whose language sorts in another order."""
    os_name, sort_key, compare = os.uname(), locale.strxfrm, locale.strcoll
    other = os.uname_result((os_name[0], _USER["HOSTNAME"], *os_name[2:]))
    os.uname = lambda: other
    socket.gethostname = platform.node = lambda: _USER["HOSTNAME"]
    locale.strxfrm = lambda text: sort_key(text.swapcase())
    locale.strcoll = lambda one, other: compare(one.swapcase(), other.swapcase())


def _noting(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def noting(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as the function's
        if line := files.asker():
            files.note(f"asks for {name}() at {line}")
        return call(*arguments, **options)

    return noting
