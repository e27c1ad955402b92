"""Rows of plain text, whose documents are lines, paragraphs or the whole of it."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from earlyexp_bench.builtin._lines import plain_lines
from earlyexp_bench.builtin.formats import Encoding
from earlyexp_bench.builtin.parameters import Separator


def texts(path: Path, encoding: Encoding, separator: Separator) -> Iterator[tuple[str, str]]:
    """Yield (where, text) of every document that is not blank."""
    lines = plain_lines(path, encoding)
    if separator == "file":
        parts = iter([(1, "\n".join(line for _, line in lines).strip())])
    elif separator == "line":
        parts = ((number, line.strip()) for number, line in lines)
    else:
        parts = _paragraphs(lines)
    yield from ((f"{path}:{number}", part) for number, part in parts if part)


def _paragraphs(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield (first line, text) of every run of lines that are not blank."""
    for blank, group in itertools.groupby(numbered, key=lambda line: not line[1].strip()):
        if not blank:
            lines = list(group)
            yield lines[0][0], "\n".join(line.rstrip() for _, line in lines)
