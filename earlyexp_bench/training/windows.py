"""Rows in which every token of every document is predicted once, as lm-eval's rolling losses cut them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earlyexp_bench.contracts import LossOn
from earlyexp_bench.training.data import TokenizedSplit
from earlyexp_bench.training.stream import ranges


@dataclass(frozen=True)
class Windows:
    """Rows to score, longest first.

    Attributes:
        inputs: Ids that enter the model, shape (rows, context), padded on the right.
        targets: Ids that they predict, shape (rows, context); -100 where nothing is scored.
        lengths: Unpadded length of each row, shape (rows,), descending.
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def batches(self, batch_tokens: int) -> list[slice]:
        """Rows of each forward pass of at most ``batch_tokens`` tokens, padding included."""
        slices, first = [], 0
        while first < len(self.lengths):
            rows = max(1, batch_tokens // int(self.lengths[first]))
            slices.append(slice(first, first + rows))
            first += rows
        return slices


IGNORED = -100


def document_windows(split: TokenizedSplit, context: int, loss_on: LossOn = "text") -> Windows:
    """Cut each document into windows that score its tokens once each.

    The first token of a document is predicted from the end token, which itself is not scored; a last window that
    has room left begins with tokens scored before. Same windows as
    ``make_disjoint_window(get_rolling_token_windows(..., context_len=1))`` of lm-eval.
    """
    first, length, scored_from = _spans(split, context)
    column = np.arange(context)
    valid = column < length[:, None]
    index = np.where(valid, first[:, None] + column, 0)
    starts = _document_starts(split)
    tokens, before = split.ids[index].astype(np.int64), split.ids[np.maximum(index - 1, 0)].astype(np.int64)
    targets = np.where(valid & (index >= scored_from[:, None]), tokens, IGNORED)
    inputs = np.where(valid & ~starts[index], before, split.end_token)
    if loss_on == "answer":
        targets = np.where(_in_answer(split)[index], targets, IGNORED)
    return Windows(inputs, targets, length)


def _document_starts(split: TokenizedSplit) -> NDArray[np.bool_]:
    """Tell of every token whether a document starts with it, shape (tokens,)."""
    starts = np.zeros(len(split.ids), dtype=np.bool_)
    starts[split.offsets[:-1][split.lengths > 0]] = True
    return starts


def _spans(split: TokenizedSplit, context: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First target, number of targets and first scored target of every window, longest first."""
    counts = -(-split.lengths // context)
    number = ranges(np.zeros_like(counts), counts)
    begin = np.repeat(split.offsets[:-1], counts)
    scored_from = begin + number * context
    end = np.minimum(scored_from + context, np.repeat(split.offsets[1:], counts))
    first = np.maximum(end - context, begin)
    by_length = np.argsort(first - end, kind="stable")
    return first[by_length], (end - first)[by_length], scored_from[by_length]


def _in_answer(split: TokenizedSplit) -> NDArray[np.bool_]:
    position = ranges(np.zeros_like(split.lengths), split.lengths)
    return position >= np.repeat(split.answer_starts, split.lengths)
