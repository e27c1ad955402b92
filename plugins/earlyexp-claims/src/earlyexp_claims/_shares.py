"""R1, R2 and R3 on a board: in matched loss, or in the retained loss at one stage-3 rate that the benchmark names."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from earlyexp_bench.contracts import BenchmarkData
from earlyexp_bench.scoring.claims import (
    ClaimCurve,
    CurvePoint,
    Estimate,
    Evidence,
    Floats,
    PipelineResults,
    verdicts,
)
from earlyexp_claims._immediate import immediate_stays
from earlyexp_claims._interior import interior_is_best
from earlyexp_claims._retained import retained_falls
from earlyexp_claims.shares import ShareParams, fractions_of

Mean = Callable[[PipelineResults, str], Estimate | None]
AXIS = "λ, share of the target seen in pretraining"


class ShareClaim:
    """What claims about λ have in common: which retained loss they read, and the paper's Fig. 3."""

    def __init__(self, params: ShareParams, benchmark: BenchmarkData) -> None:
        self.recipes = params.recipes
        self.fractions = fractions_of(params, benchmark)
        self.matched = params.learning_rate is None
        self.rate = {} if params.learning_rate is None else {"finetuning.learning_rate": params.learning_rate}
        self.said_rate = "" if params.learning_rate is None else f"{params.learning_rate:g}"

    def readings(self) -> dict[str, Callable[[PipelineResults], Evidence]]:
        """In matched loss, or at the rate."""
        return {"in matched loss" if self.matched else f"at fine-tuning rate {self.said_rate}": self._test}

    def evidence(self, results: PipelineResults) -> Evidence:
        """Return the claim's test."""
        raise NotImplementedError

    def retained(self, results: PipelineResults) -> Floats:
        """Retained losses as the benchmark reads them, shape (seeds, λ)."""
        if self.matched:
            return results.matched(self.recipes).nats
        return results.losses("retained", self.recipes, self.rate)

    def immediate(self, results: PipelineResults) -> Floats:
        """Immediate losses, shape (seeds, λ)."""
        return results.losses("immediate", self.recipes, self.rate)

    def curves(self, pipelines: Sequence[PipelineResults]) -> tuple[ClaimCurve, ClaimCurve]:
        """Return the target's loss before and after fine-tuning against λ."""
        where = "to equal downstream loss" if self.matched else f"at rate {self.said_rate}"
        retained = f"retained loss after fine-tuning {where}"
        return (
            self._curve("immediate loss", "immediate loss, before fine-tuning", pipelines, self._mean_immediate),
            self._curve("retained loss", retained, pipelines, self._mean_retained),
        )

    def _test(self, results: PipelineResults) -> Evidence:
        evidence = self.evidence(results)
        barred = results.exclusion(self.recipes) if self.matched else ""
        return replace(evidence, exclusion=evidence.exclusion or barred)

    def _mean_immediate(self, results: PipelineResults, recipe: str) -> Estimate | None:
        return results.mean_loss("immediate", recipe, self.rate)

    def _mean_retained(self, results: PipelineResults, recipe: str) -> Estimate | None:
        return results.matched_mean(recipe) if self.matched else results.mean_loss("retained", recipe, self.rate)

    def _curve(self, name: str, title: str, pipelines: Sequence[PipelineResults], mean: Mean) -> ClaimCurve:
        points = [
            CurvePoint(results.name, fraction, estimate)
            for results in pipelines
            for recipe, fraction in zip(self.recipes, self.fractions, strict=True)
            if (estimate := mean(results, recipe)) is not None
        ]
        return ClaimCurve(name, title, "λ", AXIS, tuple(points))


class RetainedFalls(ShareClaim):
    """R2."""

    def evidence(self, results: PipelineResults) -> Evidence:
        """Test the slope."""
        return retained_falls(self.retained(results), self.fractions)


class ImmediateStays(ShareClaim):
    """R1, which is asked where R2 is supported of the same losses."""

    def evidence(self, results: PipelineResults) -> Evidence:
        """Test the change in immediate loss against the fall in retained loss."""
        falls = verdicts(self._falls, results.pipelines)[results.name]
        return immediate_stays(self.immediate(results), self.retained(results), self.fractions, falls=falls)

    def _falls(self, results: PipelineResults) -> Evidence:
        return retained_falls(self.retained(results), self.fractions)


class InteriorIsBest(ShareClaim):
    """R3."""

    def evidence(self, results: PipelineResults) -> Evidence:
        """Test the interior against both ends."""
        return interior_is_best(self.retained(results), self.fractions)
