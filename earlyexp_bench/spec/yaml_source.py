"""YAML as people write it: ``1e-4`` is a number, ``no`` is a word, and every value knows its line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from earlyexp_bench.contracts import UserError

KeyPath = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """YAML 1.2's idea of booleans and floats, on PyYAML."""


_KEPT = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


@dataclass(frozen=True)
class Source:
    """A parsed file: its data, the line of every key, and what was set on the command line instead.

    Attributes:
        name: File name for messages.
        data: The mapping at the top of the file.
        lines: Key path to line number, counted from 1.
        settings: Key path to the ``--set key=value`` that gave its value, in order.
    """

    name: str
    data: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    settings: dict[KeyPath, str] = field(default_factory=dict)

    def where(self, path: KeyPath) -> str:
        """Say where a key was written: in the ``--set`` that gave its value, or in ``file:line``.

        Where only some of what the key holds was set, both are named.
        """
        for setting, said in reversed(self.settings.items()):
            if path[: len(setting)] == setting:
                return said if path == setting else f"{said}: {dotted(path)}"
        within = [said for setting, said in self.settings.items() if setting[: len(path)] == path]
        return ", with ".join([self._line(path), *([", ".join(within)] if within else [])])

    def _line(self, path: KeyPath) -> str:
        """Return ``file:line: key`` for a key path, or for its nearest parent that has a line."""
        key = dotted(path)
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return f"{self.name}:{self.lines[path[:length]]}: {key}"
        return f"{self.name}: {key}" if key else self.name


def dotted(path: KeyPath) -> str:
    """Write a key path as ``a.b[0].c``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_yaml(path: Path) -> Source:
    """Parse a YAML file.

    Raises:
        UserError: The file cannot be read, is not YAML, repeats a key, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        wrong = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise UserError(wrong, where=str(path), expected="a readable UTF-8 YAML file") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> Source:
    """Parse YAML text; ``name`` is what messages call it."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        _refuse_repeats(node, name)
        data = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"{name}:{mark.line + 1}" if mark else name
        problem = str(getattr(error, "problem", error))
        right = "spaces, where there are tabs" if r"'\t'" in problem else "YAML"
        if "flow" in str(getattr(error, "context", "")):
            right += "; the bracket that was opened may lie further up"
        raise UserError(f"not valid YAML: {problem}", where=line, expected=right) from error
    if node is None or not isinstance(data, dict):
        raise UserError("is empty or not a mapping", where=name, expected="`key: value` lines")
    return Source(name, data, dict(_lines(node, ())))


def _lines(node: yaml.Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + 1
            yield from _lines(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), value.start_mark.line + 1
            yield from _lines(value, (*path, index))


def _refuse_repeats(node: yaml.Node | None, name: str, path: KeyPath = ()) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise UserError(
                    f"{key.value!r} is written twice, at lines {seen[key.value]} and {line}",
                    where=f"{name}:{line}: {dotted((*path, key.value))}",
                    expected="each name once",
                )
            seen[key.value] = line
            _refuse_repeats(value, name, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _refuse_repeats(value, name, (*path, index))
