"""R5a, R5b and R6 on a board."""

from collections.abc import Callable
from dataclasses import replace

from earlyexp_bench.contracts import BenchmarkData
from earlyexp_bench.scoring.claims import Evidence, PipelineResults
from earlyexp_claims._addition import addition
from earlyexp_claims.additions import AdditionParams


class AdditionHelps:
    """R5a, R5b, R6: one test of three claims, which differ in the recipes that they compare."""

    def __init__(self, params: AdditionParams, benchmark: BenchmarkData) -> None:
        self.recipes = [params.without_it, params.with_it]

    def readings(self) -> dict[str, Callable[[PipelineResults], Evidence]]:
        """By hypervolume."""
        return {"in hypervolume": self._test}

    def _test(self, results: PipelineResults) -> Evidence:
        without, with_it = results.hypervolumes(self.recipes).T
        evidence = addition(with_it.tolist(), without.tolist())
        return replace(evidence, exclusion=results.exclusion(self.recipes))
