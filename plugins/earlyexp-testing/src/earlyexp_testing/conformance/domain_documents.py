"""Documents: none empty, none twice, enough of them for a test, and as declared."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from earlyexp_bench.contracts import SPLITS, Document, content_hash
from earlyexp_testing.conformance.domain_data import MIN_TEST_DOCUMENTS, DomainData, shown

_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def empty_or_duplicate(data: DomainData) -> Iterator[str]:
    """Yield what is empty, and what stands in one split twice."""
    for split in SPLITS:
        documents = data.documents[split]
        for place, document in enumerate(documents):
            if complaint := _empty(document):
                yield f"{split} document {place} {complaint}: leave it out"
                break
        copies = Counter(data.same(document.text) for document in documents)
        repeated = [(text, count) for text, count in copies.items() if count > 1]
        if repeated:
            text, count = repeated[0]
            yield (
                f"{split} holds {len(repeated)} documents more than once, {shown(text)} {count} times: "
                f"keep one of each ({data.remedy})"
            )


def _empty(document: Document) -> str:
    if not _visible(document.text):
        return "has no text"
    if document.answer_start and not _visible(document.text[document.answer_start :]):
        return f"has an empty answer after {shown(document.text[: document.answer_start])}"
    return ""


def _visible(text: str) -> bool:
    return any(unicodedata.category(letter) not in _INVISIBLE for letter in text)


def too_few(data: DomainData) -> Iterator[str]:
    """Yield the splits with fewer documents than a benchmark needs."""
    for split in SPLITS:
        least = MIN_TEST_DOCUMENTS if split == "test" else 1
        found = len(data.documents[split])
        if found < least:
            yield f"{split} has {found} documents, fewer than {least}: assign it more groups, or take more data"


def other_than_declared(data: DomainData) -> Iterator[str]:
    """Yield where the definition states another hash or size than the documents have."""
    declared, found = data.definition.content_hash, content_hash(data.domain)
    if declared not in (None, found):
        yield f"content_hash is {declared!r}, the documents have {found!r}: update it, and raise the version"
    train_bytes = sum(len(document.text.encode()) for document in data.documents["train"])
    if data.definition.train_bytes not in (None, train_bytes):
        yield f"train_bytes is {data.definition.train_bytes}, the train split has {train_bytes}: update it"


_SAYS_NOTHING = re.compile(
    r"(?:(?:not?|see|the|an?|to be|website|source|data|given|other|various|todo|tbd|fixme|xxx+|none|n ?a|null|here|"
    r"(?:un)?(?:stated|specified|known|clear|decided|determined)|unlicensed|licen[cs]e) ?)*"
)


def licence_missing(licence: str) -> Iterable[str]:
    """Yield a message if ``licence`` says nothing."""
    if _SAYS_NOTHING.fullmatch(re.sub(r"\W+", " ", licence).strip().casefold()):
        yield (
            f"licence is {licence!r}: state the SPDX id of the data's licence, or 'public-domain', and where they "
            "are from"
        )
