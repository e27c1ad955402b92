"""The formats that rows are read from, told by a file's suffix, and files as what is in them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.files import file_sha256

Format = Literal["txt", "jsonl", "json", "csv", "tsv", "parquet", "arrow"]
SUFFIXES: dict[str, Format] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "txt",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
COMPRESSIONS = {".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".zst": "zst"}
READ = "txt, jsonl, json, csv, tsv, parquet or arrow; all but the last two also with .gz, .bz2, .xz or .zst"


@dataclass(frozen=True)
class Encoding:
    """How a file is read; an empty ``compression`` is none."""

    format: Format
    compression: str = ""

    def __str__(self) -> str:
        return f"{self.format}.{self.compression}" if self.compression else self.format


def encoding_of(path: Path, declared: Format | None = None) -> Encoding | None:
    """Return how a file is read by its suffixes, of which ``declared`` replaces that of the format; None if unknown."""
    compression = COMPRESSIONS.get(path.suffix.lower(), "")
    inner = path.with_suffix("") if compression else path
    found = declared or SUFFIXES.get(inner.suffix.lower())
    if found is None or (compression and found in ("parquet", "arrow")):
        return None
    return Encoding(found, compression)


def sha256(path: Path) -> str:
    """Hash a file's content.

    Raises:
        UserError: It cannot be read.
    """
    try:
        return file_sha256(path)
    except OSError as error:
        raise unreadable(path, error) from error


def real_file(path: Path) -> tuple[int, int]:
    """Return what is the same for all names and links of one file, and for no two files."""
    status = path.stat()
    return status.st_dev, status.st_ino


def one_name_each(paths: Iterable[Path]) -> list[Path]:
    """Return the first of the names of every real file."""
    first: dict[tuple[int, int], Path] = {}
    for path in paths:
        first.setdefault(real_file(path), path)
    return list(first.values())


def unreadable(path: str | os.PathLike[str], error: Exception) -> UserError:
    """Return what to raise for a file or folder that the system does not let us read."""
    said = getattr(error, "strerror", None) or error
    return UserError(f"cannot be read: {said}", where=os.fspath(path), expected="a readable file or folder")
