"""Paths as people write them."""

from pathlib import Path

from earlyexp_bench.contracts.errors import UserError


def expanded(path: str | Path) -> Path:
    """Replace ``~`` and ``~user`` at the beginning of a path by a home directory, as a shell does.

    Where there is no such user the path is left alone, so that a file may be called ``~notes.txt``.

    Raises:
        UserError: ``~`` is used and nobody knows where home is.
    """
    if not str(path).startswith("~"):
        return Path(path)
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        if Path(path).parts[0] != "~":
            return Path(path)
        raise UserError(f"{str(path)!r} begins with '~', and HOME is not set", expected="a path in full") from error
