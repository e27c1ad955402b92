"""Cross-entropies that the data fix: the nadir (unigram) and the unit of learning (bigram) of every axis."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class NgramModel:
    """Unigram with add-one smoothing, and bigram interpolated with it by Witten and Bell's weights.

    P(w|v) = (c(v, w) + T(v) · P(w)) / (c(v) + T(v)), with T(v) the number of different successors of v
    (Witten and Bell 1991, method C): no parameter to tune.

    Args:
        previous: Token before each scored token of the train split, shape (n,).
        tokens: The scored tokens, shape (n,).
        vocab_size: Number of tokens.
    """

    def __init__(self, previous: Ints, tokens: Ints, vocab_size: int) -> None:
        self.vocab_size = vocab_size
        counts = np.bincount(tokens, minlength=vocab_size) + 1.0
        self.unigram = counts / counts.sum()
        self.pairs, self.pair_counts = np.unique(previous * vocab_size + tokens, return_counts=True)
        self.followers = np.bincount(self.pairs // vocab_size, minlength=vocab_size).astype(float)
        self.totals = np.bincount(previous, minlength=vocab_size).astype(float)

    def unigram_loss(self, tokens: Ints) -> float:
        """Mean negative log-probability of ``tokens`` in nats."""
        return float(-np.log(self.unigram[tokens]).mean())

    def bigram_loss(self, previous: Ints, tokens: Ints) -> float:
        """Mean negative log-probability of ``tokens`` after ``previous`` in nats."""
        codes = previous * self.vocab_size + tokens
        places = np.minimum(np.searchsorted(self.pairs, codes), len(self.pairs) - 1)
        seen = np.where(self.pairs[places] == codes, self.pair_counts[places], 0)
        total, followers = self.totals[previous], self.followers[previous]
        # A token never met as a predecessor leaves the unigram alone.
        known = np.maximum(total + followers, 1.0)
        mixed = (seen + followers * self.unigram[tokens]) / known
        return float(-np.log(np.where(total > 0, mixed, self.unigram[tokens])).mean())
