"""Patterns to files: links are followed, loops of links end, and what exists by a name is that before a pattern."""

import fnmatch
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from earlyexp_bench.builtin.formats import SUFFIXES, real_file, unreadable
from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.paths import expanded

_MAGIC = re.compile(r"[*?\[]")
_LOOKED_AT = 1000
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def named_files(pattern: str, folder: Path | None = None) -> list[Path]:
    """Return the files that a path or pattern names, each name once; ``**`` stands for any number of folders.

    Args:
        pattern: As it was written.
        folder: Where a relative one starts; None: here.

    Raises:
        UserError: There is none, it is a folder, or something that it names is no file that can be read.
    """
    try:
        found = sorted(set(expand(pattern, folder)), key=lambda path: path.as_posix())
        files = [path for path in found if is_file(path)]
    except (OSError, ValueError) as error:  # a name too long, or with a NUL in it
        raise unreadable(pattern, error) from error
    if files:
        return files
    if found:
        raise UserError(f"{pattern!r} is a folder", expected=f"files in it, e.g. {_inside(pattern, found[0])}")
    raise UserError(f"{pattern!r} matches no file", expected=f"a file, or a glob, from {folder or Path.cwd()}")


def expand(pattern: str, folder: Path | None = None, passed_over: tuple[str, ...] = (".",)) -> Iterator[Path]:
    """Yield what matches a pattern, folders too, some of it perhaps twice.

    Args:
        pattern: A path whose parts may hold ``*``, ``?`` and ``[…]``, or be ``**``.
        folder: Where a relative pattern starts; None: here.
        passed_over: How names begin that are matched only by patterns that begin so too.
    """
    path = expanded(pattern)
    parts = path.parts[1:] if path.is_absolute() else path.parts
    start = Path(path.anchor) if path.is_absolute() else folder or Path()
    yield from _below(start, parts, passed_over) if parts else [start]


def is_file(path: Path) -> bool:
    """Tell a file from a folder.

    Raises:
        UserError: It is neither: a link to nothing, a pipe, a socket, a device.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if not path.is_symlink():
            raise unreadable(path, error) from error
        missing = f"is a link to {path.readlink()}, which leads nowhere"
        raise UserError(missing, where=str(path), expected="a file, or a link to one") from error
    for check, kind in _KINDS:
        if check(mode):
            raise UserError(f"is {kind}, which cannot be read twice", where=str(path), expected="a file")
    return stat.S_ISREG(mode)


def _below(folder: Path, parts: tuple[str, ...], passed_over: tuple[str, ...]) -> Iterator[Path]:
    head, rest = parts[0], parts[1:]
    if os.path.lexists(folder / head) or not _MAGIC.search(head):
        yield from _at(folder / head, rest, passed_over)
    elif head == "**":
        for below in _folders(folder, passed_over):
            yield from _below(below, rest or ("*",), passed_over)
    elif "**" in head:
        right = head.replace("**", "**/*", 1).removesuffix("/*") or "**"
        raise UserError(f"'**' is a part of {head!r}", expected=f"'**' alone between two '/': {right}")
    else:
        for name in (entry.name for entry in _entries(folder)):
            if fnmatch.fnmatchcase(name, head) and (_seen(name, passed_over) or not _seen(head, passed_over)):
                yield from _at(folder / name, rest, passed_over)


def _at(path: Path, rest: tuple[str, ...], passed_over: tuple[str, ...]) -> Iterator[Path]:
    if rest:
        yield from _below(path, rest, passed_over)
    elif os.path.lexists(path):
        yield path


def _folders(top: Path, passed_over: tuple[str, ...]) -> Iterator[Path]:
    """Yield a folder and those below it, each real one once, however links lead to it."""
    seen: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        if not folder.is_dir() or real_file(folder) in seen:
            continue
        seen.add(real_file(folder))
        yield folder
        below = [folder / entry.name for entry in _entries(folder) if entry.is_symlink() or entry.is_dir()]
        waiting.extend(path for path in reversed(below) if _seen(path.name, passed_over))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(folder, error) from error


def _seen(name: str, passed_over: tuple[str, ...]) -> bool:
    return not name.startswith(passed_over)


def _inside(pattern: str, folder: Path) -> str:
    """Return a pattern for the files in a folder, of the kind that is most of them."""
    below = (Path(entry.name).suffix for one in _folders(folder, (".",)) for entry in _entries(one))
    known = Counter(suffix for suffix in islice(below, _LOOKED_AT) if suffix.lower() in SUFFIXES)
    suffix = known.most_common(1)[0][0] if known else ".txt"
    return f"{pattern.rstrip('/') or '.'}/**/*{suffix}"
