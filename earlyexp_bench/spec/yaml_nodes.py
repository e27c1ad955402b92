"""The nodes of a YAML file as plain data: no tags, no references to itself, no name twice, nothing without end."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from earlyexp_bench.contracts import KeyPath

_DEEPEST = 40  # mappings and lists within each other; a benchmark has ten
_MOST_VALUES = 100_000  # once every alias is written out; a benchmark has hundreds
_MOST_DIGITS = 21  # a sign and as many as 2**64 has
_YAML = "tag:yaml.org,2002:"
_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE


class Refused(yaml.MarkedYAMLError):
    """YAML that no benchmark can mean; ``expected`` is empty where `what_is_right` finds out."""

    def __init__(self, problem: str, mark: yaml.Mark, path: KeyPath = (), expected: str = "") -> None:
        super().__init__(problem=problem, problem_mark=mark)
        self.wrong = problem
        self.path = path
        self.expected = expected


class Loader(yaml.SafeLoader):
    """YAML 1.2's idea of booleans and numbers, on PyYAML; tags, and anchors that no alias names, are refused."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._unused: dict[str, yaml.Mark] = {}

    def single_node(self) -> yaml.Node | None:
        """Return the one document of the text; None where there is nothing in it."""
        try:
            self.get_event()  # type: ignore[no-untyped-call]
            node = None if self.check_event(yaml.StreamEndEvent) else self.compose_document()
            if self.check_event(yaml.StreamEndEvent):
                return node
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError) as error:  # of PyYAML's int and chr
            wrong = "there is no such character"
            raise Refused(wrong, self.get_mark(), expected=r"e.g. \u00e9 in quotes, or the character itself") from error
        raise Refused("a second document begins", mark, expected="one; `---` begins another")

    def compose_document(self) -> Any:  # noqa: ANN401 - a node
        """Compose one document, in which every anchor is used."""
        node = super().compose_document()
        for name, mark in self._unused.items():
            raise Refused(f"'&{name}' gives a name that no `*{name}` uses", mark)
        return node

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - of PyYAML
        """Compose a node, unless it has a tag or lies too deep."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self._unused.pop(str(event.anchor), None)
            return super().compose_node(parent, index)
        if event.tag is not None:
            raise Refused(f"the tag {event.tag.replace(_YAML, '!!')!r} is not read here", event.start_mark)
        _refuse_depth(self._depth, event.start_mark)
        if event.anchor is not None:
            self._unused[event.anchor] = event.start_mark
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


_KEPT = {f"{_YAML}null", f"{_YAML}merge"}
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(f"{_YAML}bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
Loader.add_implicit_resolver(f"{_YAML}int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
Loader.add_implicit_resolver(
    f"{_YAML}float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


class Dumper(yaml.SafeDumper):
    """Quotes what either YAML 1.1 or `Loader` would read as something else than text; writes nothing by reference."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out."""
        return True


Dumper.yaml_implicit_resolvers = {
    first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, []), *Loader.yaml_implicit_resolvers.get(first, [])]
    for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *Loader.yaml_implicit_resolvers}
}


@dataclass
class Built:
    """What a node says.

    Attributes:
        data: Plain data; what several aliases name is there several times, so that each can be changed alone.
        lines: Key path to line number, counted from 1.
    """

    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    _values: int = 0
    _open: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, node: yaml.Node) -> "Built":
        """Build the data of a document.

        Raises:
            Refused: It says what no data can be.
        """
        built = cls()
        built.data = built._value(node, ())
        return built

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401 - YAML data
        self._values += 1
        if self._values > _MOST_VALUES:
            wrong = f"there are more than {_MOST_VALUES:,} values, once aliases are written out"
            raise Refused(wrong, node.start_mark, path, "fewer")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, path)
        if id(node) in self._open:
            raise Refused("this holds itself", node.start_mark, path, "a value instead of the alias")
        _refuse_depth(len(self._open), node.start_mark)
        self._open.add(id(node))
        value = self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._list(node, path)
        self._open.remove(id(node))
        return value

    def _list(self, node: yaml.Node, path: KeyPath) -> list[Any]:
        for index, item in enumerate(node.value):
            self.lines[(*path, index)] = item.start_mark.line + 1
        return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        _refuse_repeats(node, path)
        data: dict[str, Any] = {}
        for key, value in node.value:
            if _is_merge(key):
                for merged in _merged(value, path):
                    data |= self._value(merged, path)
        for key, value in node.value:
            if not _is_merge(key):
                within = (*path, key.value)
                self._forget(within)
                self.lines[within] = key.start_mark.line + 1
                data[key.value] = self._value(value, within)
        return data

    def _forget(self, path: KeyPath) -> None:
        """Drop the lines of what was merged in and is written anew."""
        if path in self.lines:
            self.lines = {known: line for known, line in self.lines.items() if known[: len(path)] != path}


def _refuse_depth(depth: int, mark: yaml.Mark) -> None:
    if depth == _DEEPEST:
        raise Refused(f"more than {_DEEPEST} lists and mappings lie within each other", mark, expected="fewer")


def _refuse_repeats(node: yaml.MappingNode, path: KeyPath) -> None:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        name, line = _name(key, path), key.start_mark.line + 1
        if name in seen:
            wrong = f"{name!r} is written twice, at lines {seen[name]} and {line}"
            raise Refused(wrong, key.start_mark, (*path, name), "each name once")
        seen[name] = line


def _name(key: yaml.Node, path: KeyPath) -> str:
    """A key is the text that is written, be it ``2026``, ``true`` or ``1.5``: it is somebody's name for something."""
    if not isinstance(key, yaml.ScalarNode):
        if isinstance(key, yaml.MappingNode):  # of `{{ … }}`, mostly
            raise Refused("a mapping stands where a key should", key.start_mark, path)
        raise Refused("a list stands where a key should", key.start_mark, path, "text as a key")
    if not key.value:
        raise Refused("a key is empty", key.start_mark, path, "a name before the colon")
    return _printable(key, path)


def _is_merge(key: yaml.Node) -> bool:
    return bool(key.tag == f"{_YAML}merge")


def _merged(node: yaml.Node, path: KeyPath) -> Iterator[yaml.Node]:
    """Yield the mappings that ``<<`` names, the one that counts last."""
    for one in reversed(node.value) if isinstance(node, yaml.SequenceNode) else (node,):
        if not isinstance(one, yaml.MappingNode):
            raise Refused("`<<` takes in what is no mapping", one.start_mark, path, "`<<: *name`, or a list of them")
        yield one


def _scalar(node: yaml.ScalarNode, path: KeyPath) -> Any:  # noqa: ANN401 - YAML data
    tag = node.tag.removeprefix(_YAML)
    if tag == "null":
        return None
    if tag == "bool":
        return node.value.lower() == "true"
    return _number(node, path) if tag in ("int", "float") else _printable(node, path)


def _number(node: yaml.ScalarNode, path: KeyPath) -> int | float:
    if not node.tag.endswith("int"):
        value = float(node.value)
        if not math.isfinite(value):
            raise Refused(f"{node.value} is larger than any number", node.start_mark, path, "a smaller number")
        return value
    if len(node.value) > _MOST_DIGITS or abs(int(node.value)) >= 2**64:
        wrong = f"{node.value[:_MOST_DIGITS]} does not fit in 64 bits"
        raise Refused(wrong, node.start_mark, path, "a smaller number")
    return int(node.value)


def _printable(node: yaml.ScalarNode, path: KeyPath) -> str:
    if found := _UNPRINTABLE.search(node.value):
        wrong = f"the text holds U+{ord(found[0]):04X}, which cannot be shown or stored"
        raise Refused(wrong, node.start_mark, path, "text without it")
    return str(node.value)
