"""Rows to documents: what plain files and hub data sets have in common."""

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from earlyexp_bench.builtin.domains import RowParams
from earlyexp_bench.contracts import Document, Split, UserError, split_of


@dataclass(frozen=True)
class Row:
    """One row and where it stands, e.g. ``notes.jsonl:12``; ``group`` is a default where no column says it."""

    values: Mapping[str, Any]
    where: str
    group: str | None = None


def to_document(row: Row, params: RowParams) -> Document:
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


def _group(row: Row, params: RowParams, text: str) -> str:
    """Return the group: a column, the row's own, or the text's hash, so that equal documents stay together."""
    if params.group_field:
        return str(_value(row, params.group_field))
    return row.group or hashlib.sha256(text.encode()).hexdigest()[:16]


def _text(row: Row, field: str) -> str:
    value = _value(row, field)
    if not isinstance(value, str) or not value.strip():
        kind = "empty" if isinstance(value, str) or value is None else f"{type(value).__name__}, not text"
        raise UserError(f"{field!r} is {kind}", where=row.where, expected="text in every row")
    return value


def _value(row: Row, field: str) -> Any:  # noqa: ANN401 - whatever the column holds
    if field in row.values:
        return row.values[field]
    close = difflib.get_close_matches(field, row.values, n=1, cutoff=0.5)
    columns = f"{close[0]!r}?" if close else f"one of {', '.join(map(repr, row.values))}"
    raise UserError(f"there is no column {field!r}", where=row.where, expected=columns)


def only(documents: Iterable[Document], split: Split, given: set[Split], params: RowParams) -> Iterator[Document]:
    """Yield of the train source what belongs to ``split``, where the splits in ``given`` have sources of their own.

    A split without a source gets its share of the groups by ``split_of``.
    """
    validation = 0.0 if "validation" in given else params.validation_fraction
    test = 0.0 if "test" in given else params.test_fraction
    for document in documents:
        if split_of(document.group, salt="builtin/rows", validation=validation, test=test) == split:
            yield document


def some(documents: Iterator[Document], split: Split, where: str) -> Iterator[Document]:
    """Yield all of ``documents``.

    Raises:
        UserError: There are none.
    """
    document = next(documents, None)
    if document is None:
        raise UserError(
            f"the {split} split has no documents",
            where=where,
            expected="data in every split; a larger fraction, more groups, or files of its own",
        )
    yield document
    yield from documents
