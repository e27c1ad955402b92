"""``--set key=value``: a benchmark's data with some values replaced, which remember what set them."""

import copy
import itertools
import re
import shlex
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from earlyexp_bench.contracts import KeyPath, UserError
from earlyexp_bench.spec.messages import nearest
from earlyexp_bench.spec.takes import Shape, shape_at
from earlyexp_bench.spec.yaml_hints import quoted
from earlyexp_bench.spec.yaml_source import Source, dotted, parse_value

_EXAMPLE = "e.g. --set finetuning.tokens=20K"
_SPLIT = re.compile(r"""(?P<key>(?:[^="']|"[^"]*"|'[^']*')*)=(?P<value>.*)""", re.DOTALL)
_PART = re.compile(
    r"""(?:^|\.)(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>[^."'\[\]]+))|\[(?P<index>[0-9]+)\]"""
)
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class _Part:
    """One part of a key; a bare one may be a piece of a name with dots."""

    text: str
    bare: bool


def overridden(source: Source, overrides: tuple[str, ...], model: type[BaseModel]) -> Source:
    """Return a benchmark's source with ``key=value`` applied in order.

    Keys are dotted, lists take numbers (``a.0.b`` or ``a[0].b``). Of what a file does not have, a key that the model
    names may be set, and what lies between is made; names that somebody makes up, and items at the end of a list, are
    set whole.

    Raises:
        UserError: Not ``key=value``, the value is not YAML, or the key leads nowhere.
    """
    data: dict[str, Any] = copy.deepcopy(source.data)
    settings: dict[KeyPath, str] = {}
    for override in overrides:
        said = f"--set {override}"
        split = _SPLIT.fullmatch(override)
        if not split or not split["key"].strip():
            raise UserError(f"--set {override!r} is not key=value", expected=_EXAMPLE)
        key, text = split["key"].strip(), split["value"].strip(" \t")
        path = _assign(data, _parts(key, said), _value(text, key, said), _Place(said, model))
        settings = {known: by for known, by in settings.items() if known[: len(path)] != path}
        settings[path] = said
    return replace(source, data=data, settings=settings)


def _parts(key: str, said: str) -> list[_Part]:
    parts: list[_Part] = []
    end = 0
    while match := _PART.match(key, end):
        text = match["double"] or match["single"] or match["bare"] or match["index"]
        parts.append(_Part(text.strip(), match["bare"] is not None))
        end = match.end()
    if key[0] == "." or end < len(key) or not all(part.text for part in parts):
        raise UserError(f"{key!r} is not a key", where=said, expected="names with a dot between them, like a.0.b")
    return parts


def _value(text: str, key: str, said: str) -> Any:  # noqa: ANN401 - YAML data
    """Read one YAML value; a ``#`` belongs to text, since a command line has no comments."""
    in_quotes = f"text in quotes: --set {shlex.quote(f'{key}={quoted(text)}')}"
    try:
        value, rest = parse_value(text, said)
    except UserError as error:
        right = f"{error.expected}; or, as a whole, {in_quotes}" if text[:1] in ("{", "[") else in_quotes
        raise UserError(error.message, where=said, expected=right) from error
    if not rest:
        return value
    if rest[0] != "#" or text[0] in "\"'[{":
        raise UserError(f"{rest!r} follows the value", where=said, expected=f"one YAML value, or {in_quotes}")
    return text


@dataclass(frozen=True)
class _Place:
    """What a setting says, for messages, and what the benchmark's model says of each key."""

    said: str
    model: type[BaseModel]

    def shape(self, path: KeyPath) -> Shape:
        return shape_at(self.model, path)

    def wrong(self, message: str, expected: str) -> UserError:
        return UserError(message, where=self.said, expected=expected)


def _assign(data: Any, parts: list[_Part], value: Any, place: _Place) -> KeyPath:  # noqa: ANN401 - YAML data
    path: KeyPath = ()
    while parts:
        key, parts = _next_key(data, parts, path, place)
        path = (*path, key)
        if not parts:
            _put(data, key, value)
            return path
        data = _enter(data, key, path, place)
    return path


def _next_key(data: Any, parts: list[_Part], path: KeyPath, place: _Place) -> tuple[str | int, list[_Part]]:  # noqa: ANN401 - YAML data
    """Return the key that comes next, and the parts after it."""
    if isinstance(data, list):
        return _index(data, parts[0].text, path, place, last=len(parts) == 1), parts[1:]
    for length in range(len(parts), 0, -1):
        name = ".".join(part.text for part in parts[:length])
        if name in data and (length == 1 or all(part.bare for part in parts[:length])):
            return name, parts[length:]
    if len(parts) > 1 and parts[0].text not in place.shape(path).keys:
        raise _unknown(data, parts, path, place)
    return parts[0].text, parts[1:]


def _unknown(data: dict[str, Any], parts: list[_Part], path: KeyPath, place: _Place) -> UserError:
    shape = place.shape(path)
    digits = itertools.takewhile(lambda part: part.text[0].isdigit(), parts[1:])  # of a name like v1.5
    name = ".".join(part.text for part in (parts[0], *digits))
    known = [*data, *shape.keys]
    right = [nearest(name, known)] if known else []
    right += [f"a new one is set whole, {dotted((*path, name))}=…"] if shape.free else []
    return place.wrong(f"there is no {name!r}", "; ".join(right))


def _index(data: list[Any], text: str, path: KeyPath, place: _Place, *, last: bool) -> int:
    most = len(data) if last else len(data) - 1
    if not _INDEX.fullmatch(text) or int(text) > most:
        further = f"; {len(data)} for one more, set whole" if not last or not _INDEX.fullmatch(text) else ""
        numbers = f"a number from 0 to {most}" if most > 0 else "0" if most == 0 else "no number, it is empty"
        raise place.wrong(f"{dotted(path)} is a list of {len(data)} and has no {text!r}", numbers + further)
    return int(text)


def _put(data: Any, key: Any, value: Any) -> None:  # noqa: ANN401 - YAML data
    if isinstance(data, list) and key == len(data):
        data.append(value)
    else:
        data[key] = value


def _enter(data: Any, key: Any, path: KeyPath, place: _Place) -> Any:  # noqa: ANN401 - YAML data
    """Return what lies at a key, made where the model says what it would be, or written out where it was short."""
    present = data[key] if isinstance(data, list) or key in data else None
    shape = place.shape(path)
    if isinstance(present, str) and "use" in shape.keys:
        present = {"use": present}
    elif present is None and (shape.mapping or shape.sequence):
        present = {} if shape.mapping else []
    if not isinstance(present, dict | list):
        is_ = "empty" if present is None else repr(present)
        raise place.wrong(f"{dotted(path)} is {is_}, in which nothing can be set", f"{dotted(path)}=…, whole")
    data[key] = present
    return present
