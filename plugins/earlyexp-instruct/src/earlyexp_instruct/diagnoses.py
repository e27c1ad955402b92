"""The tabular list of ICD-10-CM, read from its XML: every diagnosis with its category, block and chapter."""

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from earlyexp_bench.domains import DataPackage
from earlyexp_instruct.frames import Item

CLASSIFICATION = DataPackage(
    distribution="simple-icd-10-cm",
    version="1.5.0",
    package="simple_icd_10_cm",
    patterns=("data/icd10c-tabular-*.xml",),
    sha256="ce84c12d66729a7bfded4fa074c244f54fa28f83459c07ec6039e3aaddd63a49",
)
PER_CATEGORY = 8
"""Diagnoses and, again, synonyms taken of one category: injuries alone would otherwise be a third of everything."""
MAX_CHARACTERS = 120
_RANGE = re.compile(r"\s*\([A-Z]\w+(-[A-Z]\w+)?\)$")
_CODE_NOTE = re.compile(r"\s*\([A-Z]\d[^)]*\)$")
_CODE = re.compile(r"\b[A-Z]\d[0-9A-Z]")


@dataclass(frozen=True)
class Category:
    """A 3-character category and where it stands."""

    code: str
    title: str
    block: str
    chapter: str


def diagnosis_items() -> Iterator[tuple[str, Item]]:
    """Yield (category code, item): at most 8 diagnoses and 8 synonyms of each category, chosen by hash.

    Raises:
        UserError: ``simple-icd-10-cm`` is missing or carries another release.
    """
    for path in CLASSIFICATION.files():
        for chapter in ET.parse(path).getroot().iter("chapter"):
            for block in chapter.iter("section"):
                for diagnosis in block.findall("diag"):
                    category = Category(_text(diagnosis, "name"), _title(diagnosis), _title(block), _title(chapter))
                    items = [*_sample(_classified(diagnosis, category)), *_sample(_synonyms(diagnosis))]
                    yield from ((category.code, item) for item in items)


def _classified(diagnosis: ET.Element, category: Category) -> Iterator[Item]:
    for element in diagnosis.iter("diag"):
        subject = _title(element)
        number = _number(subject) % 4
        if number >= 2 and subject != category.title:
            yield Item("category", subject, category.title)
        elif number % 2:
            yield Item("block", subject, category.block)
        else:
            yield Item("chapter", subject, category.chapter)


def _synonyms(diagnosis: ET.Element) -> Iterator[Item]:
    for element in diagnosis.iter("diag"):
        for note in element.findall("inclusionTerm/note"):
            yield Item("term", _CODE_NOTE.sub("", (note.text or "").strip()), _title(element))


def _sample(items: Iterator[Item]) -> list[Item]:
    return sorted(set(filter(_fits, items)), key=lambda item: (_number(item.subject), item.response))[:PER_CATEGORY]


def _fits(item: Item) -> bool:
    """Leave out long texts and those that name codes, which say nothing without the book."""
    longest = max(len(item.subject), len(item.response))
    return len(item.subject) > 0 and longest <= MAX_CHARACTERS and not _CODE.search(f"{item.subject} {item.response}")


def _title(element: ET.Element) -> str:
    return _RANGE.sub("", _text(element, "desc"))


def _text(element: ET.Element, tag: str) -> str:
    return " ".join((element.findtext(tag) or "").split())


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
