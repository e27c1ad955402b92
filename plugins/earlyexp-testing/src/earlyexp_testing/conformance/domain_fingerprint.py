"""A domain's own fingerprint: does it know a document again that was changed a little?

What makes two documents alike is the domain's to say: a frame that all of them share is none of it. So not every edit
need be survived, but a rule that misses most of them finds no twin at all, and a test split that is the train split
with one digit changed would pass. Measured on the domains with fingerprints: of edits of one letter 66% to 100% are
survived, of one word 64% to 100%; at any one place of a document 37% or more of its letters' edits.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from earlyexp_bench.contracts import SPLITS, Document, Split
from earlyexp_bench.domains.duplicates import SHARE, default_fingerprint, near_duplicates, without_frame
from earlyexp_testing.conformance.check import Remark
from earlyexp_testing.conformance.domain_data import DomainData, shown

_TRIED = 400
"""Documents of the held-out splits that are changed."""
_PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)
_KNOWN = 1 / 3
_KNOWN_BEHIND = 0.5
_KNOWN_AT_A_PLACE = 0.2
_FEWEST = 20
"""Documents that must have been tried at a place before it counts."""
_REMEDY = (
    "return the pieces that make two documents alike, such as runs of words, and nothing that no other text shares"
)


def fingerprint_complaints(data: DomainData) -> Iterator[str]:
    """Yield what is wrong with a domain's own fingerprint, and what the default one finds beside it."""
    if not data.has_own_fingerprint:
        return
    documents = [document for split in SPLITS[1:] for document in data.documents[split]][:_TRIED]
    if any(data.fingerprint(document) != data.fingerprint(document) for document in documents):
        yield f"fingerprint(document) is another one when it is asked again: {_REMEDY}"
        return
    yield from _unknown(data, documents)
    yield from _beside(data)


def _unknown(data: DomainData, documents: Sequence[Document]) -> Iterator[str]:
    tried, known = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for document in documents:
        for kind, place, text in _edits(document.text):
            found = _knows(data, document, text)
            tried[kind, place] += found is not None
            known[kind, place] += found is True
    if not tried.total():
        yield f"fingerprint(document) fails for every document that was changed: {_REMEDY}"
    for kind, least in (("white space", _KNOWN_BEHIND), ("words", _KNOWN_BEHIND), ("word", _KNOWN), ("letter", _KNOWN)):
        places = [place for place in range(len(_PLACES)) if tried[kind, place]]
        total, hits = (sum(counts[kind, place] for place in places) for counts in (tried, known))
        single = kind == "letter" and any(_missed(tried[kind, p], known[kind, p]) for p in places)
        if total and (hits < least * total or single):
            yield (
                f"fingerprint(document) knows a document again in {hits} of {total} cases when {_DONE[kind]}: {_REMEDY}"
            )
            return


_DONE = {
    "white space": "white space is added",
    "words": "three words are added",
    "word": "one word is changed",
    "letter": "one letter or digit is changed, and in fewer than a fifth at some places",
}


def _missed(tried: int, known: int) -> bool:
    return tried >= _FEWEST and known < _KNOWN_AT_A_PLACE * tried


def _edits(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield kind, place and text of what a document may be changed to."""
    yield "white space", 0, f"{text} \n"
    yield "words", 0, f"{text} And so on."
    words = text.split(" ")
    for place, share in enumerate(_PLACES):
        at = int(share * len(words))
        yield "word", place, " ".join([*words[:at], "changed", *words[at + 1 :]])
        letter = next((i for i in range(int(share * len(text)), len(text)) if text[i].isalnum()), None)
        if letter is not None:
            yield "letter", place, f"{text[:letter]}{_other(text[letter])}{text[letter + 1 :]}"


def _other(letter: str) -> str:
    if letter in "0123456789":
        return str((int(letter) + 1) % 10)
    return "y" if letter == "x" else "x"


def _knows(data: DomainData, document: Document, text: str) -> bool | None:
    """Tell whether a changed document, in another group, is a twin of the document; None where it has no fingerprint.

    A domain may refuse what it could not have written.
    """
    try:
        own, other = data.fingerprint(document), data.fingerprint(replace(document, text=text, group="another group"))
    except Exception:  # noqa: BLE001 - whatever a domain refuses with
        return None
    return len(own & other) > SHARE * min(len(own), len(other))


def _beside(data: DomainData) -> Iterator[str]:
    """Yield how many twins the default rule finds, where it finds more."""
    train, other = data.documents["train"], [d for split in SPLITS[1:] for d in data.documents[split]]
    pieces = without_frame(default_fingerprint, [*train, *other])
    twins = {id(b): (a, b) for a, b, _ in near_duplicates(train, other, pieces)}
    for split in SPLITS[1:]:
        if found := [twins[id(document)] for document in data.documents[split] if id(document) in twins]:
            yield Remark(
                f"by the default rule {_percent(found, data, split)} of {split} documents have a near duplicate in "
                f"train, such as {shown(found[0][1].text)} of {shown(found[0][0].text)}; its own fingerprint says "
                "otherwise"
            )


def _percent(found: Sequence[object], data: DomainData, split: Split) -> str:
    return f"{len(found) / len(data.documents[split]):.0%}"
