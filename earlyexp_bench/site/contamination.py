"""What is said of test documents with a near-duplicate in training text: which texts, by which rule, and what to do."""

from collections.abc import Iterable

from earlyexp_bench.scoring import BoardTerms, Contamination
from earlyexp_bench.site.numbers import percent
from earlyexp_bench.site.wording import contaminated

RUNS = "near-duplicates share more than a quarter of their runs of 13 tokens (short documents: of 30 characters)"
OF_ITSELF = (
    f"Splits of one domain are compared by its own fingerprint(document) where it has one; else {RUNS}. Leave these "
    "documents out of the train or the test split. Where they are alike by design, a domain of a package can have a "
    "fingerprint(document) of its own, which says what makes two documents one."
)
OF_OTHERS = f"Two domains are compared by tokens: {RUNS}. Leave these documents out of one of the two."


def flagged(terms: BoardTerms, pipeline: str) -> list[Contamination]:
    """What is above the threshold on a pipeline; nothing where it was not measured."""
    return contaminated(terms, terms.pipeline(pipeline)) or []


def told(overlap: Contamination) -> str:
    """Which test documents have near-duplicates where."""
    return (
        f"{overlap.twins} of {overlap.documents} test documents of {overlap.tested} ({percent(overlap.share)}) have a "
        f"near-duplicate in the training text of {overlap.trained}"
    )


def advice(overlaps: Iterable[Contamination]) -> list[str]:
    """By which rule these near-duplicates were found and what to do about them, each said once."""
    return list(dict.fromkeys(OF_ITSELF if one.trained == one.tested else OF_OTHERS for one in overlaps))
