"""Which test documents have a near duplicate among those trained on, by n-grams of the benchmark's tokens.

The rule is that of `earlyexp_bench.domains.near_duplicates`, over a quarter of the pieces in common. A piece is a run
of 13 tokens; of a document of fewer than 26 tokens, where half of it would be one piece, a run of 30 characters,
without case and spacing (all of it where it is shorter). Pieces are compared as arrays of 64-bit hashes, some thousand
train documents at a time, so that a corpus of any length is read once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from earlyexp_bench.domains.duplicates import CHARACTERS, RUN, SHARE
from earlyexp_bench.training.data import TokenizedSplit
from earlyexp_bench.training.stream import ranges

PART_TOKENS = 2**16
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no unit of a run is lost

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Pieces:
    """Distinct pieces of some documents.

    Attributes:
        hashes: Shape (n,).
        documents: Index of the document that each is of, shape (n,).
        sizes: Pieces of each document, shape (documents,).
    """

    hashes: Hashes
    documents: Ints
    sizes: Ints


Cut = Callable[[TokenizedSplit], Pieces]


def contaminated_documents(train: TokenizedSplit, test: TokenizedSplit, tokenizer: Tokenizer) -> NDArray[np.bool_]:
    """Tell which test documents have a near duplicate among the train documents.

    Args:
        train: Documents trained on.
        test: Documents tested on, encoded by the same tokenizer.
        tokenizer: Gives back the text of short documents.

    Returns:
        Shape (test documents,).
    """
    short = test.lengths < 2 * RUN
    by_characters: Cut = lambda split: character_pieces(split, tokenizer)  # noqa: E731 - the other cut has a name
    found = np.zeros(test.documents, dtype=np.bool_)
    for cut, judged in ((token_pieces, ~short), (by_characters, short)):
        if judged.any():
            found |= judged & _repeated(train, test, cut)
    return found


def token_pieces(split: TokenizedSplit) -> Pieces:
    """Cut documents into runs of 13 tokens; a shorter one has none."""
    return _pieces(split.ids.astype(np.uint64), split.offsets, RUN)


def character_pieces(split: TokenizedSplit, tokenizer: Tokenizer) -> Pieces:
    """Cut documents into runs of 30 characters, without case and spacing; one that is shorter is one piece."""
    documents = [split.ids[a:b].tolist() for a, b in zip(split.offsets[:-1], split.offsets[1:], strict=True)]
    texts = [" ".join(text.casefold().split()) for text in tokenizer.decode_batch(documents, skip_special_tokens=False)]
    padded = [text.ljust(CHARACTERS, "\0") for text in texts]
    units = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in padded], dtype=np.int64)])
    return _pieces(units, offsets, CHARACTERS)


def _pieces(units: Hashes, offsets: Ints, width: int) -> Pieces:
    documents = len(offsets) - 1
    hashes = _run_hashes(units, width)
    owners = np.repeat(np.arange(documents, dtype=np.int64), np.diff(offsets))[: len(hashes)]
    inside = np.arange(len(hashes)) + width <= offsets[owners + 1]
    hashes, owners = hashes[inside], owners[inside]
    order = np.lexsort((hashes, owners))
    hashes, owners = hashes[order], owners[order]
    again = np.zeros(len(hashes), dtype=np.bool_)
    again[1:] = (hashes[1:] == hashes[:-1]) & (owners[1:] == owners[:-1])
    hashes, owners = hashes[~again], owners[~again]
    return Pieces(hashes, owners, np.bincount(owners, minlength=documents).astype(np.int64))


def _run_hashes(units: Hashes, width: int) -> Hashes:
    """Polynomial hash, modulo 2^64, of every run of ``width`` units; the units are scattered first."""
    count = max(0, len(units) - width + 1)
    scattered = (units + np.uint64(1)) * _MULTIPLIER
    scattered ^= scattered >> np.uint64(29)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(width):
        hashes = hashes * _MULTIPLIER + scattered[offset : offset + count]
    return hashes


def _repeated(train: TokenizedSplit, test: TokenizedSplit, cut: Cut) -> NDArray[np.bool_]:
    tested = cut(test)
    order = np.argsort(tested.hashes, kind="stable")
    hashes, owners = tested.hashes[order], tested.documents[order]
    found = np.zeros(test.documents, dtype=np.bool_)
    for part in train.parts(PART_TOKENS):
        trained = cut(part)
        first = np.searchsorted(hashes, trained.hashes, side="left")
        counts = np.searchsorted(hashes, trained.hashes, side="right") - first
        theirs = np.repeat(trained.documents, counts)
        ours = owners[ranges(first, counts)]
        pairs, shared = np.unique(theirs * test.documents + ours, return_counts=True)
        theirs, ours = np.divmod(pairs, test.documents)
        found[ours[shared > SHARE * np.minimum(trained.sizes[theirs], tested.sizes[ours])]] = True
    return found
