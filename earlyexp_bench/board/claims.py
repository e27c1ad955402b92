"""The claims that a benchmark states, judged by its board."""

from collections.abc import Sequence

from earlyexp_bench.planning import Plan
from earlyexp_bench.planning.authors import asked
from earlyexp_bench.planning.claims import PlannedClaim
from earlyexp_bench.scoring import Board, CellResult, ClaimResult, StatedClaim, judge_claim, pipeline_results
from earlyexp_bench.scoring.claims import PipelineResults


def judge_claims(plan: Plan, board: Board, cells: Sequence[CellResult]) -> tuple[ClaimResult, ...]:
    """Test every claim that the benchmark states, in its order and in each of its readings.

    Raises:
        UserError: A claim's heavy half fails: its plugin is named.
    """
    pipelines = pipeline_results(board, cells) if plan.claims else ()
    return tuple(result for claim in plan.claims for result in _judged(claim, pipelines))


def _judged(claim: PlannedClaim, pipelines: Sequence[PipelineResults]) -> tuple[ClaimResult, ...]:
    heavy, definition = claim.heavy(), claim.definition
    stated = StatedClaim(claim.name, definition.statement, claim.recipes, heavy, definition.note)
    results: tuple[ClaimResult, ...] = asked(claim.owner, "readings", lambda: judge_claim(stated, pipelines))
    return results
