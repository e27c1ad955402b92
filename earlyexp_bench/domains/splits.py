"""From a pile of documents to train, validation and test: by group, in a fixed shuffled order, no two of a kind.

`split_documents` is what a domain's numbers rest on, so its rule stays; `without_near_duplicates` leaves out all that
the conformance kit looks for, by the same functions, so that what it leaves passes.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from earlyexp_bench.contracts import SPLITS, Document, Split, split_of
from earlyexp_bench.domains.duplicates import (
    RUN,
    Fingerprint,
    alike,
    character_windows,
    collapsed,
    default_fingerprint,
    near_duplicates,
    normalised,
    repeating,
)

COMPARED: tuple[tuple[Split, tuple[Split, ...]], ...] = (("train", ("validation", "test")), ("validation", ("test",)))
_KEPT_FIRST: tuple[Split, ...] = ("train", "test", "validation")
"""Of what stands in two splits, the one that comes first here keeps it."""

_Splits = dict[Split, list[Document]]


@dataclass(frozen=True)
class Splits:
    """Documents by split, and how many were left out because they stood too close to another split.

    Attributes:
        documents: Documents of each split in the order they are read.
        duplicates: Documents left out because their text was there already.
        near_duplicates: Held-out documents left out as near duplicates, by split.
    """

    documents: dict[Split, tuple[Document, ...]]
    duplicates: int
    near_duplicates: dict[Split, int]


def hash_order(documents: Iterable[Document], salt: str) -> list[Document]:
    """Shuffle documents by the hash of their text: the same order everywhere, whatever order they came in."""
    return sorted(documents, key=lambda document: (_hash(document.text, salt), document.group))


def split_documents(
    documents: Iterable[Document],
    salt: str,
    fingerprints: Sequence[Fingerprint] = (default_fingerprint,),
    assign: Callable[[str], Split] | None = None,
) -> Splits:
    """Split documents by group and order them.

    Of equal texts one is kept, in train if it is there. Held-out documents that are near duplicates of a train document
    are left out, and validation documents that are near duplicates of a test document; train keeps everything. What
    differs in case, white space or punctuation only, or in a few words, stays: `without_near_duplicates` leaves that
    out too.

    Args:
        documents: All documents, in any order.
        salt: The domain's id: decides the order, and the splits unless ``assign`` does.
        fingerprints: What documents are compared by, see `near_duplicates`; alike by one of them is alike.
        assign: A group's split; by default ``split_of`` with 5% of the groups each in validation and test.
    """
    chosen = assign or (lambda group: split_of(group, salt=salt))
    by_split: _Splits = {split: [] for split in SPLITS}
    for document in hash_order(documents, salt):
        by_split[chosen(document.group)].append(document)
    unique = _without_equal(by_split, lambda text: text)
    train, validation, test = (unique[split] for split in SPLITS)
    close = _close_texts(train, [*test, *validation], fingerprints)
    test_kept = [document for document in test if document.text not in close]
    close |= _close_texts(test_kept, validation, fingerprints)
    validation_kept = [document for document in validation if document.text not in close]
    return Splits(
        {"train": tuple(train), "validation": tuple(validation_kept), "test": tuple(test_kept)},
        duplicates=sum(len(by_split[split]) - len(unique[split]) for split in SPLITS),
        near_duplicates={"validation": len(validation) - len(validation_kept), "test": len(test) - len(test_kept)},
    )


def without_near_duplicates(
    splits: Splits | Mapping[Split, Iterable[Document]],
    fingerprint: Fingerprint | None = None,
    *,
    runs: bool = False,
    boards: bool = False,
) -> dict[Split, tuple[Document, ...]]:
    """Leave out what stands in the splits twice, and held-out documents that are near duplicates of another split's.

    Of equal documents the first is kept, in train if it is there, else in test. Train loses nothing else, and
    validation gives way to test. The order stays.

    Args:
        splits: What `split_documents` returns, or documents by split.
        fingerprint: The domain's own, if it has one: then documents are alike by that alone, and equal if only white
            space tells them apart. By default two are alike that share a quarter of their 8-word runs, but for what
            stands in over 5% of all, or of which one is the other with a few words changed; and equal whatever their
            case, punctuation and Unicode variants.
        runs: Leave out, too, documents that repeat 13 words in a row of train, and test documents those of validation.
        boards: Leave out, too, what a board might take for a near duplicate of a train document by its 13-token runs,
            frames included: what shares over a quarter of its 13-character runs, since a token is a character or more.
    """
    given = splits.documents if isinstance(splits, Splits) else splits
    kept = _without_equal(given, collapsed if fingerprint else normalised)
    while dropped := _near(kept, fingerprint, runs=runs, boards=boards):  # fewer documents have fewer frames
        kept = {split: [document for document in kept[split] if id(document) not in dropped] for split in SPLITS}
    return {split: tuple(kept[split]) for split in SPLITS}


def _near(kept: _Splits, fingerprint: Fingerprint | None, *, runs: bool, boards: bool) -> set[int]:
    """Return the ids of documents to leave out, those too near to train before any others."""
    for left, others in COMPARED:
        right = [document for split in others for document in kept[split]]
        pairs = alike(kept[left], right, fingerprint)
        if boards and left == "train":
            pairs += [(one, other) for one, other, _ in near_duplicates(kept[left], right, _finest)]
        dropped = {id(other if left == "train" else one) for one, other in pairs}
        for split in others if runs else ():
            dropped |= {id(kept[split][place]) for place in repeating(kept[left], kept[split])}
        if dropped:
            return dropped
    return set()


def _finest(document: Document) -> frozenset[str]:
    return character_windows(collapsed(document.text), RUN)


def _without_equal(splits: Mapping[Split, Iterable[Document]], same: Callable[[str], str]) -> _Splits:
    kept: _Splits = {}
    seen: set[str] = set()
    for split in _KEPT_FIRST:
        kept[split] = []
        for document in splits.get(split, ()):
            if (text := same(document.text)) not in seen:
                seen.add(text)
                kept[split].append(document)
    return kept


def _close_texts(left: Sequence[Document], right: Sequence[Document], fingerprints: Sequence[Fingerprint]) -> set[str]:
    return {other.text for fingerprint in fingerprints for _, other, _ in near_duplicates(left, right, fingerprint)}


def _hash(text: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest()
