"""Cross-entropies that the data fix: the nadir (unigram) and the unit of learning (bigram) of every axis."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Scored = Iterable[tuple[Ints, Ints]]


class NgramModel:
    """Unigram with add-one smoothing, and bigram interpolated with it by Witten and Bell's weights.

    P(w|v) = (c(v, w) + T(v) · P(w)) / (c(v) + T(v)), with T(v) the number of different successors of v
    (Witten and Bell 1991, method C): no parameter to tune.

    Args:
        scored: Of the train split, in pieces: the token before each scored token and the scored token, each of
            shape (n,).
        vocab_size: Number of tokens.
    """

    def __init__(self, scored: Scored, vocab_size: int) -> None:
        self.vocab_size = vocab_size
        counts, totals = np.zeros(vocab_size, dtype=np.int64), np.zeros(vocab_size, dtype=np.int64)
        pairs = _Counter()
        for previous, tokens in scored:
            counts += np.bincount(tokens, minlength=vocab_size)
            totals += np.bincount(previous, minlength=vocab_size)
            pairs.add(previous * vocab_size + tokens)
        self.unigram = (counts + 1.0) / (counts + 1.0).sum()
        self.pairs, self.pair_counts = pairs.total()
        self.followers = np.bincount(self.pairs // vocab_size, minlength=vocab_size).astype(float)
        self.totals = totals.astype(float)

    def unigram_loss(self, scored: Scored) -> float:
        """Mean negative log-probability of the scored tokens in nats."""
        return _mean_loss(self.unigram[tokens] for _, tokens in scored)

    def bigram_loss(self, scored: Scored) -> float:
        """Mean negative log-probability of the scored tokens, each after the one before it, in nats."""
        return _mean_loss(self._after(previous, tokens) for previous, tokens in scored)

    def _after(self, previous: Ints, tokens: Ints) -> NDArray[np.float64]:
        codes = previous * self.vocab_size + tokens
        places = np.minimum(np.searchsorted(self.pairs, codes), len(self.pairs) - 1)
        seen = np.where(self.pairs[places] == codes, self.pair_counts[places], 0)
        total, followers = self.totals[previous], self.followers[previous]
        # A token never met as a predecessor leaves the unigram alone.
        known = np.maximum(total + followers, 1.0)
        mixed = (seen + followers * self.unigram[tokens]) / known
        probabilities: NDArray[np.float64] = np.where(total > 0, mixed, self.unigram[tokens])
        return probabilities


class _Counter:
    """Counts of codes that come in pieces, held as sorted runs that are merged when they are of like size."""

    def __init__(self) -> None:
        self._runs: list[tuple[Ints, Ints]] = []

    def add(self, codes: Ints) -> None:
        self._runs.append(np.unique(codes, return_counts=True))
        while len(self._runs) > 1 and 2 * len(self._runs[-1][0]) >= len(self._runs[-2][0]):
            self._merge()

    def total(self) -> tuple[Ints, Ints]:
        """Return the codes met, ascending, and how often each was."""
        while len(self._runs) > 1:
            self._merge()
        return self._runs[0]

    def _merge(self) -> None:
        last, before = self._runs.pop(), self._runs.pop()
        codes, where = np.unique(np.concatenate([before[0], last[0]]), return_inverse=True)
        counts = np.zeros(len(codes), dtype=np.int64)
        # Within one run a code stands once, so that plain indexing adds it up.
        counts[where[: len(before[0])]] += before[1]
        counts[where[len(before[0]) :]] += last[1]
        self._runs.append((codes, counts))


def _mean_loss(probabilities: Iterable[NDArray[np.float64]]) -> float:
    # One mean over all logarithms, not one of means: the pieces must not show in the last digit.
    return float(-np.concatenate([np.log(piece) for piece in probabilities]).mean())
