"""Conditions of the system that a user can mend: a full disk, a folder of somebody else, a path too long."""

import errno
import os
import re
from collections.abc import Iterator

from earlyexp_bench.contracts.errors import UserError

_SPACE = "room on that disk: `earlyexp-bench gc` frees a store's checkpoints; --store and --out name other folders"
_RIGHTS = "a folder you may write, with all that is in it: ask its owner, or name another with --store or --out"
_FILES = "fewer programs at a time, or a higher limit (`ulimit -n`)"
REMEDIES = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "a disk and a limit (`ulimit -f`) that take files of this size",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENAMETOOLONG: "a shorter path",
    errno.EIO: "a disk that works",
    errno.ENOMEM: "more memory, or fewer --workers",
    errno.ESTALE: "a file system that is there all the time",
}
# Libraries in other languages quote the number; numpy says only how much it could not write.
_QUOTED = re.compile(r"\(os error (\d+)\)|\[errno (\d+)\]", re.IGNORECASE)
_CUT_SHORT = re.compile(r"\d+ requested and \d+ written")


def system_mistake(error: BaseException, place: str = "") -> UserError | None:
    """Return what to tell the user if it is the system that an error is about, and not a program; else None.

    Args:
        error: Itself, what it was raised from, or what it quotes may be the system's.
        place: What was being written, for errors that do not say.
    """
    for one in _chain(error):
        number = _number(one)
        if number in REMEDIES:
            return UserError(os.strerror(number), where=_path(one) or place, expected=REMEDIES[number])
    return None


def explained(error: OSError) -> UserError:
    """Return what to tell the user of any error of the system."""
    said = error.strerror or str(error) or type(error).__name__
    return system_mistake(error) or UserError(said, where=_path(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _number(error: BaseException) -> int:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if isinstance(error, OSError) and _CUT_SHORT.search(str(error)):
        return errno.ENOSPC
    quoted = _QUOTED.search(str(error))
    return int(quoted[1] or quoted[2]) if quoted else 0


def _path(error: BaseException) -> str:
    name = getattr(error, "filename", None)
    return os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else ""
