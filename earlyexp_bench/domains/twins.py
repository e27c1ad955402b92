"""Near twins: documents of two splits so alike that scoring one measures memory of the other.

Two documents are twins when they share more than a quarter of the pieces of the one that has fewer. What a piece is
depends on the text. By default it is 8 words of running text, which are about 13 tokens of a small byte-level BPE, or
30 characters of a short item, where 8 words would be all of it. A domain knows better and may have its own
``fingerprint(document)``: a tune moved to another key shares no characters, two questions share their frame by design.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from earlyexp_bench.contracts import Document

Fingerprint = Callable[[Document], frozenset[str]]

SHORT_CHARACTERS = 120
"""Up to here a document counts as short: about 26 tokens, of which the longest twin-free n-gram would be half."""
_WINDOW = 30
_WORDS = 8


def default_fingerprint(document: Document) -> frozenset[str]:
    """Return the 8-word n-grams of a document, or the 30-character windows of a short one, without case and spacing."""
    words = document.text.casefold().split()
    text = " ".join(words)
    if len(text) <= SHORT_CHARACTERS or len(words) < 2 * _WORDS:
        return character_windows(text)
    return frozenset(" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1))


def character_windows(text: str, width: int = _WINDOW) -> frozenset[str]:
    """Return every run of ``width`` characters of ``text``, or the whole text where it is shorter."""
    if not text:
        return frozenset()
    return frozenset(text[i : i + width] for i in range(max(1, len(text) - width + 1)))


def near_twins(
    left: Iterable[Document],
    right: Iterable[Document],
    fingerprint: Fingerprint | None = None,
    share: float = 0.25,
) -> list[tuple[Document, Document, float]]:
    """Return the pairs of a ``left`` and a ``right`` document that share too much.

    The pieces of ``right`` are indexed and ``left`` is streamed, so give the smaller side as ``right``.

    Args:
        left: Documents of one split; need not fit into memory.
        right: Documents of another split.
        fingerprint: A document's pieces; ``default_fingerprint`` if None. A document without pieces has no twins.
        share: Largest share of the pieces that two documents may have in common.

    Returns:
        (left, right, shared pieces / pieces of the one with fewer), in the order of ``left``, then of ``right``.
    """
    pieces_of = fingerprint or default_fingerprint
    targets = list(right)
    index: dict[str, list[int]] = defaultdict(list)
    sizes = [_add(index, number, pieces_of(document)) for number, document in enumerate(targets)]
    found = []
    for document in left:
        pieces = pieces_of(document)
        common = Counter(number for piece in pieces & index.keys() for number in index[piece])
        for number, count in sorted(common.items()):
            shared = count / min(len(pieces), sizes[number])
            if shared > share:
                found.append((document, targets[number], shared))
    return found


def _add(index: dict[str, list[int]], number: int, pieces: frozenset[str]) -> int:
    for piece in pieces:
        index[piece].append(number)
    return len(pieces)
