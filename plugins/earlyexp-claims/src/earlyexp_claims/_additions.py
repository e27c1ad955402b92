"""R0, R5a, R5b and R6 on a board."""

from collections.abc import Callable
from dataclasses import replace

from earlyexp_bench.contracts import BenchmarkData
from earlyexp_bench.scoring.claims import Evidence, PipelineResults
from earlyexp_claims._addition import retains_more
from earlyexp_claims.additions import PairParams


class RetainsMore:
    """R0, R5a, R5b, R6: one test of four claims, which differ in the recipes that they compare."""

    def __init__(self, params: PairParams, benchmark: BenchmarkData) -> None:
        self.recipes = [params.plain, params.added]

    def readings(self) -> dict[str, Callable[[PipelineResults], Evidence]]:
        """By matched loss."""
        return {"in matched loss": self._test}

    def _test(self, results: PipelineResults) -> Evidence:
        plain, added = results.matched(self.recipes).nats.T
        return replace(retains_more(added, plain), exclusion=results.exclusion(self.recipes))
