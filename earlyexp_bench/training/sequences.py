"""Packing: documents in random order, one after the other, cut into sequences of the context length.

A pack is its order of documents; the tokens of a sequence are gathered from the tokenized split when it is read.
"""

from dataclasses import dataclass

import numpy as np

from earlyexp_bench.contracts import LossOn, UserError
from earlyexp_bench.training.data import TokenizedSplit
from earlyexp_bench.training.order import permutation
from earlyexp_bench.training.stream import Gathered, Ints, Rows, Stream


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

    ids: Rows
    scored: Rows
    lengths: Ints
    pool_sequences: int

    @property
    def count(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    @property
    def full(self) -> Ints:
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
    stream = Stream.of(split, np.concatenate(orders), tokens, context)
    lengths = np.full(stream.count, context, dtype=np.int64)
    lengths[-1] -= stream.count * context - tokens
    return Sequences(
        ids=Gathered(stream.count, context, stream.ids),
        scored=Gathered(stream.count, context, stream.answers if loss_on == "answer" else stream.text),
        lengths=lengths,
        pool_sequences=-(-pool // context),
    )
