"""pydantic's errors as messages that name file, line, key, what is wrong and what would be right."""

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from earlyexp_bench.contracts import KeyPath, UserError
from earlyexp_bench.spec.takes import fields_at, key_takes, takes
from earlyexp_bench.spec.yaml_source import Source

TAGS = ("union_tag_invalid", "union_tag_not_found")
PAIRS = ("dict_type", "model_type", "model_attributes_type")


def user_error(
    error: ValidationError,
    model: type[BaseModel],
    source: Source,
    data: dict[str, Any],
    prefix: KeyPath = (),
    beside: Sequence[str] = (),
) -> UserError:
    """Turn the first error into a `UserError`; say how many more there are.

    Args:
        error: Of the validation.
        model: What was validated.
        source: Where it was written.
        data: As it was written.
        prefix: Keys that lead there.
        beside: Keys that may stand beside the model's own.
    """
    # Unknown keys first: a misspelled key also makes the right one look missing.
    first, *rest = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    within = getattr(first.get("ctx", {}).get("error"), "path", ())
    path = (*_written_path(first["loc"], data), *_tag_key(first), *within)
    message, expected = _say(first, model, path, beside)
    more = f" (and {len(rest)} more)" if rest else ""
    return UserError(message + more, where=source.where((*prefix, *path)), expected=expected)


def nearest(name: str, known: Sequence[str]) -> str:
    """Return ``'x'?`` for the nearest known name, or the list of them."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"{close[0]!r}?" if close else f"one of {', '.join(sorted(set(known)))}"


def _written_path(loc: KeyPath, data: Any) -> KeyPath:  # noqa: ANN401 - YAML data
    """Drop from pydantic's location what the user did not write (names of types and validators)."""
    path: list[str | int] = []
    for position, part in enumerate(loc):
        if _holds(data, part):
            data = data[part]
        elif position < len(loc) - 1 or (isinstance(part, str) and ("[" in part or "-" in part)):
            continue
        else:
            data = None
        path.append(part)
    return tuple(path)


def _tag_key(error: Any) -> KeyPath:  # noqa: ANN401 - pydantic's dict
    """The key whose value should have told which of several models is meant."""
    return (error["ctx"]["discriminator"].strip("'"),) if error["type"] in TAGS else ()


def _holds(data: Any, part: str | int) -> bool:  # noqa: ANN401 - YAML data
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data


def _say(
    error: Any,  # noqa: ANN401 - pydantic's dict
    model: type[BaseModel],
    path: KeyPath,
    beside: Sequence[str],
) -> tuple[str, str]:
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if value is None and kind not in ("extra_forbidden", "value_error", "union_tag_invalid"):
        return "is empty", takes(model, path) or "a value"
    shown = repr(value) if len(repr(value)) < 80 else f"a {type(value).__name__}"
    if kind == "extra_forbidden":
        fields = sorted({*fields_at(model, path[:-1]), *(beside if len(path) == 1 else ())})
        return f"unknown key {path[-1]!r}", nearest(str(path[-1]), fields) if fields else ""
    if kind in ("missing", "union_tag_not_found"):
        return "is missing", takes(model, path)
    if kind == "value_error":
        return str(context.get("error", error["msg"])), ""
    if kind == "quantity":
        return error["msg"], takes(model, path)
    if kind == "literal_error":
        return f"{value!r} is not allowed", str(context["expected"])
    if kind == "union_tag_invalid":
        return f"{context['tag']!r} is not allowed", str(context["expected_tags"])
    if kind == "list_type":
        example = f"; e.g. [{value}]" if isinstance(value, str | int | float) else ""
        return f"must be a list, not {shown}", takes(model, path) + example
    if kind == "string_type" and isinstance(value, int | float):
        return f"{shown.lower()} is not text", f'text, in quotes: "{shown.lower()}"'
    if kind in PAIRS:
        return f"must be `key: value` pairs, not {shown}", takes(model, path)
    expected = key_takes(model, path) if error["loc"][-1:] == ("[key]",) else takes(model, path)
    return f"{shown} is wrong: {error['msg'][0].lower()}{error['msg'][1:]}", expected
