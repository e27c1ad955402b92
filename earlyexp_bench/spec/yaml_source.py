"""YAML as people write it: ``1e-4`` is a number, ``no`` is a word, and every value knows its line.

On PyYAML, which lm-eval brings. ruamel.yaml would take over a table of a dozen lines: of what we refuse with its place,
it takes most (numbers without end, values that hold themselves, control characters, names that nothing uses, ``2026``
as a number where it is a name), so that the nodes would be checked by ourselves as they are now, at twice the time.
"""

import codecs
import contextlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from earlyexp_bench.contracts import KeyPath, UserError
from earlyexp_bench.spec.yaml_hints import what_is_right
from earlyexp_bench.spec.yaml_nodes import Built, Dumper, Loader, Refused

_MOST_BYTES = 1_000_000  # the largest benchmark that we ship has 10,000, and this takes seconds to parse
_KEY = "value: "
_BARE = re.compile(r"[^\s.=\[\]\"']+")


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
        return ", with ".join(filter(None, [self._line(path), ", ".join(within)]))

    def _line(self, path: KeyPath) -> str:
        """Return ``file:line: key`` for a key path, or for its nearest parent that has a line."""
        key = dotted(path)
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return f"{self.name}:{self.lines[path[:length]]}: {key}"
        return f"{self.name}: {key}" if key else self.name


def dotted(path: KeyPath) -> str:
    """Write a key path as ``--set`` takes it: ``a.0.c``, with quotes around a name that has a dot or the like."""
    return ".".join(_part(part) for part in path)


def _part(part: str | int) -> str:
    text = str(part)
    return text if _BARE.fullmatch(text) else f'"{text}"'


def read_yaml(path: Path) -> Source:
    """Parse a YAML file.

    Raises:
        UserError: The file cannot be read, is not YAML, repeats a key, or is not a mapping.
    """
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise UserError("there is no such user", where=str(path), expected="a readable YAML file") from error
    return parse_yaml(_text(_bytes(path), str(path)), str(path))


def _bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a plain file"
            raise UserError(f"is {kind}", where=str(path), expected="a YAML file")
        if status.st_size > _MOST_BYTES:
            raise UserError(
                f"has {status.st_size:,} bytes, which no benchmark has", where=str(path), expected="a YAML file"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        wrong = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise UserError(wrong, where=str(path), expected="a readable YAML file") from error


def _text(data: bytes, name: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError("is UTF-16", where=name, expected="the file saved as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        place = _place(name, data[: error.start].decode("latin-1"))
        raise UserError(wrong, where=place, expected="the file saved as UTF-8; it may be Latin-1") from error


def parse_yaml(text: str, name: str) -> Source:
    """Parse YAML text; ``name`` is what messages call it.

    Raises:
        UserError: It is not YAML, or YAML that says what no benchmark can mean; with line and column.
    """
    with _located(text, name):
        node = Loader(text).single_node()
        built = Built.of(node) if node else Built()
    if not isinstance(built.data, dict):
        raise UserError("is empty or not a mapping", where=name, expected="`key: value` lines")
    return Source(name, built.data, built.lines)


def parse_value(text: str, name: str) -> tuple[Any, str]:
    """Parse one YAML value; return it, and what of the text comes after it.

    Raises:
        UserError: It is not YAML, or more than one value.
    """
    line = f"{_KEY}{text}"
    with _located(line, name):
        node = Loader(line).single_node()
        if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
            raise UserError("more than one value", where=name, expected="one")
        data = Built.of(node).data
    value = node.value[0][1]
    block = isinstance(value, yaml.ScalarNode) and value.style in ("|", ">")
    end = len(_KEY) if block and "\n" not in text else value.end_mark.index
    return data["value"], line[end:].strip()


@contextlib.contextmanager
def _located(text: str, name: str) -> Iterator[None]:
    """Say where in the text it is that YAML is wrong."""
    try:
        yield
    except yaml.reader.ReaderError as error:
        wrong = f"the character U+{ord(text[error.position]):04X} cannot be in YAML"
        raise UserError(wrong, where=_place(name, text[: error.position]), expected="text without it") from error
    except Refused as error:
        right = error.expected or what_is_right(text, error)
        raise UserError(error.wrong, where=_at(name, error.problem_mark, error.path), expected=right) from error
    except yaml.MarkedYAMLError as error:
        place = _at(name, error.problem_mark or error.context_mark, ())
        raise UserError(f"not valid YAML: {error.problem}", where=place, expected=what_is_right(text, error)) from error


def _at(name: str, mark: yaml.Mark | None, path: KeyPath) -> str:
    """``file:line: key`` where the key is known, else ``file:line:column``."""
    if mark is None:
        return name
    return f"{name}:{mark.line + 1}" + (f": {dotted(path)}" if path else f":{mark.column + 1}")


def _place(name: str, before: str) -> str:
    """``file:line:column`` of what follows ``before``."""
    lines = before.split("\n")
    return f"{name}:{len(lines)}:{len(lines[-1]) + 1}"


def dump_yaml(data: dict[str, Any], *, unicode: bool = True) -> str:
    """Write data as YAML that `parse_yaml` reads as the same; without ``unicode`` in ASCII, by escapes."""
    text: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=unicode, width=100)
    return text
