"""How a question is put. Many items share a frame on purpose; what one is about is its subject and its response."""

import hashlib
import re
from dataclasses import dataclass

_BEFORE, _BETWEEN = "### Instruction:\n", "\n### Response:\n"

DIAGNOSIS_FRAMES: dict[str, tuple[str, ...]] = {
    "chapter": (
        "Name the chapter of diseases for: {subject}",
        "Which chapter of the classification covers {subject}?",
        "Sort this diagnosis into a chapter. {subject}",
    ),
    "block": (
        "Name the group of diseases for: {subject}",
        "Which group of diagnoses holds {subject}?",
        "Sort this diagnosis into a group. {subject}",
    ),
    "category": (
        "Name the general category of: {subject}",
        "Which category does {subject} fall under?",
        "State this diagnosis more generally. {subject}",
    ),
    "term": (
        "Give the official term for: {subject}",
        "Under which diagnosis is {subject} coded?",
        "Replace this by the standard diagnosis. {subject}",
    ),
}

FACT_FRAMES: dict[tuple[str, ...], str] = {
    ("Geography", "Location"): "Where is {subject}?",
    ("Geography", "Area", "total"): "How large is {subject}?",
    ("Geography", "Area - comparative"): "Compare the area of {subject} with a state or city.",
    ("Geography", "Land boundaries", "border countries"): "Which countries border on {subject}?",
    ("Geography", "Coastline"): "How long is the coastline of {subject}?",
    ("Geography", "Climate"): "Describe the climate of {subject}.",
    ("Geography", "Terrain"): "Describe the terrain of {subject}.",
    ("Geography", "Elevation", "highest point"): "What is the highest point of {subject}?",
    ("Geography", "Elevation", "lowest point"): "What is the lowest point of {subject}?",
    ("Geography", "Natural resources"): "List the natural resources of {subject}.",
    ("Geography", "Natural hazards"): "Which natural hazards threaten {subject}?",
    ("People and Society", "Population", "total"): "How many people live in {subject}?",
    ("People and Society", "Nationality", "noun"): "What are the people of {subject} called?",
    ("People and Society", "Ethnic groups"): "List the ethnic groups of {subject}.",
    ("People and Society", "Languages", "Languages"): "Which languages are spoken in {subject}?",
    ("People and Society", "Religions"): "List the religions of {subject}.",
    ("People and Society", "Median age", "total"): "What is the median age in {subject}?",
    ("People and Society", "Life expectancy at birth", "total population"): "What is the life expectancy in {subject}?",
    ("Environment", "Environmental issues"): "Name environmental problems of {subject}.",
    ("Government", "Country name", "conventional long form"): "What is the full name of {subject}?",
    ("Government", "Country name", "local short form"): "What is {subject} called by its own people?",
    ("Government", "Government type"): "What is the form of government of {subject}?",
    ("Government", "Capital", "name"): "What is the capital of {subject}?",
    ("Government", "Legal system"): "Describe the legal system of {subject}.",
    ("Government", "Independence"): "When did {subject} become independent?",
    ("Government", "National holiday"): "What is the national holiday of {subject}?",
    ("Government", "Suffrage"): "Who may vote in {subject}?",
    ("Government", "National symbol(s)"): "Name the national symbols of {subject}.",
    ("Government", "National color(s)"): "Name the national colors of {subject}.",
    ("Government", "National anthem(s)", "title"): "What is the national anthem of {subject}?",
    ("Government", "Legislative branch", "legislature name"): "What is the parliament of {subject} called?",
    ("Economy", "Industries"): "List the main industries of {subject}.",
    ("Economy", "Agricultural products"): "List the farm products of {subject}.",
    ("Economy", "Exports - commodities"): "What does {subject} export?",
    ("Economy", "Exports - partners"): "Who buys the exports of {subject}?",
    ("Economy", "Imports - commodities"): "What does {subject} import?",
    ("Economy", "Imports - partners"): "Where do the imports of {subject} come from?",
    ("Communications", "Internet country code"): "What is the internet country code of {subject}?",
}


@dataclass(frozen=True)
class Item:
    """One question and its response.

    Attributes:
        kind: What is asked: a key of ``DIAGNOSIS_FRAMES``, or the field of a country joined with ``/``.
        subject: The diagnosis or country that it is asked about.
        response: The answer.
    """

    kind: str
    subject: str
    response: str

    def prompt(self) -> str:
        """Return everything before the response; which frame of the kind is used follows from the subject."""
        frames = _FRAMES[self.kind]
        number = int.from_bytes(hashlib.sha256(f"{self.kind}\x1f{self.subject}".encode()).digest()[:8], "big")
        return _BEFORE + frames[number % len(frames)].format(subject=self.subject) + _BETWEEN


def parse(text: str) -> Item:
    """Return the item that a document was made of.

    Raises:
        ValueError: The document is none of this domain.
    """
    question, _, response = text.removeprefix(_BEFORE).partition(_BETWEEN)
    for kind, pattern in _PATTERNS:
        if match := pattern.fullmatch(question):
            return Item(kind, match[1], response)
    raise ValueError(f"no frame fits {question!r}")


def _pattern(frame: str) -> re.Pattern[str]:
    before, _, after = frame.partition("{subject}")
    return re.compile(f"{re.escape(before)}(.+){re.escape(after)}")


_FRAMES: dict[str, tuple[str, ...]] = {
    **DIAGNOSIS_FRAMES,
    **{"/".join(path): (frame,) for path, frame in FACT_FRAMES.items()},
}
_PATTERNS = [(kind, _pattern(frame)) for kind, frames in _FRAMES.items() for frame in frames]
