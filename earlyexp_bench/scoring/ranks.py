"""Rank ranges: which places on the board a row may really hold.

A row's range goes from 1 + the rows significantly better than it to R − the rows significantly worse, over all pairs
(Mogstad, Romano, Shaikh and Wilhelm 2024, doi:10.1093/restud/rdad006): with 95% every range on the board, on all its
pipelines, holds the row's true rank. Tie groups cannot say this, since "cannot be told apart" is not transitive.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from earlyexp_bench.scoring.contrasts import LEAST_FAMILY, LEAST_SEEDS, share_of
from earlyexp_bench.scoring.statistics import t_test

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RankRange:
    """Places from ``best`` to ``worst``, 1 the highest."""

    best: int
    worst: int


def rank_ranges(
    scores: Mapping[str, Sequence[float]],
    primary: str,
    reference: str,
    *,
    family: int = LEAST_FAMILY,
    pipelines: int = 1,
    barred: Collection[str] = (),
) -> dict[str, RankRange | None]:
    """Range of every row, from paired differences between all rows.

    As for verdicts, the pipelines of a board share 5% in equal parts α, and on each the primary contrast is tested
    first and gates the rest; each other pair has α over the number of all other pairs of ``family`` + 1 rows
    (Bonferroni), and needs five seeds. So which rows are apart does not depend on what else is on the board, as it
    would by Holm. A row may be better than the reference and yet share its range: ranks ask all pairs at once.

    Args:
        scores: Per-seed scores by row, higher is better, the same seeds in every row; the reference among them.
        primary: Row of the primary contrast.
        reference: Row that it is compared with.
        family: Contrasts of a pipeline, fixed per version of the benchmark.
        pipelines: Of the board.
        barred: Rows that get no verdict: no pair of theirs is significant.

    Returns:
        None for every row where there is one seed.

    Raises:
        ValueError: Unknown row, unequal seeds, a family below 8, more rows than ``family`` + 1, or no pipeline.
    """
    alpha = share_of(pipelines)
    seeds = _seeds(scores, (primary, reference, *barred), family)
    if seeds < 2:
        return dict.fromkeys(scores)
    losers: dict[str, int] = dict.fromkeys(scores, 0)
    winners: dict[str, int] = dict.fromkeys(scores, 0)
    for better, worse in _significant(scores, (primary, reference), family, alpha, barred):
        losers[better] += 1
        winners[worse] += 1
    return {row: RankRange(1 + winners[row], len(scores) - losers[row]) for row in scores}


def _seeds(scores: Mapping[str, Sequence[float]], named: Sequence[str], family: int) -> int:
    for row in named:
        if row not in scores:
            raise ValueError(f"{row!r} is not among the rows {', '.join(scores)}")
    if family < LEAST_FAMILY:
        raise ValueError(f"a family of {family} contrasts must be at least {LEAST_FAMILY}")
    if len(scores) > family + 1:
        raise ValueError(f"{len(scores)} rows, where a family of {family} contrasts ranks at most {family + 1}")
    counts = {len(values) for values in scores.values()}
    if len(counts) > 1:
        raise ValueError(f"rows of unequal seeds: {', '.join(f'{row} {len(v)}' for row, v in scores.items())}")
    return counts.pop()


def _significant(
    scores: Mapping[str, Sequence[float]], gate: Pair, family: int, alpha: float, barred: Collection[str]
) -> list[Pair]:
    """(better, worse) of every pair that is significantly apart."""
    if set(gate) & set(barred) or _p_value(scores, gate) >= alpha:
        return []
    means = {row: float(np.mean(values)) for row, values in scores.items()}
    apart = [gate]
    if len(scores[gate[0]]) >= LEAST_SEEDS:
        apart += _apart(scores, gate, family, alpha, barred)
    return [(a, b) if means[a] > means[b] else (b, a) for a, b in apart]


def _apart(
    scores: Mapping[str, Sequence[float]], gate: Pair, family: int, alpha: float, barred: Collection[str]
) -> list[Pair]:
    pairs = [pair for pair in combinations(scores, 2) if set(pair) != set(gate)]
    places = (family + 1) * family // 2 - 1
    return [pair for pair in pairs if not set(pair) & set(barred) and _p_value(scores, pair) * places < alpha]


def _p_value(scores: Mapping[str, Sequence[float]], pair: Pair) -> float:
    return t_test([a - b for a, b in zip(scores[pair[0]], scores[pair[1]], strict=True)])
