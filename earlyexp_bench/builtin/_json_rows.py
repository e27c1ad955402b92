"""Rows of JSON. What stands in columns that nobody asked for is never a reason to stop."""

import itertools
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from earlyexp_bench.builtin._lines import Numbered, numbered_lines, plain_lines
from earlyexp_bench.builtin._rows import Values, check_columns
from earlyexp_bench.builtin.formats import Encoding
from earlyexp_bench.contracts import UserError

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_BRACKET = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^\s,\[\]{{}}:\"]+", re.DOTALL)
_DECODER = json.JSONDecoder()


def jsonl_rows(path: Path, encoding: Encoding, columns: tuple[str, ...]) -> Values:
    """Yield (where, row) of a file with one object a line; blank lines are passed over.

    Raises:
        UserError: A line is no JSON object, or has a column of ``columns`` twice.
    """
    return _rows_of_lines(plain_lines(path, encoding), path, columns)


def json_rows(path: Path, encoding: Encoding, columns: tuple[str, ...]) -> Values:
    """Yield (where, row) of a file that is an array of objects, or has one object a line.

    Raises:
        UserError: It is neither, or an object has a column of ``columns`` twice.
    """
    lines = numbered_lines(path, encoding)
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is None:
        return
    if first[1].lstrip().startswith("["):
        text = first[1] + "".join(line for _, line in lines)
        objects = _elements(text, first[0], path)
    else:
        objects = itertools.chain([first], lines)
    yield from _rows_of_lines(objects, path, columns)


def _rows_of_lines(lines: Numbered, path: Path, columns: tuple[str, ...]) -> Values:
    for number, line in lines:
        if line.strip():
            where = f"{path}:{number}"
            yield where, _object(line, where, columns)


def _elements(text: str, first: int, path: Path) -> Numbered:
    """Yield (line, text) of every element of an array that ``text`` is, which starts in line ``first``."""
    line, counted, at = first, 0, _after_space(text, text.index("[") + 1)
    try:
        while text[at : at + 1] != "]":
            line, counted = line + text.count("\n", counted, at), at
            end = _end_of_value(text, at)
            yield line, text[at:end]
            at = _after_comma(text, end, "]")
        if text[at + 1 :].strip():
            raise JSONDecodeError("Extra data", text, at + 1)
    except JSONDecodeError as error:
        where = f"{path}:{first + error.lineno - 1}"
        raise UserError(f"not JSON: {error.msg}", where=where, expected="[object, object, …]") from error


def _object(text: str, where: str, columns: tuple[str, ...]) -> dict[str, Any]:
    try:
        value = _parsed(text)
        names = [name for name, _ in _pairs(text)] if _may_repeat(text, columns) else []
    except JSONDecodeError as error:
        raise UserError(
            f"not JSON: {error.msg} at column {error.colno}", where=where, expected="one object a line"
        ) from error
    if not isinstance(value, dict):
        raise UserError(f"a JSON {type(value).__name__}", where=where, expected="one object a line")
    check_columns([name for name in columns if name in names], names, where)
    return value


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Parse JSON, whatever the length of its integers and however deep it is nested."""
    try:
        return json.loads(text)
    except JSONDecodeError:
        raise
    except (RecursionError, ValueError):  # ValueError: more digits than Python makes an integer of
        return dict(_pairs(text))


def _may_repeat(text: str, columns: tuple[str, ...]) -> bool:
    return any(text.count(f'"{name}"') > 1 for name in columns)


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the columns of an object with their values; of nested ones, which are passed over, the type alone."""
    at = _after_space(text, 0)
    if text[at : at + 1] != "{":
        raise JSONDecodeError("Expecting an object", text, at)
    at = _after_space(text, at + 1)
    while text[at : at + 1] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _after_space(text, at)
        if not isinstance(name, str) or text[at : at + 1] != ":":
            raise JSONDecodeError("Expecting a name and ':'", text, at)
        at = _after_space(text, at + 1)
        end = _end_of_value(text, at)
        yield name, _shallow(text[at:end])
        at = _after_comma(text, end, "}")
    if text[at + 1 :].strip():
        raise JSONDecodeError("Extra data", text, at + 1)


def _shallow(text: str) -> Any:  # noqa: ANN401 - any JSON value
    if text[0] in "[{":
        return [] if text[0] == "[" else {}
    return json.loads(text, parse_int=Decimal)


def _end_of_value(text: str, at: int) -> int:
    """Return where the value that starts at ``at`` ends; nested ones are not parsed, only their brackets counted."""
    if text[at : at + 1] not in ("[", "{"):
        return _matched(_SCALAR, text, at)
    depth = 0
    for found in _BRACKET.finditer(text, at):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    raise JSONDecodeError("Unbalanced brackets", text, at)


def _after_comma(text: str, at: int, closing: str) -> int:
    """Return where the next element starts, or where the closing bracket is."""
    at = _after_space(text, at)
    if text[at : at + 1] == closing:
        return at
    if text[at : at + 1] != ",":
        raise JSONDecodeError("Expecting ',' delimiter", text, at)
    return _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    return _matched(_SPACE, text, at)


def _matched(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    if found is None:
        raise JSONDecodeError("Expecting value", text, at)
    return found.end()
