"""Rows to documents: what plain files and hub data sets have in common."""

import datetime
import decimal
import difflib
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from earlyexp_bench.builtin.parameters import FilesParams, HubParams, RowParams
from earlyexp_bench.contracts import Document, Split, UserError, split_of

Values = Iterator[tuple[str, dict[str, Any]]]
"""Where a row stands, and its columns."""
_GROUPS = (str, bool, int, float, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta)


@dataclass(frozen=True)
class DataRow:
    """One row and where it stands, e.g. ``notes.jsonl:12``; ``group`` is a default where no column says it."""

    values: Mapping[str, Any]
    where: str
    group: str | None = None


def to_document(row: DataRow, params: RowParams) -> Document:
    """Turn a row into a document.

    Raises:
        UserError: A column is missing, is not text, or is empty.
    """
    if params.prompt_field and params.answer_field:
        prompt, answer = _text(row, params.prompt_field), _text(row, params.answer_field)
        gap = "" if prompt[-1].isspace() or answer[0].isspace() else " "
        text, start = f"{prompt}{gap}{answer}", len(prompt)
    else:
        text, start = _text(row, params.text_field), 0
    return Document(text=text, group=_group(row, params, text), answer_start=start)


def check_columns(columns: Iterable[str], there: list[str], where: str) -> None:
    """Refuse columns that are not there, or are there twice.

    Raises:
        UserError: It names the column and the nearest that there is.
    """
    for field in columns:
        if there.count(field) > 1:
            raise UserError(f"there are {there.count(field)} columns {field!r}", where=where, expected="one")
        if field not in there:
            close = difflib.get_close_matches(field, there, n=1, cutoff=0.5)
            right = f"{close[0]!r}?" if close else f"one of {', '.join(map(repr, there))}"
            raise UserError(f"there is no column {field!r}", where=where, expected=right)


def _group(row: DataRow, params: RowParams, text: str) -> str:
    """Return the group: a column, the row's own, or the text's hash, so that equal documents stay together."""
    if params.group_field:
        return _named_group(row, params.group_field)
    return row.group or hashlib.sha256(text.encode()).hexdigest()[:16]


def _named_group(row: DataRow, field: str) -> str:
    value = _value(row, field)
    empty = value is None or (isinstance(value, float) and math.isnan(value)) or (value == "" or str(value).isspace())
    if empty or not isinstance(value, _GROUPS):
        kind = "empty" if empty else f"{type(value).__name__}, not one value"
        raise UserError(f"{field!r} is {kind}", where=row.where, expected="what its group is, in every row")
    return _whole(str(value), field, row)


def _text(row: DataRow, field: str) -> str:
    value = _value(row, field)
    if not isinstance(value, str) or not value.strip():
        kind = "empty" if isinstance(value, str) or value is None else f"{type(value).__name__}, not text"
        raise UserError(f"{field!r} is {kind}", where=row.where, expected="text in every row")
    return _whole(value, field, row)


def _whole(text: str, field: str, row: DataRow) -> str:
    """Return ``text``; half of a character, as a cut in the middle of an escaped one leaves it, cannot be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"{field!r} has half of a character, {text[error.start]!r}, at its character {error.start + 1}",
            where=row.where,
            expected=r"whole characters: the other half of the pair beside it, or none",
        ) from error
    return text


def _value(row: DataRow, field: str) -> Any:  # noqa: ANN401 - whatever the column holds
    check_columns([field], list(row.values), row.where)
    return row.values[field]


def documents_of(
    split: Split, read: Callable[[Split], Iterator[Document]], params: FilesParams | HubParams, where: str
) -> Iterator[Document]:
    """Yield the documents of ``split``: of its own source, or its share of the groups of train's.

    Args:
        split: The split.
        read: Yields the documents of a split's own source.
        params: Which held-out splits have one, and the shares of those that have none.
        where: What the sources are, for messages.

    Raises:
        UserError: There are none.
    """
    own: set[Split] = {name for name in ("validation", "test") if getattr(params, name)}
    documents = read(split) if split in own else _share(read("train"), split, own, params)
    first = next(documents, None)
    if first is None:
        raise UserError(
            f"the {split} split has no documents",
            where=where,
            expected="data in every split; a larger fraction, more groups, or files of its own",
        )
    yield first
    yield from documents


def _share(documents: Iterator[Document], split: Split, own: set[Split], params: RowParams) -> Iterator[Document]:
    """Yield of train's documents those whose group is of ``split``; no group is of a split with a source of its own."""
    validation = 0.0 if "validation" in own else params.validation_fraction
    test = 0.0 if "test" in own else params.test_fraction
    for document in documents:
        if split_of(document.group, salt="builtin/rows", validation=validation, test=test) == split:
            yield document
