"""What a key takes, in words, by the annotation of its field."""

import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel
from pydantic.fields import FieldInfo

from earlyexp_bench.contracts import DataPath, KeyPath

PLAIN: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "text", DataPath: "text"}
LIMITS = {
    "gt": "greater than {}",
    "ge": "at least {}",
    "lt": "less than {}",
    "le": "at most {}",
    "pattern": "matching {}",
}


@dataclass(frozen=True)
class Shape:
    """What may lie at a key.

    Attributes:
        keys: The names that the model knows in a mapping there.
        free: Whether somebody makes names up there.
        mapping: Whether a mapping may be there.
        sequence: Whether a list may be there.
    """

    keys: tuple[str, ...]
    free: bool
    mapping: bool
    sequence: bool


def shape_at(model: type[BaseModel], path: KeyPath) -> Shape:
    """Say what may lie at ``path``."""
    annotation = annotation_at(model, path)
    branches = [branch for branch, _ in _branches(annotation)]
    names = [typing.get_args(branch)[0] for branch in branches if typing.get_origin(branch) is dict]
    words = [word for name in names if _is_literal(name) for word in typing.get_args(name)]
    keys = (*_fields(annotation), *words)
    sequence = any(typing.get_origin(branch) is list for branch in branches)
    return Shape(keys, any(not _is_literal(name) for name in names), bool(keys or names), sequence)


def takes(model: type[BaseModel], path: KeyPath) -> str:
    """Say what the key at ``path`` takes and what its field says of itself; empty where neither is known."""
    field = fields_at(model, path[:-1]).get(str(path[-1])) if path else None
    return ": ".join(filter(None, [in_words(annotation_at(model, path)), field.description if field else ""]))


def key_takes(model: type[BaseModel], path: KeyPath) -> str:
    """Say how the last key of ``path`` may be called, where the user makes names up."""
    mappings = [branch for branch, _ in _branches(annotation_at(model, path[:-1])) if typing.get_origin(branch) is dict]
    return in_words(typing.get_args(mappings[0])[0]) if mappings else ""


def fields_at(model: type[BaseModel], path: KeyPath) -> dict[str, FieldInfo]:
    """Return the fields that a mapping at ``path`` may have, by the names that a user writes."""
    return _fields(annotation_at(model, path))


def annotation_at(model: type[BaseModel], path: KeyPath) -> Any:  # noqa: ANN401 - annotations
    """Return the annotation of what stands at ``path``; None where the model does not say."""
    annotation: Any = model
    for part in path:
        annotation = _step(annotation, part)
    return annotation


def in_words(annotation: Any) -> str:  # noqa: ANN401 - annotations
    """Write an annotation for people who do not read Python; empty where there are no words for it."""
    branches = _branches(annotation)
    said = [_branch_in_words(branch, limits) for branch, limits in branches]
    said.append(_choice([word for branch, _ in branches if _is_literal(branch) for word in typing.get_args(branch)]))
    if fields := _fields(annotation):
        said.append(f"`key: value` pairs with keys from {', '.join(fields)}")
    return ", or ".join(dict.fromkeys(filter(None, said)))


def _branch_in_words(branch: Any, limits: dict[str, Any]) -> str:  # noqa: ANN401 - annotations
    origin, arguments = typing.get_origin(branch), typing.get_args(branch)
    if origin in (list, tuple, set, frozenset):
        return _each(f"a list of {limits['min_length']} or more" if "min_length" in limits else "a list", arguments[0])
    if origin is dict:
        return _each("`name: value` pairs", arguments[1])
    if branch in PLAIN:
        return ", ".join([PLAIN[branch], *(LIMITS[name].format(limits[name]) for name in LIMITS if name in limits)])
    return ""


def _choice(words: list[Any]) -> str:
    return " or ".join(filter(None, [", ".join(map(repr, words[:-1])), *map(repr, words[-1:])]))


def _each(what: str, item: Any) -> str:  # noqa: ANN401 - annotations
    return ", each ".join(filter(None, [what, in_words(item)]))


def _step(annotation: Any, part: str | int) -> Any:  # noqa: ANN401 - annotations
    if fields := [field for model in _models(annotation) if (field := _named(model).get(str(part)))]:
        return typing.Union[tuple(typing.Annotated[(field.annotation, field)] for field in fields)]  # noqa: UP007 - of a tuple
    for branch, _ in _branches(annotation):
        if arguments := typing.get_args(branch):
            return arguments[-1]
    return None


def _fields(annotation: Any) -> dict[str, FieldInfo]:  # noqa: ANN401 - annotations
    """Fields of every model that an annotation allows."""
    return {name: field for model in _models(annotation) for name, field in _named(model).items()}


def _models(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - annotations
    return [branch for branch, _ in _branches(annotation) if isinstance(branch, type) and issubclass(branch, BaseModel)]


def _named(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields by the names that a user writes."""
    return {written: field for name, field in model.model_fields.items() for written in _written(name, field)}


def _written(name: str, field: FieldInfo) -> list[str]:
    """Return what a user calls a field: its aliases, or its name where it has none."""
    alias = field.validation_alias or field.alias or name
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return [str(choice.path[0]) if isinstance(choice, AliasPath) else choice for choice in choices]


def _is_literal(annotation: Any) -> bool:  # noqa: ANN401 - annotations
    return typing.get_origin(annotation) is typing.Literal


def _branches(annotation: Any, limits: Iterable[Any] = ()) -> list[tuple[Any, dict[str, Any]]]:  # noqa: ANN401 - annotations
    """Return the types that an annotation allows, each with its limits by name."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _branches(arguments[0], (*limits, *arguments[1:]))
    if origin in (typing.Union, types.UnionType):
        return [branch for argument in arguments for branch in _branches(argument, limits)]
    return [(annotation, _by_name(limits))]


def _by_name(limits: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for limit in limits:
        if isinstance(limit, FieldInfo):
            found |= _by_name(limit.metadata)
        for name in (*LIMITS, "min_length"):
            if (value := getattr(limit, name, None)) is not None:
                found[name] = value
    return found
