"""From a record's text to the record."""

import json
from typing import Any

from pydantic import ValidationError

from earlyexp_bench.contracts import Record

SCHEMA: int = Record.model_fields["schema_version"].default


class NoRecord(ValueError):
    """Text that is no record; says which key is wrong with which value, and what would be right."""


class NewerRecord(NoRecord):
    """A record that a later version wrote, and that may be whole."""


def parse_record(text: str | bytes) -> Record:
    """Read a record of this schema.

    Raises:
        NoRecord: It is none.
    """
    values = _object(text)
    if "schema_version" not in values:
        raise NoRecord("it has no 'schema_version', which a record has")
    if isinstance(schema := values["schema_version"], int) and schema > SCHEMA:
        raise NewerRecord(f"it is of schema {schema}, and this version of earlyexp-bench reads up to {SCHEMA}")
    try:
        return Record.model_validate(values)
    except ValidationError as error:
        raise NoRecord(described(error)) from error


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoRecord(f"it is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise NoRecord(f"it should be a JSON object, not {_shown(values)}")
    return values


def described(error: ValidationError) -> str:
    """Say what is wrong first with a record: the key, what would be right there, and what is there instead."""
    first = error.errors(include_url=False)[0]
    key, said = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
    said = said[:1].lower() + said[1:].partition(" or instance of ")[0]  # which of our classes is nobody's matter
    return (
        f"{key}: {said}"
        if first["type"] in ("missing", "value_error")
        else f"{key}: {said}, not {_shown(first['input'])}"
    )


def _shown(value: object) -> str:
    return repr(value)[:60]
