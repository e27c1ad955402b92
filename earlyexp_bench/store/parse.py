"""From a record's text to the record, whichever schema it was written in."""

import json

from pydantic import ValidationError

from earlyexp_bench.contracts import Record
from earlyexp_bench.store.schema1 import upgraded


class NoRecord(ValueError):
    """Text that is no record; says which key is wrong with which value, and what would be right."""


def parse_record(text: str | bytes) -> Record:
    """Read a record of this schema or the one before.

    Raises:
        NoRecord: It is none.
    """
    try:
        values = json.loads(text)
        return Record.model_validate(upgraded(values) if values["schema_version"] == 1 else values)
    except ValidationError as error:
        raise NoRecord(described(error)) from error
    except KeyError as error:
        raise NoRecord(f"it has no {error}, which a record has") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise NoRecord(f"it is not JSON of a record: {error}") from error


def described(error: ValidationError) -> str:
    """Say what is wrong first with a record: the key, what would be right there, and what is there instead."""
    first = error.errors(include_url=False)[0]
    key, said = ".".join(map(str, first["loc"])), first["msg"][:1].lower() + first["msg"][1:]
    given = "" if first["type"] == "missing" else f", not {str(first['input'])[:60]!r}"
    return f"{key}: {said}{given}"
