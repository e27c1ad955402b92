"""Metric versions: what a board's ``metric_version`` means. Raw losses are kept, so any version can be computed anew.

A version is never changed once a board was published under it; a better one gets the next number.

1. Every pipeline spends 5% on its verdicts and ranks.
2. The pipelines of a board share the 5% (``BoardTerms.sharing``); all else as in 1.
"""

from collections.abc import Callable, Iterable

from earlyexp_bench.scoring.board import Board
from earlyexp_bench.scoring.cells import BoardTerms, CellResult
from earlyexp_bench.scoring.score import score_cells

Metric = Callable[[BoardTerms, Iterable[CellResult]], Board]
METRICS: dict[int, Metric] = {1: score_cells, 2: score_cells}


def score_board(terms: BoardTerms, cells: Iterable[CellResult]) -> Board:
    """Score every recipe on every pipeline against the reference of the same seed, as ``terms.metric_version`` says.

    Raises:
        ValueError: Unknown metric version; a cell is unknown to the board, listed twice, or at a sweep point that the
            benchmark does not have.
    """
    return metric(terms.metric_version)(terms, cells)


def metric(version: int) -> Metric:
    """Return the scoring function of a metric version.

    Raises:
        ValueError: There is none.
    """
    if version not in METRICS:
        raise ValueError(f"no metric version {version}; there is {', '.join(map(str, sorted(METRICS)))}")
    return METRICS[version]
