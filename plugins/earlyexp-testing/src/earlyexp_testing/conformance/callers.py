"""Whose code is running: a plugin's own, a library's on its behalf, or the host's."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

import earlyexp_bench
from earlyexp_bench.hooks import GROUP

_CORE = earlyexp_bench.__name__
_HOST = tuple(f"{Path(place).parent}{os.sep}" for place in (earlyexp_bench.__file__, Path(__file__).parent))
_IMPORTS = "<frozen importlib"
_STANDARD = str(Path(os.__file__).parent) + os.sep

_WATCHERS = tuple(str(Path(__file__).with_name(name)) for name in ("files.py", "belongings.py"))


def package_folders(distribution: str, modules: Sequence[str] = ()) -> tuple[str, ...]:
    """Return where the code of a distribution's plugins lies, without importing it: folders, or single files.

    Args:
        distribution: Its name.
        modules: Further modules that are its own, such as those with heavy halves.
    """
    points = [point for point in entry_points(group=GROUP) if point.dist and point.dist.name == distribution]
    places = [place for name in [*(point.module for point in points), *modules] for place in _places(name)]
    return tuple(dict.fromkeys(places))


def _places(module: str) -> Iterator[str]:
    top = module.partition(".")[0]
    ours = top == _CORE  # what is built in is a plugin inside the host's package
    spec = find_spec(".".join(module.split(".")[:2]) if ours else top)
    if spec is not None and spec.submodule_search_locations:
        for place in spec.submodule_search_locations:
            yield from (place + os.sep, str(Path(place).resolve()) + os.sep)
    elif spec is not None and spec.origin:
        yield from (spec.origin, str(Path(spec.origin).resolve()))


def acting_line(folders: Sequence[str]) -> str:
    """Return the line of a plugin's code that is being run, as ``file:line (function)``; empty if none is.

    What a library does while it is imported is its own. In a thread that shows no caller at all a plugin has handed
    over a library's function: the host starts none.

    Args:
        folders: From `package_folders`.
    """
    ours = False
    for frame in _frames():
        name = frame.f_code.co_filename
        if name.startswith(tuple(folders)):
            return _shown(frame)
        if name.startswith(_IMPORTS):
            return ""
        ours |= name.startswith(_HOST) and name not in (__file__, *_WATCHERS)
    return "" if ours or threading.current_thread() is threading.main_thread() else "a thread of its own"


def asking_line(folders: Sequence[str]) -> str:
    """Return the same where a plugin asks itself, with nothing but the standard library between."""
    for frame in _frames():
        name = frame.f_code.co_filename
        if name.startswith(tuple(folders)):
            return _shown(frame)
        standard = name.startswith(("<frozen", _STANDARD)) and "site-packages" not in name
        if name not in (__file__, *_WATCHERS) and not standard:
            return ""
    return ""


def _frames() -> Iterator[FrameType]:
    """Yield the frames of the stack, the innermost first."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def _shown(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})"
