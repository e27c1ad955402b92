"""Splits: no group in two of them, and no document of one again in another."""

import unicodedata
from collections.abc import Iterator
from itertools import combinations

from earlyexp_bench.contracts import SPLITS, Document
from earlyexp_testing.conformance.domain_data import DomainData, shown


def shared_groups(data: DomainData) -> Iterator[str]:
    """Yield the splits that share a group, whatever its case and spacing."""
    groups = {split: {_group(document) for document in data.documents[split]} for split in SPLITS}
    for left, right in combinations(SPLITS, 2):
        if common := groups[left] & groups[right]:
            yield (
                f"{left} and {right} share {len(common)} groups, such as {min(common)!r}: put every group wholly into "
                "one split (`earlyexp_bench.contracts.split_of` does with a group that is always spelt alike)"
            )


def exact_overlap(data: DomainData) -> Iterator[str]:
    """Yield the splits that share documents."""
    for left, right in combinations(SPLITS, 2):
        known = {data.same(document.text) for document in data.documents[left]}
        common = [document for document in data.documents[right] if data.same(document.text) in known]
        if common:
            yield (
                f"{len(common)} of {len(data.documents[right])} {right} documents are {left} documents as well, such "
                f"as {shown(common[0].text)}: keep each in one split ({data.remedy})"
            )


def _group(document: Document) -> str:
    return " ".join(unicodedata.normalize("NFKC", document.group).casefold().split())
