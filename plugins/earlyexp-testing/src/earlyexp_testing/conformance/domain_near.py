"""Near overlap: documents of two splits so alike that scoring one measures memory of the other.

Three rules, the first for every domain. Near twins share more than a quarter of their pieces, by the domain's own
``fingerprint(document)`` or the default one (``earlyexp_bench.domains.twins``). Without a fingerprint of its own, a
domain must hold no altered copies either (``earlyexp_bench.domains.altered``), and at most a fifth of a split's
documents may repeat 13 words in a row of another split (``earlyexp_bench.domains.runs``).
"""

from collections.abc import Iterator

from earlyexp_bench.contracts import Document, Split
from earlyexp_bench.domains.apart import COMPARED, alike
from earlyexp_bench.domains.runs import RUN_WORDS, repeating
from earlyexp_testing.conformance.domain_data import DomainData, shown

RUNS_ALLOWED = 0.2
"""Share of a split's documents that may repeat ``RUN_WORDS`` words in a row of another split."""


def near_overlap(data: DomainData) -> Iterator[str]:
    """Yield the splits that hold near twins of each other's documents."""
    for left, others in COMPARED:
        twins = _twins(data, left, others)
        for right in others:
            yield from _twin_complaint(data, left, right, twins)
            if not data.has_own_fingerprint and not _held(data, right, twins):
                yield from _common_runs(data, left, right)


def _twins(data: DomainData, left: Split, others: tuple[Split, ...]) -> dict[int, tuple[Document, Document]]:
    """Return near twins that are not equal (those are ``exact_overlap``'s) by the id of the one held out."""
    one, other = data.documents[left], [document for split in others for document in data.documents[split]]
    found = alike(one, other, data.fingerprint if data.has_own_fingerprint else None)
    return {id(b): (a, b) for a, b in found if data.same(a.text) != data.same(b.text)}


def _held(data: DomainData, split: Split, twins: dict[int, tuple[Document, Document]]) -> list[Document]:
    return [document for document in data.documents[split] if id(document) in twins]


def _twin_complaint(
    data: DomainData, left: Split, right: Split, twins: dict[int, tuple[Document, Document]]
) -> Iterator[str]:
    if held := _held(data, right, twins):
        original = twins[id(held[0])][0]
        yield (
            f"{len(held)} of {len(data.documents[right])} {right} documents are near twins of {left} documents, such "
            f"as {shown(held[0].text)} of {shown(original.text)}: leave them out ({data.remedy}), or, if such "
            "documents are not alike, give the domain a `fingerprint(document)` that says what is "
            "(`earlyexp_bench.contracts.FingerprintedDomain`)"
        )


def _common_runs(data: DomainData, left: Split, right: Split) -> Iterator[str]:
    documents = data.documents[right]
    hits = repeating(data.documents[left], documents)
    if len(hits) > RUNS_ALLOWED * len(documents):
        yield (
            f"{len(hits)} of {len(documents)} {right} documents repeat {RUN_WORDS} words in a row of a {left} "
            f"document, such as {shown(documents[hits[0]].text)}: keep documents of one source in one group, or leave "
            "them out (`earlyexp_bench.domains.without_twins(splits, runs=True)` does)"
        )
