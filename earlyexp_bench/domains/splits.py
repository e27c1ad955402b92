"""From a pile of documents to train, validation and test: by group, in a fixed shuffled order, without near twins."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from earlyexp_bench.contracts import SPLITS, Document, Split, split_of
from earlyexp_bench.testing.twins import Fingerprint, near_twins


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
    fingerprint: Fingerprint | None = None,
    assign: Callable[[str], Split] | None = None,
) -> Splits:
    """Split documents by group and order them.

    Of equal texts one is kept, in train if it is there. Held-out documents that are near twins of a train document are
    left out, and validation documents that are near twins of a test document; train keeps everything.

    Args:
        documents: All documents, in any order.
        salt: The domain's id: decides the order, and the splits unless ``assign`` does.
        fingerprint: What documents are compared by; see ``near_twins``.
        assign: A group's split; by default ``split_of`` with 5% of the groups each in validation and test.
    """
    chosen = assign or (lambda group: split_of(group, salt=salt))
    by_split: dict[Split, list[Document]] = {split: [] for split in SPLITS}
    total = 0
    for document in hash_order(documents, salt):
        by_split[chosen(document.group)].append(document)
        total += 1
    seen: set[str] = set()
    train = _first_of_each_text(by_split["train"], seen)
    test = _first_of_each_text(by_split["test"], seen)
    validation = _first_of_each_text(by_split["validation"], seen)
    twin_texts = {twin.text for _, twin, _ in near_twins(train, [*test, *validation], fingerprint)}
    test_kept = [document for document in test if document.text not in twin_texts]
    twin_texts |= {twin.text for _, twin, _ in near_twins(test_kept, validation, fingerprint)}
    validation_kept = [document for document in validation if document.text not in twin_texts]
    return Splits(
        {"train": tuple(train), "validation": tuple(validation_kept), "test": tuple(test_kept)},
        duplicates=total - len(seen),
        twins={"validation": len(validation) - len(validation_kept), "test": len(test) - len(test_kept)},
    )


def _first_of_each_text(documents: Iterable[Document], seen: set[str]) -> list[Document]:
    kept = []
    for document in documents:
        if document.text not in seen:
            seen.add(document.text)
            kept.append(document)
    return kept


def _hash(text: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest()
