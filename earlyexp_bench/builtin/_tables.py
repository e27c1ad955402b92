"""Rows of tables: csv, parquet and arrow, of which only the columns that were asked for are read."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from earlyexp_bench.builtin._lines import numbered_lines
from earlyexp_bench.builtin._rows import Values, check_columns
from earlyexp_bench.builtin.formats import Encoding
from earlyexp_bench.contracts import UserError

Batches = Iterator[tuple[Any, str]]
"""Rows of the columns asked for, and which part of the file they are."""
_BATCH = 1024
# csv's own limit is 128 KiB a field, which a document may exceed; this is the most that it takes everywhere.
_LARGEST_FIELD = 2**31 - 1
_QUOTED = 'values in "…" where they hold quotes or ends of lines'


def csv_rows(path: Path, encoding: Encoding, columns: tuple[str, ...]) -> Values:
    """Yield (where, row) of a table in text, whose first line names its columns; every value is text.

    Raises:
        UserError: A column is missing, quotes do not match, or a row has more or fewer values than there are columns.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    delimiter = "\t" if encoding.format == "tsv" else ","
    reader = csv.reader((line for _, line in numbered_lines(path, encoding)), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    line = 1
    try:
        for row in reader:
            where, line = f"{path}:{line}", reader.line_num + 1
            if not row:
                continue
            if names is None:
                names = row
                check_columns(columns, names, where)
                continue
            if len(row) != len(names):
                raise UserError(f"{len(row)} values", where=where, expected=f"{len(names)}, one a column")
            yield where, dict(zip(names, row, strict=True))
    except csv.Error as error:
        said = f"cannot be read as {encoding.format}: {error}"
        raise UserError(said, where=f"{path}:{line}", expected=_QUOTED) from error


def binary_rows(path: Path, encoding: Encoding, columns: tuple[str, ...]) -> Values:
    """Yield (where, row) of a parquet file, or of an Arrow file or stream, such as `save_to_disk` writes.

    Raises:
        UserError: It is none, a column is missing, or a value cannot be read.
    """
    batches, expected = _BINARY[encoding.format]
    number = 0
    try:
        for batch, part in batches(path, columns):
            yield from _rows_of(batch, columns, path, number, part)
            number += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"cannot be read as {encoding.format}: {error}", where=str(path), expected=expected) from error


def _parquet_batches(path: Path, columns: tuple[str, ...]) -> Batches:
    with pq.ParquetFile(path) as file:
        check_columns(columns, list(file.schema_arrow.names), str(path))
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(_BATCH, row_groups=[group], columns=list(columns)):
                yield batch, f" (row group {group})"


def _arrow_batches(path: Path, columns: tuple[str, ...]) -> Batches:
    names = _opened_arrow(path).schema.names
    check_columns(columns, list(names), str(path))
    for batch in _opened_arrow(path, [names.index(name) for name in columns]):
        yield batch, ""


_BINARY = {"parquet": (_parquet_batches, "a parquet file"), "arrow": (_arrow_batches, "an Arrow file")}


def _opened_arrow(path: Path, fields: list[int] | None = None) -> Any:  # noqa: ANN401 - pyarrow has no types
    options = pa.ipc.IpcReadOptions(included_fields=fields or [])
    try:
        reader = pa.ipc.open_file(str(path), options=options)
    except pa.ArrowInvalid:
        return pa.ipc.open_stream(pa.input_stream(str(path)), options=options)
    return reader if fields is None else (reader.get_batch(i) for i in range(reader.num_record_batches))


def _rows_of(batch: Any, columns: tuple[str, ...], path: Path, before: int, part: str) -> Values:  # noqa: ANN401
    try:
        rows = batch.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):
        rows = (_row(batch, columns, index, f"{path}: row {before + index + 1}{part}") for index in range(len(batch)))
    for index, values in enumerate(rows, start=before + 1):
        yield f"{path}: row {index}{part}", values


def _row(batch: Any, columns: tuple[str, ...], index: int, where: str) -> dict[str, Any]:  # noqa: ANN401
    """Read one row value by value, to say which of them cannot be had."""
    values = {}
    for name in columns:
        try:
            values[name] = batch.column(name)[index].as_py()
        except (ValueError, OverflowError, pa.ArrowException) as error:
            raise UserError(f"{name!r} cannot be read: {error}", where=where, expected="a value Python has") from error
    return values
