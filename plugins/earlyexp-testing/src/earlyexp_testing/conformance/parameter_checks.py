"""Parameters of methods, domains and evaluators: described, and the same after a round trip through JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

from earlyexp_bench.contracts.params import dump_params, load_params
from earlyexp_testing.conformance.check import Check, NotMade
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.conformance.subject import COMPONENTS, Subject

_TRIED: dict[type, tuple[Any, ...]] = {
    bool: (True, False),
    int: (0, 1, 2, 3),
    float: (0.1, 1 / 3, 2.5, 1e-7),
    str: ("a", "Ä b"),
}


def _described(subject: Subject) -> Iterator[str]:
    yield from _undescribed(_model(subject), ())


def _undescribed(model: type, seen: tuple[type, ...]) -> Iterator[str]:
    for name, annotation, description in _fields(model):
        if not (description or "").strip():
            yield f"{model.__name__}.{name} has no description: write `Field(..., description=...)`"
        for part in _models(annotation):
            if part not in (*seen, model):
                yield from _undescribed(part, (*seen, model))


def _fields(model: type) -> Iterator[tuple[str, Any, str | None]]:
    """Yield name, annotation and description of every field, of a data class or a typed dictionary as well."""
    if issubclass(model, BaseModel):
        yield from ((name, field.annotation, field.description) for name, field in model.model_fields.items())
        return
    for name, annotation in get_type_hints(model, include_extras=True).items():
        described = [extra for extra in get_args(annotation)[1:] if isinstance(extra, FieldInfo)]
        default = getattr(model, "__dataclass_fields__", {}).get(name)
        described += [value for value in (getattr(default, "default", None),) if isinstance(value, FieldInfo)]
        yield name, annotation, next((found.description for found in described if found.description), None)


def _models(annotation: Any) -> Iterator[type]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and (
        issubclass(annotation, BaseModel) or is_dataclass(annotation) or is_typeddict(annotation)
    ):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _round_trip(subject: Subject) -> Iterator[str]:
    model = _model(subject)
    try:
        json.dumps(model.model_json_schema())
    except PydanticInvalidForJsonSchema as error:
        yield f"{model.__name__} has no JSON Schema: {error}: use types that JSON has"
        return
    try:
        values = example_params(model)
    except NotMade:
        if subject.kind == "domain":
            raise  # one of somebody's own files has no example that is there everywhere
        yield (
            f"{model.__name__} has required fields and shows no example to try it with: give defaults, or "
            '`model_config = ConfigDict(json_schema_extra={"examples": [{...}]})`'
        )
        return
    complaint = _lost(model, values) or next(_lost_variants(model, values), "")
    if complaint:
        yield complaint
    for name in _unordered(model):
        yield (
            f"{model.__name__}.{name} is a set, which is written in another order in another process, so that keys "
            "differ: use a tuple, or sort it in a `field_serializer`"
        )


def _unordered(model: type[BaseModel]) -> Iterator[str]:
    """Yield fields with sets, but for those that are written by a serializer of their own and sets of numbers."""
    own = {name for found in model.__pydantic_decorators__.field_serializers.values() for name in found.info.fields}
    for name, field in model.model_fields.items():
        serialized = name in own or any("Serializer" in type(extra).__name__ for extra in field.metadata)
        if not serialized and any(set(get_args(part)) - {int} for part in _sets(field.annotation)):
            yield name


def _sets(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    if get_origin(annotation) in (set, frozenset):
        yield annotation
    for part in get_args(annotation):
        yield from _sets(part)


def _lost_variants(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[str]:
    """Try other values of plain fields than the example's."""
    for name, field in model.model_fields.items():
        for value in _others(field):
            if complaint := _lost(model, {**values, name: value}):
                yield complaint


def _others(field: FieldInfo) -> tuple[Any, ...]:
    kinds = {field.annotation, *get_args(field.annotation)}
    return tuple(value for kind, tried in _TRIED.items() if kind in kinds for value in tried)


def _lost(model: type[BaseModel], values: Mapping[str, Any]) -> str:
    """Return what is lost when parameters are written as JSON and read again, as a plan and a worker do."""
    try:
        params = model.model_validate(values)
    except ValidationError:
        return ""  # not allowed together, or not in range
    try:
        again = load_params(model, json.loads(json.dumps(dump_params(params), allow_nan=False)))
    except Exception as error:  # noqa: BLE001 - whatever a model or its serializer raises is the finding
        return f"{params!r} does not survive JSON: {type(error).__name__}: {error}"
    if again != params:
        return f"{params!r} becomes {again!r} when written as JSON and read again: use types that JSON has"
    return ""


def _model(subject: Subject) -> type[BaseModel]:
    definition = subject.definition
    model: type[BaseModel] = definition.Params if subject.kind == "method" else definition.params
    return model


CHECKS = tuple(
    check
    for kind in COMPONENTS
    for check in (
        Check(f"{kind}-descriptions", kind, "Every parameter is described.", _described),
        Check(f"{kind}-json", kind, "Parameters are the same after a round trip through JSON.", _round_trip),
    )
)
