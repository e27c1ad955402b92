"""Another machine on another day: what must not decide a result, changed on purpose in a process that is thrown away.

Directories are listed the other way round and the clock runs 400 days ahead. Hash seed and time zone are changed by
whoever starts the process, from ``ENVIRONMENT``.
"""

import datetime
import importlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

ENVIRONMENT = {"PYTHONHASHSEED": "271828", "TZ": "Pacific/Chatham"}
SECONDS_AHEAD = 400 * 86_400 + 5 * 3_600 + 417.0
_COMPILED_ON_DATETIME = ("pandas", "pyarrow.parquet", "datasets")


def disturb() -> None:
    """Change the surroundings of this process. Call it before the code under test is imported.

    Compiled libraries that derive from the classes of ``datetime`` must meet the true ones, so these come first.
    """
    for name in _COMPILED_ON_DATETIME:
        importlib.import_module(name)
    _reverse_listings()
    _advance_clock()


def _reverse_listings() -> None:
    list_names: Callable[..., list[Any]] = os.listdir
    scan: Callable[..., Any] = os.scandir

    def scandir(*arguments: Any) -> "_Entries":  # noqa: ANN401 - a path, a descriptor or nothing
        with scan(*arguments) as entries:
            return _Entries(reversed(list(entries)))

    os.listdir = lambda *arguments: list_names(*arguments)[::-1]
    os.scandir = scandir  # type: ignore[assignment]


class _Entries:
    """What ``os.scandir`` returns: an iterator that can be closed."""

    def __init__(self, entries: Iterator[Any]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[Any]:
        return self._entries

    def __next__(self) -> Any:  # noqa: ANN401 - os.DirEntry of str or bytes
        return next(self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release nothing: all entries were read at once."""


def _advance_clock() -> None:
    now, localtime, gmtime, strftime = time.time, time.localtime, time.gmtime, time.strftime
    time.time = lambda: now() + SECONDS_AHEAD
    time.time_ns = lambda: int(time.time() * 1e9)
    time.localtime = lambda seconds=None: localtime(time.time() if seconds is None else seconds)
    time.gmtime = lambda seconds=None: gmtime(time.time() if seconds is None else seconds)
    time.strftime = lambda form, moment=None: strftime(form, time.localtime() if moment is None else moment)
    datetime.date, datetime.datetime = _Date, _DateTime  # type: ignore[misc]


class _Instances(type):
    """Dates made by others count as instances of the classes that replace theirs."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


class _Date(datetime.date, metaclass=_Instances):
    __slots__ = ()

    @classmethod
    def today(cls) -> Self:
        return cls.fromtimestamp(time.time())


class _DateTime(datetime.datetime, metaclass=_Instances):
    __slots__ = ()

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Self:
        return cls.now(datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Self:
        return cls.now()
