"""From a pile of documents to train, validation and test: by group, in a fixed shuffled order, without near twins."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from earlyexp_bench.contracts import SPLITS, Document, Split, split_of
from earlyexp_bench.domains.apart import KEPT_FIRST
from earlyexp_bench.domains.twins import Fingerprint, default_fingerprint, near_twins


@dataclass(frozen=True)
class Splits:
    """Documents by split, and how many were left out because they stood too close to another split.

    Attributes:
        documents: Documents of each split in the order they are read.
        duplicates: Documents left out because their text was there already.
        twins: Held-out documents left out as near twins, by split.
    """

    documents: dict[Split, tuple[Document, ...]]
    duplicates: int
    twins: dict[Split, int]


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

    Of equal texts one is kept, in train if it is there. Held-out documents that are near twins of a train document are
    left out, and validation documents that are near twins of a test document; train keeps everything. What differs in
    case, white space or punctuation only, or in a few words, stays: `without_twins` leaves that out too.

    Args:
        documents: All documents, in any order.
        salt: The domain's id: decides the order, and the splits unless ``assign`` does.
        fingerprints: What documents are compared by, see ``near_twins``; alike by one of them is alike.
        assign: A group's split; by default ``split_of`` with 5% of the groups each in validation and test.
    """
    chosen = assign or (lambda group: split_of(group, salt=salt))
    by_split: dict[Split, list[Document]] = {split: [] for split in SPLITS}
    seen: set[str] = set()
    duplicates = 0
    ordered = [(chosen(document.group), document) for document in hash_order(documents, salt)]
    for split, document in sorted(ordered, key=lambda pair: KEPT_FIRST.index(pair[0])):
        duplicates += document.text in seen
        if document.text not in seen:
            seen.add(document.text)
            by_split[split].append(document)
    train, validation, test = (by_split[split] for split in SPLITS)
    close = _twin_texts(train, [*test, *validation], fingerprints)
    test_kept = [document for document in test if document.text not in close]
    close |= _twin_texts(test_kept, validation, fingerprints)
    validation_kept = [document for document in validation if document.text not in close]
    return Splits(
        {"train": tuple(train), "validation": tuple(validation_kept), "test": tuple(test_kept)},
        duplicates=duplicates,
        twins={"validation": len(validation) - len(validation_kept), "test": len(test) - len(test_kept)},
    )


def _twin_texts(left: Sequence[Document], right: Sequence[Document], fingerprints: Sequence[Fingerprint]) -> set[str]:
    return {twin.text for fingerprint in fingerprints for _, twin, _ in near_twins(left, right, fingerprint)}


def _hash(text: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest()
