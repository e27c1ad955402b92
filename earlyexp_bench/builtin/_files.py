"""Plain files as a domain: txt, jsonl and parquet, split by file or by group."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from earlyexp_bench.builtin._rows import Row, only, some, to_document
from earlyexp_bench.builtin.domains import FilesParams, HashedFile, hashed_files
from earlyexp_bench.contracts import SPLITS, Document, Split, UserError


class Files:
    """The documents of plain files, in the order of the files' hashes and of rows within them."""

    def __init__(self, params: FilesParams) -> None:
        self.params = params
        self._files: dict[Split, list[HashedFile]] = {}

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of ``split``: of its own files, or its share of the groups of the train files.

        Raises:
            UserError: A file is missing, unreadable, empty or malformed; the message says where.
        """
        own: set[Split] = {name for name in SPLITS if name != "train" and getattr(self.params, name)}
        found = self._read(split) if split in own else only(self._read("train"), split, own, self.params)
        yield from some(found, split, "files")

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return none: plain files are measured by their held-out loss."""
        return {}

    def _read(self, source: Split) -> Iterator[Document]:
        if source not in self._files:
            self._files[source] = hashed_files(self.params, source)
        for file in self._files[source]:
            for row in _rows(file, self.params):
                yield to_document(row, self.params)


def _rows(file: HashedFile, params: FilesParams) -> Iterator[Row]:
    reader = {"txt": _txt, "jsonl": _jsonl, "parquet": _parquet}[file.format]
    # A file's group is what is in it: its name would make the splits depend on where the files lie.
    group = file.sha256[:16] if params.group_by == "file" else None
    empty = True
    for where, values in reader(file.path, params):
        empty = False
        yield Row(values, where, group)
    if empty:
        raise UserError("the file is empty", where=str(file.path), expected="at least one document")


def _txt(path: Path, params: FilesParams) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = _lines(path)
    if params.document_separator == "file":
        parts = iter([(1, "\n".join(line for _, line in lines).strip())])
    elif params.document_separator == "line":
        parts = ((number, line.strip()) for number, line in lines)
    else:
        parts = _paragraphs(lines)
    # The text is one column, under whatever name text_field has: a txt file has no columns to be missing.
    yield from ((f"{path}:{number}", {params.text_field: part}) for number, part in parts if part)


def _paragraphs(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield (first line, text) of every run of lines that are not blank."""
    first, lines = 1, list[str]()
    for number, line in numbered:
        if not line.strip():
            if lines:
                yield first, "\n".join(lines)
            lines = []
            continue
        first = first if lines else number
        lines.append(line.rstrip())
    if lines:
        yield first, "\n".join(lines)


def _jsonl(path: Path, params: FilesParams) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in _lines(path):
        if line.strip():
            where = f"{path}:{number}"
            yield where, _object(line, where)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise UserError(f"not JSON: {error.msg} at column {error.colno}", where=where, expected="one object") from error
    if not isinstance(value, dict):
        raise UserError(f"a JSON {type(value).__name__}", where=where, expected="one object a line")
    return value


def _parquet(path: Path, params: FilesParams) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1024):
                for values in batch.to_pylist():
                    number += 1
                    yield f"{path}: row {number}", values
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"cannot be read as parquet: {error}", where=str(path), expected="a parquet file") from error


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number, line) without line ends, be they Unix's, DOS's or old Mac's; the file is never held whole.

    Raises:
        UserError: It cannot be read, or a byte is not UTF-8.
    """
    number, offset = 0, 0
    try:
        with path.open("rb") as file:
            for raw in file:
                line = raw.removeprefix(codecs.BOM_UTF8) if offset == 0 else raw
                for text in line.decode().removesuffix("\n").removesuffix("\r").split("\r"):
                    number += 1
                    yield number, text
                offset += len(raw)
    except UnicodeDecodeError as error:
        at = offset + error.start
        raise UserError(f"not UTF-8 at byte {at}", where=str(path), expected="a text file in UTF-8") from error
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path), expected="a readable file") from error
