"""Plain files as a domain: txt, jsonl and parquet, split by file or by group."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from earlyexp_bench.builtin._rows import Row, only, some, to_document
from earlyexp_bench.builtin.domains import FilesParams, common_root, file_format, find_files
from earlyexp_bench.contracts import SPLITS, Document, Split, UserError


class Files:
    """The documents of plain files, in the order of file names and of rows within them."""

    def __init__(self, params: FilesParams) -> None:
        self.params = params

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
        paths = find_files(self.params, source)
        root = common_root(paths)
        for path in paths:
            group = path.absolute().relative_to(root).as_posix() if self.params.group_by == "file" else None
            for row in _rows(path, self.params, group):
                yield to_document(row, self.params)


def _rows(path: Path, params: FilesParams, group: str | None) -> Iterator[Row]:
    reader = {"txt": _txt, "jsonl": _jsonl, "parquet": _parquet}[file_format(path, params)]
    empty = True
    for where, values in reader(path, params):
        empty = False
        yield Row(values, where, group)
    if empty:
        raise UserError("the file is empty", where=str(path), expected="at least one document")


def _txt(path: Path, params: FilesParams) -> Iterator[tuple[str, dict[str, Any]]]:
    text = _decode(path)
    if params.document_separator == "file":
        parts = [(1, text.strip())]
    elif params.document_separator == "line":
        parts = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    else:
        parts = list(_paragraphs(text))
    # The text is one column, under whatever name text_field has: a txt file has no columns to be missing.
    yield from ((f"{path}:{number}", {params.text_field: part}) for number, part in parts if part)


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield (first line, text) of every run of lines that are not blank."""
    lines: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            yield number - len(lines), "\n".join(lines)
            lines = []


def _jsonl(path: Path, params: FilesParams) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(_decode(path).split("\n"), start=1):
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


def _decode(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 at byte {error.start}", where=str(path), expected="a text file in UTF-8") from error
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path), expected="a readable file") from error
