"""Order: a domain gives the same documents and questions in the same order, in any process, however it is asked."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from earlyexp_bench.contracts import SPLITS, Document, Domain, Split
from earlyexp_bench.evaluation.stored import plain_config

Snapshot = Mapping[str, tuple[str, str]]
"""Part of a domain -> (hash of its entries in their order, hash of its entries sorted)."""
READ_BACKWARDS: tuple[Split, ...] = ("test", "validation", "train")


def snapshot(domain: Domain, order: Sequence[Split] = SPLITS) -> dict[str, tuple[str, str]]:
    """Read a domain and return what it gave, by split and task.

    Args:
        domain: The heavy half, constructed.
        order: In which order the splits are read.
    """
    found = {f"the {split} split": _hashes(map(_entry, domain.documents(split))) for split in order}
    for name, config in domain.tasks().items():
        plain, documents = plain_config(name, config)
        rows = [[split, row] for split, of_split in documents.items() for row in of_split]
        found[f"the task {name}"] = _hashes(json.dumps(row) for row in [plain, *rows])
    return found


def differences(one: Snapshot, other: Snapshot, when: str) -> Iterator[str]:
    """Yield the parts of two readings that differ.

    Args:
        one: The first reading.
        other: The second.
        when: What was different about the second, for the message.
    """
    for part in sorted(one.keys() | other.keys()):
        left, right = one.get(part), other.get(part)
        if left == right:
            continue
        if left is None or right is None:
            yield f"{part} is there in one of two readings only, {when}: return the same tasks always"
        else:
            what = "stands in another order" if left[1] == right[1] else "holds other entries"
            yield f"{part} {what} {when}: {_REMEDY}"


_REMEDY = (
    "sort whatever comes from a set, a directory listing or a clock, and shuffle by hash "
    "(`earlyexp_bench.domains.hash_order`) or with a generator seeded in documents()"
)


def _entry(document: Document) -> str:
    return json.dumps([document.group, document.answer_start, document.text])


def _hashes(entries: Iterator[str]) -> tuple[str, str]:
    listed = [hashlib.sha256(entry.encode("utf-8", "surrogatepass")).hexdigest() for entry in entries]
    return _hash(listed), _hash(sorted(listed))


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
