"""Packing: documents in random order, one after the other, cut into sequences of the context length."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earlyexp_bench.contracts import LossOn, UserError
from earlyexp_bench.training.data import TokenizedSplit
from earlyexp_bench.training.order import permutation


@dataclass(frozen=True)
class Sequences:
    """Packed sequences of one source.

    Attributes:
        ids: Token ids, shape (sequences, context); padded with the end token.
        scored: Tokens that the model is trained to predict from those before them in the same sequence,
            so never the first one; shape (sequences, context).
        lengths: Tokens of each sequence without padding, shape (sequences,); only the last may be short.
        pool_sequences: Sequences of one pass over the documents they were packed from, rounded up.
    """

    ids: NDArray[np.int32]
    scored: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    pool_sequences: int

    @property
    def count(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    @property
    def full(self) -> NDArray[np.int64]:
        """Indices of the sequences without padding."""
        return np.flatnonzero(self.lengths == self.ids.shape[1])


def pack(
    split: TokenizedSplit,
    *,
    tokens: int,
    context: int,
    seed: int,
    role: str,
    loss_on: LossOn = "text",
    repeats: int = 1,
    end_token: int = 0,
) -> Sequences:
    """Draw exactly ``tokens`` tokens of documents in the order of (seed, role), an end token before each.

    There is no attention mask between the documents of a sequence. An end token after a document is trained
    on, also with ``loss_on`` answer, or the model would never stop.

    Args:
        split: The pool.
        tokens: Tokens wanted, end tokens included.
        context: Sequence length.
        seed: The stage's seed; stages of one seed draw the same documents in the same order.
        role: ``general``, ``target`` or ``downstream``.
        loss_on: Whether prompts are trained on.
        repeats: Most passes over the pool, each in an order of its own.
        end_token: Id of the token between documents.

    Raises:
        UserError: The pool is too small.
    """
    pool = len(split.ids) + split.documents
    if tokens > pool * repeats:
        passes = "one pass" if repeats == 1 else f"{repeats} passes"
        raise UserError(
            f"{tokens:,} {role} tokens are asked for, {passes} over its train split give {pool * repeats:,}",
            expected="a smaller budget, or more repeats where the stage has them",
        )
    passes_needed = -(-tokens // pool)
    orders = [permutation(split.documents, seed, "documents", role, number) for number in range(passes_needed)]
    ids, scored = _stream(split, np.concatenate(orders), tokens, loss_on, end_token)
    return _cut(ids, scored, context, end_token, -(-pool // context))


def _stream(
    split: TokenizedSplit, order: NDArray[np.int64], tokens: int, loss_on: LossOn, end_token: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Lay out documents with an end token before each; return the first ``tokens`` ids and which are trained on."""
    spans = split.lengths[order] + 1
    ends = np.cumsum(spans)
    needed = int(np.searchsorted(ends, tokens)) + 1
    order, spans, starts = order[:needed], spans[:needed], (ends - spans)[:needed]
    # Position within the document; -1 is the end token before it.
    position = np.arange(int(spans.sum()), dtype=np.int64) - np.repeat(starts, spans) - 1
    index = np.maximum(np.repeat(split.offsets[order], spans) + position, 0)
    ids = np.where(position < 0, end_token, split.ids[index]).astype(np.int32)
    scored = np.ones(len(ids), dtype=np.bool_)
    if loss_on == "answer":
        scored = (position < 0) | (position >= np.repeat(split.answer_starts[order], spans))
    return ids[:tokens], scored[:tokens]


def _cut(
    ids: NDArray[np.int32], scored: NDArray[np.bool_], context: int, end_token: int, pool_sequences: int
) -> Sequences:
    count = -(-len(ids) // context)
    padding = count * context - len(ids)
    rows = np.pad(ids, (0, padding), constant_values=end_token).reshape(count, context)
    trained = np.pad(scored, (0, padding), constant_values=False).reshape(count, context)
    trained[:, 0] = False
    lengths = np.full(count, context, dtype=np.int64)
    lengths[-1] -= padding
    return Sequences(rows, trained, lengths, pool_sequences)
