"""Rows in which every token of every document is predicted once, as lm-eval's rolling losses cut them."""

from dataclasses import dataclass

import numpy as np

from earlyexp_bench.contracts import LossOn
from earlyexp_bench.training.data import TokenizedSplit
from earlyexp_bench.training.stream import Ints, ranges

IGNORED = -100


@dataclass(frozen=True)
class Windows:
    """Rows to score, longest first.

    Attributes:
        inputs: Ids that enter the model, shape (rows, context), padded on the right.
        targets: Ids that they predict, shape (rows, context); -100 where nothing is scored.
        lengths: Unpadded length of each row, shape (rows,), descending.
    """

    inputs: Ints
    targets: Ints
    lengths: Ints

    def batches(self, batch_tokens: int) -> list[slice]:
        """Rows of each forward pass of at most ``batch_tokens`` tokens, padding included."""
        slices, first = [], 0
        while first < len(self.lengths):
            rows = max(1, batch_tokens // int(self.lengths[first]))
            slices.append(slice(first, first + rows))
            first += rows
        return slices


def document_windows(split: TokenizedSplit, context: int, loss_on: LossOn = "text") -> Windows:
    """Cut each document into windows that score its tokens once each.

    The first token of a document is predicted from the end token, which itself is not scored; a last window that
    has room left begins with tokens scored before. Same windows as
    ``make_disjoint_window(get_rolling_token_windows(..., context_len=1))`` of lm-eval.
    """
    document, first, length, scored_from = _spans(split, context)
    begin = split.offsets[document]
    if loss_on == "answer":
        scored_from = np.maximum(scored_from, begin + split.answer_starts[document])
    column = np.arange(context)
    valid = column < length[:, None]
    index = np.where(valid, first[:, None] + column, 0)
    tokens, before = split.ids[index].astype(np.int64), split.ids[np.maximum(index - 1, 0)].astype(np.int64)
    targets = np.where(valid & (index >= scored_from[:, None]), tokens, IGNORED)
    inputs = np.where(valid & (index > begin[:, None]), before, split.end_token)
    return Windows(inputs, targets, length)


def _spans(split: TokenizedSplit, context: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Document, first target, number of targets and first scored target of every window, longest first."""
    counts = -(-split.lengths // context)
    document = np.repeat(np.arange(split.documents), counts)
    scored_from = split.offsets[document] + ranges(np.zeros_like(counts), counts) * context
    end = np.minimum(scored_from + context, split.offsets[document + 1])
    first = np.maximum(end - context, split.offsets[document])
    by_length = np.argsort(first - end, kind="stable")
    return document[by_length], first[by_length], (end - first)[by_length], scored_from[by_length]
