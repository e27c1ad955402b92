"""Near overlap: documents of two splits so alike that scoring one measures memory of the other.

The rules of ``earlyexp_bench.domains.duplicates``, the first for every domain: near duplicates share more than a
quarter of their pieces, by the domain's own ``fingerprint(document)`` or the default one. Without a fingerprint of its
own, a domain must hold no altered copies either, and at most a fifth of a split's documents may repeat 13 words in a
row of another split.
"""

from collections.abc import Iterator

from earlyexp_bench.contracts import Document, Split
from earlyexp_bench.domains.duplicates import RUN, alike, repeating
from earlyexp_bench.domains.splits import COMPARED
from earlyexp_testing.conformance.domain_data import DomainData, shown

RUNS_ALLOWED = 0.2
"""Share of a split's documents that may repeat ``RUN`` words in a row of another split."""


def near_overlap(data: DomainData) -> Iterator[str]:
    """Yield the splits that hold near duplicates of each other's documents."""
    for left, others in COMPARED:
        near = _near_duplicates(data, left, others)
        for right in others:
            yield from _complaint(data, left, right, near)
            if not data.has_own_fingerprint and not _held(data, right, near):
                yield from _common_runs(data, left, right)


def _near_duplicates(data: DomainData, left: Split, others: tuple[Split, ...]) -> dict[int, tuple[Document, Document]]:
    """Return near duplicates that are not equal (those are ``exact_overlap``'s) by the id of the one held out."""
    one, other = data.documents[left], [document for split in others for document in data.documents[split]]
    found = alike(one, other, data.fingerprint if data.has_own_fingerprint else None)
    return {id(b): (a, b) for a, b in found if data.same(a.text) != data.same(b.text)}


def _held(data: DomainData, split: Split, near: dict[int, tuple[Document, Document]]) -> list[Document]:
    return [document for document in data.documents[split] if id(document) in near]


def _complaint(
    data: DomainData, left: Split, right: Split, near: dict[int, tuple[Document, Document]]
) -> Iterator[str]:
    if held := _held(data, right, near):
        original = near[id(held[0])][0]
        yield (
            f"{len(held)} of {len(data.documents[right])} {right} documents are near duplicates of {left} documents, "
            f"such as {shown(held[0].text)} of {shown(original.text)}: leave them out ({data.remedy}), or, if such "
            "documents are not alike, give the domain a `fingerprint(document)` that says what is "
            "(`earlyexp_bench.contracts.FingerprintedDomain`)"
        )


def _common_runs(data: DomainData, left: Split, right: Split) -> Iterator[str]:
    documents = data.documents[right]
    hits = repeating(data.documents[left], documents)
    if len(hits) > RUNS_ALLOWED * len(documents):
        yield (
            f"{len(hits)} of {len(documents)} {right} documents repeat {RUN} words in a row of a {left} "
            f"document, such as {shown(documents[hits[0]].text)}: keep documents of one source in one group, or leave "
            "them out (`earlyexp_bench.domains.without_near_duplicates(splits, runs=True)` does)"
        )
