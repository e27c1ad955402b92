"""One way to read documents, whatever the format."""

from collections.abc import Iterator
from pathlib import Path

from earlyexp_bench.builtin._json_rows import json_rows, jsonl_rows
from earlyexp_bench.builtin._rows import DataRow, Values, to_document
from earlyexp_bench.builtin._tables import binary_rows, csv_rows
from earlyexp_bench.builtin._text_rows import texts
from earlyexp_bench.builtin.formats import Encoding
from earlyexp_bench.builtin.parameters import RowParams, Separator
from earlyexp_bench.contracts import Document, UserError

_TABLES = {
    "jsonl": jsonl_rows,
    "json": json_rows,
    "csv": csv_rows,
    "tsv": csv_rows,
    "parquet": binary_rows,
    "arrow": binary_rows,
}


def read_documents(
    path: Path, encoding: Encoding, params: RowParams, *, separator: Separator, group: str | None = None
) -> Iterator[Document]:
    """Yield the documents of a file, of which there must be one.

    Args:
        path: The file.
        encoding: How it is read.
        params: Which columns are asked for; no other decides anything.
        separator: What ends a document in a txt file, whose only column is the one that holds the text.
        group: Group of every row, unless a column says it.

    Raises:
        UserError: The file is empty, unreadable or malformed; the message says where.
    """
    empty = True
    for where, values in _rows(path, encoding, params, separator):
        empty = False
        yield to_document(DataRow(values, where, group), params)
    if empty:
        raise UserError("the file is empty", where=str(path), expected="at least one document")


def _rows(path: Path, encoding: Encoding, params: RowParams, separator: Separator) -> Values:
    if encoding.format != "txt":
        return _TABLES[encoding.format](path, encoding, params.columns)
    return ((where, {params.text_field: text}) for where, text in texts(path, encoding, separator))
