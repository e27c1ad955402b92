"""Paths as people write them, which start at the benchmark's folder, wherever a command runs."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from earlyexp_bench.contracts.errors import UserError

FOLDER = "folder"
"""In the context of a validation: the folder that relative paths start at."""


class DataPath(str):
    """A path as a benchmark writes it, or a pattern of paths: the type of parameters that say where data lie.

    The text is what was written, so that messages and keys have that; open `path`.

    Attributes:
        folder: Where it starts if it is relative: the benchmark's folder; None: where the process works.
    """

    folder: Path | None

    def __new__(cls, written: str, folder: Path | None = None) -> "DataPath":
        """Take a path as it was written."""
        made = super().__new__(cls, written)
        made.folder = folder
        return made

    @property
    def path(self) -> Path:
        """Where it leads, from anywhere.

        Raises:
            UserError: It begins with ``~`` and nobody knows where home is.
        """
        return (self.folder or Path()) / expanded(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.with_info_after_validator_function(cls._placed, core_schema.str_schema())

    @classmethod
    def _placed(cls, written: str, info: ValidationInfo) -> "DataPath":
        return cls(written, (info.context or {}).get(FOLDER))


@contextlib.contextmanager
def shown_from(folder: Path, written: object) -> Iterator[None]:
    """Let errors that are raised inside name paths as they are seen from a folder: as a benchmark there writes them.

    Args:
        folder: The benchmark's.
        written: Where it says that data lie; if that is inside the folder and written in full, so it is shown.

    Raises:
        UserError: As raised, with shorter paths.
    """
    inside = str(folder / "_").removesuffix("_")
    try:
        yield
    except UserError as error:
        if inside in str(written):
            raise
        where, message, expected = (text.replace(inside, "") for text in (error.where, error.message, error.expected))
        shown = "." if where == str(folder) else where
        raise UserError(message, where=shown, expected=expected) from error


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
