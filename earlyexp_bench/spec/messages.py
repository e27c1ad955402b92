"""pydantic's errors as messages that name file, line, key, what is wrong and what would be right."""

import difflib
import types
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from earlyexp_bench.contracts import UserError
from earlyexp_bench.spec.yaml_source import KeyPath, Source


def user_error(
    error: ValidationError,
    model: type[BaseModel],
    source: Source,
    prefix: KeyPath = (),
    beside: Sequence[str] = (),
) -> UserError:
    """Turn the first error into a `UserError`; say how many more there are.

    Args:
        error: Of the validation.
        model: What was validated.
        source: Where it was written.
        prefix: Keys that lead there.
        beside: Keys that may stand beside the model's own.
    """
    first, *rest = sorted(error.errors(), key=lambda e: _severity(e["type"]))
    path = _written_path(first["loc"], source.data, prefix)
    message, expected = _say(first, model, path[len(prefix) :], beside)
    more = f" (and {len(rest)} more)" if rest else ""
    return UserError(message + more, where=source.where(path), expected=expected)


def nearest(name: str, known: Sequence[str]) -> str:
    """Return ``'x'?`` for the nearest known name, or the list of them."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"{close[0]!r}?" if close else f"one of {', '.join(sorted(known))}"


def _severity(kind: str) -> int:
    """Unknown keys first: a misspelled key also makes the right one look missing."""
    return 0 if kind == "extra_forbidden" else 1


def _written_path(loc: tuple[str | int, ...], data: Any, prefix: KeyPath) -> KeyPath:  # noqa: ANN401 - YAML data
    """Drop from pydantic's location what the user did not write (names of types and validators)."""
    path: list[str | int] = list(prefix)
    for part in prefix:
        data = data[part]
    for position, part in enumerate(loc):
        if _holds(data, part):
            data = data[part]
        elif position < len(loc) - 1 or (isinstance(part, str) and ("[" in part or "-" in part)):
            continue
        else:
            data = None
        path.append(part)
    return tuple(path)


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
    if kind == "extra_forbidden":
        fields = sorted({*_fields_at(model, path[:-1]), *(beside if len(path) == 1 else ())})
        return f"unknown key {path[-1]!r}", nearest(str(path[-1]), fields)
    if kind == "missing":
        return "is missing", _description(model, path)
    if kind == "value_error":
        return str(context.get("error", error["msg"])), ""
    if kind == "literal_error":
        return f"{value!r} is not allowed", str(context["expected"])
    shown = repr(value) if len(repr(value)) < 80 else f"a {type(value).__name__}"
    return f"{shown} is wrong: {error['msg'][0].lower()}{error['msg'][1:]}", _description(model, path)


def _description(model: type[BaseModel], path: KeyPath) -> str:
    if not path or not isinstance(path[-1], str):
        return ""
    field = _fields_at(model, path[:-1]).get(path[-1])
    return (field.description or "") if field else ""


def _fields_at(model: type[BaseModel], path: KeyPath) -> dict[str, Any]:
    annotation: Any = model
    for part in path:
        annotation = _step(annotation, part)
    inner = _model_in(annotation)
    return dict(inner.model_fields) if inner else {}


def _step(annotation: Any, part: str | int) -> Any:  # noqa: ANN401 - annotations
    inner = _model_in(annotation)
    if inner is not None and part in inner.model_fields:
        return inner.model_fields[str(part)].annotation
    for candidate in _branches(annotation):
        arguments = typing.get_args(candidate)
        if arguments:
            return arguments[-1]
    return None


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - annotations
    for candidate in _branches(annotation):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _branches(annotation: Any) -> list[Any]:  # noqa: ANN401 - annotations
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _branches(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [branch for argument in typing.get_args(annotation) for branch in _branches(argument)]
    return [annotation]
