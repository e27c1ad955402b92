"""Whether documents are scored on the very token ids that they were trained on."""

import itertools
from pathlib import Path

import numpy as np

from earlyexp_bench.contracts import EarlyExpError, Split
from earlyexp_bench.evaluation import load_domain
from earlyexp_bench.evaluation.model import CheckpointLM
from earlyexp_bench.training import TokenizedSplit, load_split

FIRST, LONGEST = 4, 4


def check_ids(lm: CheckpointLM, tokens: Path, split: Split, documents: int | None) -> None:
    """Compare the first and the longest few documents of a split with their ids in the tokens stage.

    Args:
        lm: Tokenizes as it scores.
        tokens: The tokens stage's directory.
        split: ``validation`` or ``test``.
        documents: The first so many are measured; None for all.

    Raises:
        EarlyExpError: A document has other ids.
    """
    stored = load_split(tokens, split).first(documents)
    chosen = _chosen(stored)
    documents_until = itertools.islice(load_domain(tokens).documents(split), max(chosen, default=-1) + 1)
    found = lm.encode_all([document.text for index, document in enumerate(documents_until) if index in chosen])
    for index, ids in zip(chosen, found, strict=True):
        trained = stored.ids[stored.offsets[index] : stored.offsets[index + 1]].tolist()
        if ids != trained:
            raise EarlyExpError(
                f"document {index} of {split} in {tokens} would be scored on {len(ids)} token ids that are not the "
                f"{len(trained)} that the tokens stage holds: the tokenizer beside the checkpoint is not the one that "
                "it was trained with, or other software made either of them, which `--strict-code` makes again"
            )


def _chosen(split: TokenizedSplit) -> list[int]:
    longest = np.argsort(-split.lengths, kind="stable")[:LONGEST].tolist()
    return sorted({*range(min(FIRST, split.documents)), *longest})
