"""Splits kept apart: no document twice, and none held out that is another split's with a few changes.

The conformance kit looks for the same by the same functions, so that what `without_twins` leaves passes it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from earlyexp_bench.contracts import SPLITS, Document, Split
from earlyexp_bench.domains.altered import altered_copies, normalised
from earlyexp_bench.domains.runs import repeating
from earlyexp_bench.domains.twins import Fingerprint, character_windows, default_fingerprint, near_twins

COMPARED: tuple[tuple[Split, tuple[Split, ...]], ...] = (("train", ("validation", "test")), ("validation", ("test",)))
KEPT_FIRST: tuple[Split, ...] = ("train", "test", "validation")
"""Of what stands in two splits, the one that comes first here keeps it."""
_FRAME_OF_PIECES = 0.05
"""Share of all documents that a frame stands in; a piece in fewer tells documents apart."""
_BOARD_TOKENS = 13

_Splits = dict[Split, list[Document]]


def without_twins(
    splits: Mapping[Split, Iterable[Document]],
    fingerprint: Fingerprint | None = None,
    *,
    runs: bool = False,
    boards: bool = False,
) -> dict[Split, tuple[Document, ...]]:
    """Leave out what stands in the splits twice, and held-out documents that are near twins of another split's.

    Of equal documents the first is kept, in train if it is there, else in test. Train loses nothing else, and
    validation gives way to test. The order stays.

    Args:
        splits: Documents of each split, e.g. ``split_documents(...).documents``.
        fingerprint: The domain's own, if it has one: then documents are alike by that alone, and equal if only white
            space tells them apart. By default two are alike that share a quarter of their 8-word runs, but for what
            stands in over 5% of all, or of which one is the other with a few words changed; and equal whatever their
            case, punctuation and Unicode variants.
        runs: Leave out, too, documents that repeat 13 words in a row of train, and test documents those of validation.
        boards: Leave out, too, what a board might take for a twin of a train document by its 13-token runs, frames
            included: what shares over a quarter of its 13-character runs, since a token is a character or more.
    """
    kept = _without_equal(splits, collapsed if fingerprint else normalised)
    while dropped := _near(kept, fingerprint, runs=runs, boards=boards):  # fewer documents have fewer frames
        kept = {split: [document for document in kept[split] if id(document) not in dropped] for split in SPLITS}
    return {split: tuple(kept[split]) for split in SPLITS}


def alike(
    left: Sequence[Document], right: Sequence[Document], fingerprint: Fingerprint | None
) -> list[tuple[Document, Document]]:
    """Return the pairs of a ``left`` and a ``right`` document that are equal or near twins.

    Args:
        left: Documents of one split.
        right: Documents of others, the smaller ones.
        fingerprint: The domain's own; None for the default one, beside which copies with words changed are looked for.
    """
    if fingerprint is not None:
        return [(one, other) for one, other, _ in near_twins(left, right, fingerprint)]
    found = [(one, other) for one, other, _ in near_twins(left, right, _without_frame([*left, *right]))]
    texts = [[document.text for document in side] for side in (left, right)]
    return found + [(left[i], right[j]) for i, j, _ in altered_copies(*texts)]


def collapsed(text: str) -> str:
    """Return ``text`` without differences of white space."""
    return " ".join(text.split())


def _near(kept: _Splits, fingerprint: Fingerprint | None, *, runs: bool, boards: bool) -> set[int]:
    """Return the ids of documents to leave out, those too near to train before any others."""
    for left, others in COMPARED:
        right = [document for split in others for document in kept[split]]
        pairs = alike(kept[left], right, fingerprint)
        if boards and left == "train":
            pairs += [(one, other) for one, other, _ in near_twins(kept[left], right, _finest)]
        dropped = {id(other if left == "train" else one) for one, other in pairs}
        for split in others if runs else ():
            dropped |= {id(kept[split][place]) for place in repeating(kept[left], kept[split])}
        if dropped:
            return dropped
    return set()


def _finest(document: Document) -> frozenset[str]:
    return character_windows(collapsed(document.text), _BOARD_TOKENS)


def _without_equal(splits: Mapping[Split, Iterable[Document]], same: Callable[[str], str]) -> _Splits:
    kept: _Splits = {}
    seen: set[str] = set()
    for split in KEPT_FIRST:
        kept[split] = []
        for document in splits[split]:
            if (text := same(document.text)) not in seen:
                seen.add(text)
                kept[split].append(document)
    return kept


def _without_frame(documents: Sequence[Document]) -> Fingerprint:
    """Return the default fingerprint without what stands in many documents."""
    counts = Counter(piece for document in documents for piece in default_fingerprint(document))
    frame = {piece for piece, count in counts.items() if count > max(1, _FRAME_OF_PIECES * len(documents))}
    return lambda document: default_fingerprint(document) - frame
