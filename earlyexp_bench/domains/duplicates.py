"""Near duplicates: documents of two splits so alike that scoring one measures memory of the other. All rules.

`near_duplicates`, the rule for every domain: more than a quarter of the pieces of the document that has fewer stand in
the other too. What a piece is depends on the text. By default it is 8 words of running text, which are about 13 tokens
of a small byte-level BPE, or 30 characters of a short item, where 8 words would be all of it. A domain knows better and
may have its own ``fingerprint(document)``: a tune moved to another key shares no characters, two questions share their
frame by design. The contamination stage goes by the same rule with tokens as pieces.

`altered_copies`: one document is the other with a few words changed, which no long run of words gives away. Words are
compared without case, Unicode variants and punctuation around them. A word counts by how rare it is: one that stands in
every document (a frame, an article) says nothing, one in fewer than 5% of them counts in full. Two documents are
altered copies when four fifths of what counts stand in one order in both. Measured on 100 documents of each of
four domains: with 10% of the words changed every one is found, with 20% more than half, and none among the true splits.

`repeating`: passages taken over, 13 words in a row. Phrases do recur, and a run that stands in more than 1% of the
other split is a frame.
"""

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import numpy as np

from earlyexp_bench.contracts import Document

Fingerprint = Callable[[Document], frozenset[str]]

SHARE = 0.25
"""Largest share of the pieces of the document with fewer that two documents may have in common."""
CHARACTERS = 30
"""Width of a short document's pieces."""
RUN = 13
"""Words, or tokens, in a row that make a passage."""
ALIKE = 0.8
"""Share of the words that count, from which on two documents are altered copies."""
_SHORT_CHARACTERS = 120  # about 26 tokens, of which the longest n-gram in common may be half
_WORDS = 8
_FRAME_OF_PIECES = 0.05  # share of all documents that a frame stands in; a piece in fewer tells documents apart
_FRAME_OF_RUNS = 0.01
_PAIRS_ALIKE = 0.5
_FULL_WEIGHT = math.log(20)
_LEAST_WEIGHT = 3.0
_ROWS = 1000
_PUNCTUATION = ".,;:!?…'\"‘’“”«»()[]{}*_#|"  # noqa: RUF001 - typographic quotes are what is meant


def near_duplicates(
    left: Iterable[Document], right: Iterable[Document], fingerprint: Fingerprint | None = None
) -> list[tuple[Document, Document, float]]:
    """Return the pairs of a ``left`` and a ``right`` document that share more than ``SHARE`` of their pieces.

    The pieces of ``right`` are indexed and ``left`` is streamed, so give the smaller side as ``right``.

    Args:
        left: Documents of one split; need not fit into memory.
        right: Documents of another split.
        fingerprint: A document's pieces; ``default_fingerprint`` if None. One without pieces has no near duplicates.

    Returns:
        (left, right, shared pieces / pieces of the one with fewer), in the order of ``left``, then of ``right``.
    """
    pieces_of = fingerprint or default_fingerprint
    targets = list(right)
    index: dict[str, list[int]] = defaultdict(list)
    sizes = []
    for number, document in enumerate(targets):
        pieces = pieces_of(document)
        sizes.append(len(pieces))
        for piece in pieces:
            index[piece].append(number)
    pairs = []
    for document in left:
        pieces = pieces_of(document)
        common = Counter(number for piece in pieces & index.keys() for number in index[piece])
        for number, count in sorted(common.items()):
            shared = count / min(len(pieces), sizes[number])
            if shared > SHARE:
                pairs.append((document, targets[number], shared))
    return pairs


def default_fingerprint(document: Document) -> frozenset[str]:
    """Return the 8-word n-grams of a document, or the 30-character windows of a short one, without case and spacing."""
    words = document.text.casefold().split()
    text = " ".join(words)
    if len(text) <= _SHORT_CHARACTERS or len(words) < 2 * _WORDS:
        return character_windows(text)
    return frozenset(" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1))


def character_windows(text: str, width: int = CHARACTERS) -> frozenset[str]:
    """Return every run of ``width`` characters of ``text``, or the whole text where it is shorter."""
    if not text:
        return frozenset()
    return frozenset(text[i : i + width] for i in range(max(1, len(text) - width + 1)))


def without_frame(fingerprint: Fingerprint, documents: Sequence[Document]) -> Fingerprint:
    """Return a fingerprint without what stands in many of the documents: a frame."""
    counts = Counter(piece for document in documents for piece in fingerprint(document))
    frame = {piece for piece, count in counts.items() if count > max(1, _FRAME_OF_PIECES * len(documents))}
    return lambda document: fingerprint(document) - frame


def alike(
    left: Sequence[Document], right: Sequence[Document], fingerprint: Fingerprint | None
) -> list[tuple[Document, Document]]:
    """Return the pairs of a ``left`` and a ``right`` document that are equal or near duplicates.

    Args:
        left: Documents of one split.
        right: Documents of others, the smaller ones.
        fingerprint: The domain's own; None for the default one, beside which copies with words changed are looked for.
    """
    if fingerprint is not None:
        return [(one, other) for one, other, _ in near_duplicates(left, right, fingerprint)]
    pieces = without_frame(default_fingerprint, [*left, *right])
    pairs = [(one, other) for one, other, _ in near_duplicates(left, right, pieces)]
    return [*pairs, *altered_copies(left, right)]


def collapsed(text: str) -> str:
    """Return ``text`` without differences of white space."""
    return " ".join(text.split())


def normalised(text: str) -> str:
    """Return ``text`` without what makes no difference: case, white space, punctuation around words.

    What is punctuation alone keeps its signs, so that two runes of symbols do not become equal.
    """
    return " ".join(_bare_words(text)) or collapsed(text)


def repeating(left: Sequence[Document], right: Sequence[Document]) -> list[int]:
    """Return the places in ``right`` of documents that repeat a run of words of a ``left`` document."""
    runs = [_runs(document) for document in right]
    wanted = set().union(*runs)
    counts = Counter(run for document in left for run in wanted.intersection(_runs(document)))
    frame = max(1, round(_FRAME_OF_RUNS * len(left)))
    return [place for place, own in enumerate(runs) if _repeats(own, counts, frame)]


def altered_copies(left: Sequence[Document], right: Sequence[Document]) -> Iterator[tuple[Document, Document]]:
    """Yield the pairs of a ``left`` and a ``right`` document of which one is the other with a few words changed.

    Args:
        left: Documents of one split.
        right: Documents of another, the smaller one.
    """
    left_words, right_words = ([_bare_words(document.text) for document in side] for side in (left, right))
    rarity = _weights(map(set, [*left_words, *right_words]))
    for i, j in _candidates([_pairs(row) for row in left_words], [_pairs(row) for row in right_words]):
        if _common_share(left_words[i], right_words[j], rarity) >= ALIKE:
            yield left[i], right[j]


def _bare_words(text: str) -> list[str]:
    """Return the words of ``text`` without case, Unicode variants and punctuation around them."""
    bare = (word.strip(_PUNCTUATION) for word in unicodedata.normalize("NFKC", text).casefold().split())
    return [word for word in bare if word]


def _repeats(runs: Sequence[int], counts: Mapping[int, int], frame: int) -> bool:
    """Tell whether one of a document's runs stands in the other split, and is not for the most part a frame."""
    framed = {i + k for i, run in enumerate(runs) if counts[run] > frame for k in range(RUN)}
    repeated = (i for i, run in enumerate(runs) if 0 < counts[run] <= frame)
    return any(sum(i + k in framed for k in range(RUN)) <= RUN // 2 for i in repeated)


def _runs(document: Document) -> list[int]:
    """Return the runs of ``RUN`` words as hashes, which take a fraction of their text's memory."""
    own = _bare_words(document.text)
    return [hash(tuple(own[i : i + RUN])) for i in range(len(own) - RUN + 1)]


def _pairs(row: list[str]) -> set[str]:
    return {f"{one} {two}" for one, two in pairwise(row)}


def _weights(documents: Iterable[Iterable[str]]) -> dict[str, float]:
    """Return log(documents / documents with the feature), 1 from a twentieth on; 0 for what all have."""
    total, counts = 0, Counter[str]()
    for features in documents:
        total += 1
        counts.update(features)
    return {feature: min(1.0, math.log(total / count) / _FULL_WEIGHT) for feature, count in counts.items()}


def _common_share(one: list[str], other: list[str], rarity: dict[str, float]) -> float:
    """Return the weighted share of words that stand in the same order in both; 0 where too little counts to tell."""
    own, others = (sum(rarity[word] for word in row) for row in (one, other))
    if min(own, others) < _LEAST_WEIGHT:
        return 0.0
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 2 * sum(rarity[word] for start, _, size in blocks for word in one[start : start + size]) / (own + others)


def _candidates(left: list[set[str]], right: list[set[str]]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share enough pairs of neighbouring words, by products of sparse matrices."""
    weights = _weights([*left, *right])
    columns = {pair: column for column, pair in enumerate(sorted(set().union(*right)))}
    totals = [np.array([sum(weights[pair] for pair in row) for row in side]) for side in (left, right)]
    matrices = [_matrix(side, columns, weights) for side in (left, right)]
    for start in range(0, len(left), _ROWS):
        shared = (matrices[0][start : start + _ROWS] @ matrices[1].T).toarray()
        sizes = totals[0][start : start + _ROWS, None] + totals[1][None, :]
        for i, j in np.argwhere((2 * shared >= _PAIRS_ALIKE * sizes) & (shared > 0)).tolist():
            yield start + i, j


def _matrix(rows: list[set[str]], columns: dict[str, int], weights: dict[str, float]) -> Any:  # noqa: ANN401 - scipy's
    """Return a (documents, features) matrix whose product with another one's transpose sums common weights."""
    from scipy.sparse import csr_array  # most domains are read without it

    cells = [(i, columns[pair], weights[pair]) for i, row in enumerate(rows) for pair in row if pair in columns]
    values = np.sqrt(np.array([cell[2] for cell in cells], dtype=float))
    places = ([cell[0] for cell in cells], [cell[1] for cell in cells])
    return csr_array((values, places), shape=(len(rows), max(1, len(columns))))
