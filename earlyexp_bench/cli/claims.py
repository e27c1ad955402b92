"""The command that says what a benchmark's records make of the paper's claims."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from earlyexp_bench.cli.arguments import AsJson, Benchmark, OwnOnly, Recipes, Set, StoreDir
from earlyexp_bench.options import DEFAULT_STORE, Options

if TYPE_CHECKING:
    from earlyexp_bench.scoring import Board, ClaimResult


def claims(
    benchmark: Benchmark,
    recipes: Recipes = None,
    store: StoreDir = DEFAULT_STORE,
    set_: Set = None,
    own_only: OwnOnly = False,
    as_json: AsJson = False,
) -> None:
    """Say of each claim that a benchmark states whether its records support or contradict it, or leave it undecided."""
    from earlyexp_bench.board.report import claims_of_benchmark
    from earlyexp_bench.cli.summary import print_counts

    scored = claims_of_benchmark(Options(benchmark, recipes, tuple(set_ or ()), store=store, own_only=own_only))
    if as_json:
        from earlyexp_bench.site import claims_dict

        print(json.dumps(claims_dict(scored.board, scored.claims), indent=1))
        return
    print_counts(scored.board)
    print_claims(scored.board, scored.claims)


def print_claims(board: "Board", results: "Sequence[ClaimResult]") -> None:
    """Print a line for each claim, reading and pipeline; nothing where a benchmark states none."""
    from earlyexp_bench.cli.output import print_table
    from earlyexp_bench.cli.summary import estimate_text

    if not results:
        return
    rows = [
        [
            result.claim,
            result.statement,
            result.reading,
            pipeline,
            _verdict(board, result, pipeline),
            estimate_text(outcome.estimate),
            outcome.reason,
        ]
        for result in results
        for pipeline, outcome in result.outcomes.items()
    ]
    columns = ["claim", "statement", "read", "pipeline", "verdict", "estimate", "because"]
    print_table("Claims of the paper, estimate with 95% interval", columns, rows)


def _verdict(board: "Board", result: "ClaimResult", pipeline: str) -> str:
    """A claim's word in a pipeline; ``not run`` where cells that it is about have yet to run: that is no finding."""
    states = {board.score(recipe, pipeline).state for recipe in result.recipes}
    return "not run" if "incomplete" in states else result.outcomes[pipeline].word
