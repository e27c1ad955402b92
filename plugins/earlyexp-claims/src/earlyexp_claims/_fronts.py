"""R4 on a board."""

from collections.abc import Callable
from dataclasses import replace

from earlyexp_bench.contracts import BenchmarkData
from earlyexp_bench.scoring.claims import Evidence, MatchedLosses, PipelineResults
from earlyexp_bench.scoring.levels import MOST
from earlyexp_claims._dominance import dominance
from earlyexp_claims.fronts import FrontParams

CAPPED = "at level {level} ({loss:.2f} nats) both recipes stand at the unigram loss in {share:.0%} of seeds: not tested"


class FrontDominates:
    """R4."""

    def __init__(self, params: FrontParams, benchmark: BenchmarkData) -> None:
        self.recipes = [params.reference, params.exposed]

    def readings(self) -> dict[str, Callable[[PipelineResults], Evidence]]:
        """At the pipeline's levels."""
        return {"at each level of downstream loss": self._test}

    def _test(self, results: PipelineResults) -> Evidence:
        losses = results.matched(self.recipes)
        evidence = dominance(losses.retained[:, 0], losses.retained[:, 1])
        return replace(evidence, exclusion=_untested(losses) or results.exclusion(self.recipes))


def _untested(losses: MatchedLosses) -> str:
    """Say at which level there is nothing to compare, because both sides have forgotten all; empty where at none."""
    shares = zip(losses.levels, losses.capped, strict=True)
    return "; ".join(
        CAPPED.format(level=place, loss=loss, share=share)
        for place, (loss, share) in enumerate(shares, start=1)
        if share > MOST
    )
