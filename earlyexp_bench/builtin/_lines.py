"""The lines of a text file, packed or not; the file is never held whole."""

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from earlyexp_bench.builtin.formats import Encoding, unreadable
from earlyexp_bench.contracts import UserError

Numbered = Iterator[tuple[int, str]]


def numbered_lines(path: Path, encoding: Encoding) -> Numbered:
    r"""Yield (number, line) with its end ``\n``, which alone ends a line, and without a byte order mark.

    Raises:
        UserError: The file cannot be read, is packed and damaged, or a byte is not UTF-8.
    """
    offset = 0
    try:
        with _opened(path, encoding.compression) as file:
            for number, raw in enumerate(file, start=1):
                line = raw.removeprefix(codecs.BOM_UTF8) if offset == 0 else raw
                yield number, _decoded(line, offset + len(raw) - len(line), path)
                offset += len(raw)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowException) as error:
        raise unreadable(path, error) from error


def plain_lines(path: Path, encoding: Encoding) -> Numbered:
    """Yield (number, line) without line ends, be they Unix's, DOS's or old Mac's."""
    number = 0
    for _, line in numbered_lines(path, encoding):
        for text in line.removesuffix("\n").removesuffix("\r").split("\r"):
            number += 1
            yield number, text


def _decoded(line: bytes, offset: int, path: Path) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        at = offset + error.start
        raise UserError(f"not UTF-8 at byte {at}", where=str(path), expected="a text file in UTF-8") from error


def _opened(path: Path, compression: str) -> IO[bytes]:
    if compression == "zst":
        return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))
    openers: dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
    opened: IO[bytes] = openers[compression](path) if compression else path.open("rb")
    return opened
