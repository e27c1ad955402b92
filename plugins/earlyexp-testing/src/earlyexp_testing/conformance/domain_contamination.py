"""What a board would say of a domain: it goes by the benchmark's tokens unless the domain has a fingerprint of its own.

The tokenizer of a benchmark is not known here; a byte-level BPE of 2,048 tokens stands in, trained on the domain's own
train split. Where the domain has a fingerprint, boards go by that, and near overlap has been looked for by it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from tokenizers import Tokenizer

from earlyexp_bench.contracts import Document
from earlyexp_bench.spec.models import Scoring
from earlyexp_bench.stages.overlap import contaminated_documents
from earlyexp_bench.stages.tokenizer import train_bpe
from earlyexp_bench.training import TokenizedSplit
from earlyexp_testing.conformance.domain_data import DomainData, shown

VOCABULARY = 2048
ALLOWED: float = Scoring.model_fields["contamination_threshold"].default
"""Share of test documents with twins that a benchmark allows, if it does not say otherwise."""


def contaminated(data: DomainData) -> Iterator[str]:
    """Yield that boards would flag the domain."""
    train, test = data.documents["train"], data.documents["test"]
    if data.has_own_fingerprint or not train or not test:
        return
    tokenizer = train_bpe((document.text for document in train), VOCABULARY)
    found = np.flatnonzero(contaminated_documents(_encoded(tokenizer, train), _encoded(tokenizer, test), tokenizer))
    if len(found) > ALLOWED * len(test):
        yield (
            f"boards would flag it as contaminated: {len(found)} of {len(test)} test documents share over a quarter of "
            f"their 13-token runs with a train document, such as {shown(test[found[0]].text)}, allowed are "
            f"{ALLOWED:.0%}: if what they share is a frame, alike by design, give the domain a `fingerprint(document)` "
            "without it, by which boards go then (`earlyexp_bench.contracts.FingerprintedDomain`); if not, leave them "
            "out (`earlyexp_bench.domains.without_near_duplicates(splits, boards=True)` does)"
        )


def _encoded(tokenizer: Tokenizer, documents: Sequence[Document]) -> TokenizedSplit:
    encodings = tokenizer.encode_batch([document.text for document in documents], add_special_tokens=False)
    ids = [np.array(encoding.ids, dtype=np.int64) for encoding in encodings]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in ids])]).astype(np.int64)
    unused = np.zeros(len(ids), dtype=np.int64)
    return TokenizedSplit(np.concatenate(ids), offsets, answer_starts=unused, byte_counts=unused)
