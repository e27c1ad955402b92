"""Heavy half of ``music/tunes``."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from earlyexp_bench.contracts import Document, NoParams, Split
from earlyexp_bench.domains import (
    DataPackage,
    Splits,
    default_fingerprint,
    four_way_task,
    matched_choices,
    near_duplicates,
    split_documents,
)
from earlyexp_music import TUNES
from earlyexp_music.abc import staff_steps, tunes

DOMAIN_ID = "music/tunes"
INTERVALS = 12
MIN_NOTES = 24
MAX_ITEMS = 300
MIN_BARS = 4
MIN_BAR_NOTES = 3
COLLECTIONS = DataPackage(
    distribution="music21",
    version="10.5.1",
    package="music21",
    patterns=("corpus/airdsAirs/*.abc", "corpus/oneills1850/*.abc", "corpus/ryansMammoth/*.abc"),
    sha256="537c94ffe32df361c09fe8b37309a1b0d5a5019f3094ab4b25ec3a87b502adab",
)


class Tunes:
    """One tune a document; groups are families of tunes that share melodies.

    Args:
        params: None are needed.
    """

    def __init__(self, params: NoParams) -> None:
        self.params = params

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the tunes of a split, the three collections mixed.

        Raises:
            UserError: ``music21`` is missing or carries other tunes.
        """
        return iter(self.splits.documents[split])

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return ``music_continuation``: which two bars follow the first half of a test tune?"""
        documents = _continuations(self.splits.documents["test"])[:MAX_ITEMS]
        return {"music_continuation": four_way_task("music_continuation", documents, TUNES.version, delimiter="")}

    def fingerprint(self, document: Document) -> frozenset[str]:
        """Return the tune's runs of 12 staff steps, which stay the same in any key."""
        steps = [str(step) for step in staff_steps(document.text)]
        return frozenset(" ".join(steps[i : i + INTERVALS]) for i in range(len(steps) - INTERVALS + 1))

    @cached_property
    def splits(self) -> Splits:
        """All tunes by split, with what was left out."""
        texts = dict.fromkeys(tune for path in COLLECTIONS.files() for tune in tunes(path.read_text(encoding="utf-8")))
        loose = [Document(text, "") for text in texts if len(staff_steps(text)) >= MIN_NOTES]
        families = _families(near_duplicates(loose, loose, self.fingerprint))
        grouped = [Document(tune.text, families.get(tune.text, "")) for tune in loose]
        return split_documents(grouped, DOMAIN_ID, (self.fingerprint, default_fingerprint))


def _families(pairs: list[tuple[Document, Document, float]]) -> dict[str, str]:
    """Return a name for the connected component of each tune: the smallest hash of its members."""
    parents: dict[str, str] = {}

    def root(text: str) -> str:
        while parents.setdefault(text, text) != text:
            parents[text] = parents[parents[text]]
            text = parents[text]
        return text

    for left, right, _ in pairs:
        parents[root(left.text)] = root(right.text)
    names: dict[str, str] = {}
    for text in parents:
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        names[root(text)] = min(name, names.get(root(text), name))
    return {text: names[root(text)] for text in parents}


def _continuations(tunes_of_test: tuple[Document, ...]) -> list[dict[str, Any]]:
    cut = [parts for tune in tunes_of_test if (parts := _cut(tune.text))]
    items = []
    for header, prompt, answer in cut:
        pool = [other for other_header, _, other in cut if other_header == header]
        choices = matched_choices(answer, pool, f"{DOMAIN_ID}\x1f{prompt}")
        if choices:
            items.append({"prompt": prompt, "choices": choices[0], "answer": choices[1]})
    return items


def _cut(tune: str) -> tuple[str, str, str] | None:
    """Return (fields, first half, the two bars after it); None for a tune of fewer than eight bars."""
    fields, _, music = tune.partition("\nK:")
    key, _, music = music.partition("\n")
    bars = [bar for bar in music.replace("\n", "|").split("|") if _notes(bar)]
    half = next((i for i in range(len(bars) // 2, len(bars) - 1) if _notes(bars[i]) >= MIN_BAR_NOTES), 0)
    if half < MIN_BARS:
        return None
    header = f"{fields}\nK:{key}"
    answer = "|".join(bars[half : half + 2]).strip(" :")
    return header, f"{header}\n{'|'.join(bars[:half])}|", f"{answer}|"


def _notes(bar: str) -> int:
    return sum(letter in "ABCDEFGabcdefg" for letter in bar)
