"""A board scored from a plan's cells and their records, with the verdicts on its claims; writes nothing."""

from dataclasses import dataclass, replace

from earlyexp_bench.board.claims import judge_claims
from earlyexp_bench.board.collect import collect_board
from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import Plan
from earlyexp_bench.scoring import METRICS, Board, CellResult, ClaimResult, score_board
from earlyexp_bench.store import Store


@dataclass(frozen=True)
class Scored:
    """A board with the cells it was scored from.

    Attributes:
        claims: Verdicts on the claims that the benchmark states, in its order.
    """

    board: Board
    cells: list[CellResult]
    claims: tuple[ClaimResult, ...]


def score_plan(plan: Plan, store: Store, metric_version: int | None = None) -> Scored:
    """Score a plan's cells by their records and judge its claims; writes nothing."""
    terms, cells = collect_board(plan, store)
    if metric_version is not None:
        terms = replace(terms, metric_version=known_metric(metric_version))
    board = score_board(terms, cells)
    return Scored(board, cells, judge_claims(plan, board, cells))


def known_metric(metric_version: int) -> int:
    """Return a metric version that there is.

    Raises:
        UserError: There is none such.
    """
    if metric_version not in METRICS:
        known = ", ".join(map(str, sorted(METRICS)))
        raise UserError(f"--metric-version {metric_version} is unknown", expected=f"one of {known}")
    return metric_version
