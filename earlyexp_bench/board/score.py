"""A board scored from a plan's cells and their records, with the verdicts on its claims; writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from earlyexp_bench.board.collect import collect_board
from earlyexp_bench.board.compare import Comparison, compare
from earlyexp_bench.planning import Plan
from earlyexp_bench.planning.authors import asked
from earlyexp_bench.scoring import (
    Board,
    CellResult,
    ClaimResult,
    StatedClaim,
    judge_claim,
    pipeline_results,
    score_board,
)
from earlyexp_bench.store import PublishedRecords, Store


@dataclass(frozen=True)
class Scored:
    """A board with the cells it was scored from.

    Attributes:
        claims: Verdicts on the claims that the benchmark states, in its order.
        comparison: What was made here beside what is published; None where nothing is, or it is left out.
    """

    board: Board
    cells: list[CellResult]
    claims: tuple[ClaimResult, ...]
    comparison: Comparison | None


def score_plan(
    plan: Plan, store: Store, metric_version: int | None = None, *, published: PublishedRecords | None = None
) -> Scored:
    """Score a plan's cells by their records and judge its claims; writes nothing.

    Published cells stand beside those that were made here where the two may be compared to the bit.
    """
    comparison = compare(plan, store, published) if published else None
    terms, cells = collect_board(plan, store, published if comparison and comparison.joins else None)
    if metric_version is not None:
        terms = replace(terms, metric_version=metric_version)
    board = score_board(terms, cells)
    return Scored(board, cells, tuple(_judge_claims(plan, board, cells)), comparison)


def _judge_claims(plan: Plan, board: Board, cells: Sequence[CellResult]) -> Iterator[ClaimResult]:
    """Test every claim that the benchmark states, in its order and in each of its readings.

    Raises:
        UserError: A claim's heavy half fails: its plugin is named.
    """
    pipelines = pipeline_results(board, cells) if plan.claims else ()
    for claim in plan.claims:
        heavy, definition = claim.heavy(), claim.definition
        stated = StatedClaim(claim.name, definition.statement, claim.recipes, heavy, definition.note)
        yield from asked(claim.owner, "readings", partial(judge_claim, stated, pipelines))
