"""Documents one after the other, read by rows: the tokens of a row are gathered when they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from earlyexp_bench.training.data import TokenizedSplit

Ints = NDArray[np.int64]


class Rows(Protocol):
    """A two-dimensional array that is read by rows: ``rows[3]``, ``rows[2:5]``, ``rows[[7, 1]]``; or an array."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, then columns."""
        ...

    def __getitem__(self, rows: Any, /) -> NDArray[Any]:  # noqa: ANN401 - whatever indexes an array
        """Return the rows asked for."""
        ...

    def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401 - numpy's
        """Return all rows."""
        ...


@dataclass(frozen=True)
class Gathered:
    """Rows that are made when they are asked for."""

    count: int
    context: int
    gather: Callable[[Ints], NDArray[Any]]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, then columns."""
        return self.count, self.context

    def __getitem__(self, rows: Any, /) -> NDArray[Any]:  # noqa: ANN401 - whatever indexes an array
        if isinstance(rows, slice):
            return self.gather(np.arange(*rows.indices(self.count)))
        wanted = np.asarray(rows)
        if wanted.dtype == np.bool_:
            wanted = np.flatnonzero(wanted)
        found = self.gather(np.atleast_1d(wanted))
        return found if wanted.ndim else found[0]

    def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401 - numpy's
        return np.asarray(self[:], dtype=dtype)


@dataclass(frozen=True)
class Stream:
    """Documents in the order drawn, an end token before each, up to ``tokens`` tokens.

    Attributes:
        order: Documents, shape (drawn,).
        ends: Where in the stream each one ends, shape (drawn,).
    """

    split: TokenizedSplit
    order: Ints
    ends: Ints
    tokens: int
    context: int

    @classmethod
    def of(cls, split: TokenizedSplit, order: Ints, tokens: int, context: int) -> "Stream":
        """Lay out documents of ``split`` in ``order``, as many as it takes."""
        ends = np.cumsum(split.lengths[order] + 1)
        needed = int(np.searchsorted(ends, tokens)) + 1
        return cls(split, order[:needed], ends[:needed], tokens, context)

    @property
    def count(self) -> int:
        """Rows of ``context`` tokens, the last one perhaps short."""
        return -(-self.tokens // self.context)

    def ids(self, rows: Ints) -> NDArray[np.int32]:
        """Return the tokens of some rows, shape (rows, context); padded with the end token."""
        inside, document, position = self._gather(rows)
        index = np.maximum(self.split.offsets[document] + position, 0)
        end_token = self.split.end_token
        ids = np.full(inside.shape, end_token, dtype=np.int32)
        ids[inside] = np.where(position < 0, end_token, self.split.ids[index].astype(np.int32))
        return ids

    def text(self, rows: Ints) -> NDArray[np.bool_]:
        """Tell of every token of some rows whether it is one and not the row's first, shape (rows, context)."""
        begin, stop = self._bounds(rows)
        return self._but_the_first(np.arange(self.context) < (stop - begin)[:, None])

    def answers(self, rows: Ints) -> NDArray[np.bool_]:
        """Tell, further, whether it is of an answer or an end token, shape (rows, context)."""
        inside, document, position = self._gather(rows)
        scored = np.zeros(inside.shape, dtype=np.bool_)
        scored[inside] = (position < 0) | (position >= self.split.answer_starts[document])
        return self._but_the_first(scored)

    def _but_the_first(self, scored: NDArray[np.bool_]) -> NDArray[np.bool_]:
        scored[:, 0] = False
        return scored

    def _bounds(self, rows: Ints) -> tuple[Ints, Ints]:
        begin = rows * self.context
        return begin, np.minimum(begin + self.context, self.tokens)

    def _gather(self, rows: Ints) -> tuple[NDArray[np.bool_], Ints, Ints]:
        """Tell of every token of ``rows`` its document and its position there; -1 is the end token before it.

        Returns:
            Which places of the rows hold a token, shape (rows, context); documents and positions of those.
        """
        begin, stop = self._bounds(rows)
        first, last = (np.searchsorted(self.ends, at, side="right") for at in (begin, stop - 1))
        pieces = last - first + 1
        row = np.repeat(np.arange(len(rows)), pieces)
        number = ranges(first, pieces)
        document = self.order[number]
        start = self.ends[number] - (self.split.offsets[document + 1] - self.split.offsets[document]) - 1
        piece_begin = np.maximum(start, begin[row])
        lengths = np.minimum(self.ends[number], stop[row]) - piece_begin
        inside = np.arange(self.context) < (stop - begin)[:, None]
        return inside, np.repeat(document, lengths), ranges(piece_begin - start - 1, lengths)


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """Return ``starts[i], starts[i] + 1, …``, ``lengths[i]`` of them, for every i in turn."""
    before = np.cumsum(lengths) - lengths
    counted: Ints = np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(starts - before, lengths)
    return counted
