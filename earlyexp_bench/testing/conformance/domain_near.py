"""Near overlap: documents of two splits so alike that scoring one measures memory of the other.

Three rules, the first for every domain. Near twins share more than a quarter of their pieces, by the domain's own
``fingerprint(document)`` or the default one (``earlyexp_bench.domains.twins``). Without a fingerprint of its own, a
domain must hold no altered copies either (``domain_words``), and at most a fifth of a split's documents may repeat 13
words in a row of another split: phrases do recur, and a run that stands in more than 1% of that split is a frame.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from earlyexp_bench.contracts import Document, Split
from earlyexp_bench.domains.twins import Fingerprint, near_twins
from earlyexp_bench.testing.conformance.domain_data import DomainData, shown
from earlyexp_bench.testing.conformance.domain_words import altered_copies, words

RUN_WORDS = 13
RUNS_ALLOWED = 0.2
"""Share of a split's documents that may repeat ``RUN_WORDS`` words in a row of another split."""
_FRAME = 0.01
_FRAME_OF_PIECES = 0.05
"""Share of all documents that a frame stands in; a piece in fewer tells documents apart."""
_COMPARED: tuple[tuple[Split, tuple[Split, ...]], ...] = (("train", ("validation", "test")), ("validation", ("test",)))


def near_overlap(data: DomainData) -> Iterator[str]:
    """Yield the splits that hold near twins of each other's documents."""
    for left, others in _COMPARED:
        twins = _twins(data, left, others)
        for right in others:
            yield from _twin_complaint(data, left, right, twins)
            if not data.has_own_fingerprint and not _held(data, right, twins):
                yield from _common_runs(data, left, right)


def _twins(data: DomainData, left: Split, others: tuple[Split, ...]) -> dict[int, tuple[Document, Document]]:
    """Return near twins that are not equal (those are ``exact_overlap``'s) by the id of the one held out."""
    one, other = data.documents[left], [document for split in others for document in data.documents[split]]
    found = [(a, b) for a, b, _ in near_twins(one, other, _pieces(data, [*one, *other]))]
    if not data.has_own_fingerprint:
        texts = [[document.text for document in side] for side in (one, other)]
        found += [(one[i], other[j]) for i, j, _ in altered_copies(*texts)]
    return {id(b): (a, b) for a, b in found if data.same(a.text) != data.same(b.text)}


def _pieces(data: DomainData, documents: Sequence[Document]) -> Fingerprint:
    """Return the domain's own fingerprint, or the default one without what stands in many documents."""
    return data.fingerprint if data.has_own_fingerprint else without_frame(data.fingerprint, documents)


def without_frame(fingerprint: Fingerprint, documents: Sequence[Document]) -> Fingerprint:
    """Return a fingerprint without what stands in many of the documents: a frame."""
    counts = Counter(piece for document in documents for piece in fingerprint(document))
    frame = {piece for piece, count in counts.items() if count > max(1, _FRAME_OF_PIECES * len(documents))}
    return lambda document: fingerprint(document) - frame


def _held(data: DomainData, split: Split, twins: dict[int, tuple[Document, Document]]) -> list[Document]:
    return [document for document in data.documents[split] if id(document) in twins]


def _twin_complaint(
    data: DomainData, left: Split, right: Split, twins: dict[int, tuple[Document, Document]]
) -> Iterator[str]:
    if held := _held(data, right, twins):
        original = twins[id(held[0])][0]
        yield (
            f"{len(held)} of {len(data.documents[right])} {right} documents are near twins of {left} documents, such "
            f"as {shown(held[0].text)} of {shown(original.text)}: leave them out "
            "(`earlyexp_bench.domains.split_documents` does), or, if such documents are not alike, give the domain a "
            "`fingerprint(document)` that says what is"
        )


def _common_runs(data: DomainData, left: Split, right: Split) -> Iterator[str]:
    runs = [_runs(document) for document in data.documents[right]]
    wanted = set().union(*runs)
    counts = Counter(run for document in data.documents[left] for run in wanted.intersection(_runs(document)))
    frame = max(1, round(_FRAME * len(data.documents[left])))
    hits = [place for place, own in enumerate(runs) if _repeats(own, counts, frame)]
    if len(hits) > RUNS_ALLOWED * len(runs):
        yield (
            f"{len(hits)} of {len(runs)} {right} documents repeat {RUN_WORDS} words in a row of a {left} document, "
            f"such as {shown(data.documents[right][hits[0]].text)}: keep documents of one source in one group, or "
            "leave out what is repeated"
        )


def _repeats(runs: Sequence[int], counts: Mapping[int, int], frame: int) -> bool:
    """Tell whether one of a document's runs stands in the other split, and is not for the most part a frame."""
    framed = {i + k for i, run in enumerate(runs) if counts[run] > frame for k in range(RUN_WORDS)}
    found = (i for i, run in enumerate(runs) if 0 < counts[run] <= frame)
    return any(sum(i + k in framed for k in range(RUN_WORDS)) <= RUN_WORDS // 2 for i in found)


def _runs(document: Document) -> list[int]:
    """Return the runs of ``RUN_WORDS`` words as hashes, which take a fraction of their text's memory."""
    own = words(document.text)
    return [hash(tuple(own[i : i + RUN_WORDS])) for i in range(len(own) - RUN_WORDS + 1)]
