"""Passages taken over: documents that repeat ``RUN_WORDS`` words in a row of another split.

Phrases do recur, and a run that stands in more than 1% of the other split is a frame.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from earlyexp_bench.contracts import Document
from earlyexp_bench.domains.altered import words

RUN_WORDS = 13
_FRAME = 0.01


def repeating(left: Sequence[Document], right: Sequence[Document]) -> list[int]:
    """Return the places in ``right`` of documents that repeat a run of words of a ``left`` document."""
    runs = [_runs(document) for document in right]
    wanted = set().union(*runs)
    counts = Counter(run for document in left for run in wanted.intersection(_runs(document)))
    frame = max(1, round(_FRAME * len(left)))
    return [place for place, own in enumerate(runs) if _repeats(own, counts, frame)]


def _repeats(runs: Sequence[int], counts: Mapping[int, int], frame: int) -> bool:
    """Tell whether one of a document's runs stands in the other split, and is not for the most part a frame."""
    framed = {i + k for i, run in enumerate(runs) if counts[run] > frame for k in range(RUN_WORDS)}
    found = (i for i, run in enumerate(runs) if 0 < counts[run] <= frame)
    return any(sum(i + k in framed for k in range(RUN_WORDS)) <= RUN_WORDS // 2 for i in found)


def _runs(document: Document) -> list[int]:
    """Return the runs of ``RUN_WORDS`` words as hashes, which take a fraction of their text's memory."""
    own = words(document.text)
    return [hash(tuple(own[i : i + RUN_WORDS])) for i in range(len(own) - RUN_WORDS + 1)]
