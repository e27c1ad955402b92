"""R4 on a board, in either view."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from earlyexp_bench.contracts import BenchmarkData
from earlyexp_bench.scoring.claims import Evidence, PipelineResults
from earlyexp_claims._dominance import dominance
from earlyexp_claims.fronts import FrontParams

View = Literal["downstream", "pretraining"]
VIEWS: tuple[View, ...] = ("downstream", "pretraining")


class FrontDominates:
    """R4."""

    def __init__(self, params: FrontParams, benchmark: BenchmarkData) -> None:
        self.recipes = [params.reference, params.exposed]

    def readings(self) -> dict[str, Callable[[PipelineResults], Evidence]]:
        """Against either loss."""
        return {f"retained against {view} loss": self._test_of(view) for view in VIEWS}

    def _test_of(self, view: View) -> Callable[[PipelineResults], Evidence]:
        def test(results: PipelineResults) -> Evidence:
            evidence = dominance(*results.curves(self.recipes, view).values())
            return replace(evidence, exclusion=evidence.exclusion or results.exclusion(self.recipes))

        return test
