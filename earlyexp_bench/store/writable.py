"""Places that cannot be written are the user's mistake, and are found out before the work whose result goes there."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from earlyexp_bench.contracts import UserError, system_mistake


def require_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written or, where it is missing, cannot be made; leaves no trace.

    Raises:
        UserError: With the system's reason.
    """
    with writing(folder):
        place = folder.absolute()
        while not place.exists():
            place = place.parent
        with tempfile.TemporaryFile(dir=place):
            pass


@contextmanager
def writing(path: Path, expected: str = "a folder you may write") -> Iterator[None]:
    """Make an error of the system, while ``path`` is written, one that a user can act on.

    Raises:
        UserError: With the system's reason.
    """
    try:
        yield
    except OSError as error:
        known = system_mistake(error)
        said = error.strerror or error
        raise UserError(f"cannot write {path}: {said}", expected=known.expected if known else expected) from error
