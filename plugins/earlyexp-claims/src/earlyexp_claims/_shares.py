"""R1, R2 and R3 on a board: read at the one stage-3 rate that the benchmark names, and at matched downstream loss."""

from collections.abc import Callable, Sequence
from typing import Literal

from earlyexp_bench.contracts import BenchmarkData
from earlyexp_bench.scoring.claims import ClaimCurve, CurvePoint, Evidence, Floats, PipelineResults, verdicts
from earlyexp_claims._immediate import immediate_stays
from earlyexp_claims._interior import interior_is_best
from earlyexp_claims._levels import matched_retained
from earlyexp_claims._retained import retained_falls
from earlyexp_claims.shares import ShareParams, fractions_of

Read = Callable[[PipelineResults], Floats]
AXIS = "λ, share of the target seen in pretraining"


class ShareClaim:
    """What claims about λ have in common: two readings of the retained loss, and the paper's Fig. 3."""

    def __init__(self, params: ShareParams, benchmark: BenchmarkData) -> None:
        self.recipes = params.recipes
        self.fractions = fractions_of(params, benchmark)
        self.rate = {"finetuning.learning_rate": params.learning_rate}
        self.said_rate = f"{params.learning_rate:g}"

    def readings(self) -> dict[str, Callable[[PipelineResults], Evidence]]:
        """At the rate, which is the claim; and, as a repetition, at matched downstream loss."""
        reads: dict[str, Read] = {
            f"at fine-tuning rate {self.said_rate}": self.at_rate,
            "at matched downstream loss": self.matched,
        }
        return {reading: self.test_of(read) for reading, read in reads.items()}

    def test_of(self, read: Read) -> Callable[[PipelineResults], Evidence]:
        """Return the claim's test on retained losses as ``read`` reads them."""
        raise NotImplementedError

    def at_rate(self, results: PipelineResults) -> Floats:
        """Retained losses at the named rate, shape (seeds, λ)."""
        return results.losses("retained", self.recipes, self.rate)

    def matched(self, results: PipelineResults) -> Floats:
        """Retained losses at the middle of the downstream losses that all reach, shape (seeds, λ)."""
        return matched_retained(results.curves(self.recipes))

    def curves(self, pipelines: Sequence[PipelineResults]) -> tuple[ClaimCurve, ClaimCurve]:
        """Return the target's loss before and after fine-tuning against λ."""
        return (
            self._curve("immediate", "immediate loss, before fine-tuning", pipelines),
            self._curve("retained", f"retained loss after fine-tuning at rate {self.said_rate}", pipelines),
        )

    def _curve(
        self, loss: Literal["immediate", "retained"], title: str, pipelines: Sequence[PipelineResults]
    ) -> ClaimCurve:
        points = [
            CurvePoint(results.name, fraction, estimate)
            for results in pipelines
            for recipe, fraction in zip(self.recipes, self.fractions, strict=True)
            if (estimate := results.mean_loss(loss, recipe, self.rate)) is not None
        ]
        return ClaimCurve(f"{loss} loss", title, "λ", AXIS, tuple(points))


class RetainedFalls(ShareClaim):
    """R2."""

    def test_of(self, read: Read) -> Callable[[PipelineResults], Evidence]:
        """Test the slope."""
        return lambda results: retained_falls(read(results), self.fractions)


class ImmediateStays(RetainedFalls):
    """R1, which is asked where R2 is supported, in the same reading."""

    def test_of(self, read: Read) -> Callable[[PipelineResults], Evidence]:
        """Test the change in immediate loss against the fall in retained loss."""
        falls = super().test_of(read)

        def test(results: PipelineResults) -> Evidence:
            retained = read(results)
            immediate = results.losses("immediate", self.recipes, self.rate)
            return immediate_stays(
                immediate,
                retained,
                self.fractions,
                falls=verdicts(falls, results.pipelines)[results.name],
                unconverged=results.unconverged(self.recipes),
            )

        return test


class InteriorIsBest(ShareClaim):
    """R3."""

    def test_of(self, read: Read) -> Callable[[PipelineResults], Evidence]:
        """Test the interior against both ends."""
        return lambda results: interior_is_best(read(results), self.fractions)
