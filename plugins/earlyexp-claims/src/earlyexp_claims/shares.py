"""R1, R2 and R3: how losses move with λ, the share of the target that pretraining sees."""

import itertools
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from earlyexp_bench.contracts import BenchmarkData, ClaimDefinition, KeyPath, Misplaced
from earlyexp_bench.contracts.quantity import Number
from earlyexp_claims.common import PAPER, Params, board_terms, check_exposed


class ShareParams(Params):
    """Parameters of R1, R2 and R3."""

    recipes: list[str] = Field(min_length=2, description="By rising exposure fraction, alike in everything else.")
    learning_rate: Number | None = Field(
        default=None, description="The one rate of stage 3 at which L_ret is read; without it, matched loss is read."
    )


class ShareClaim(ClaimDefinition[ShareParams]):
    """What claims about λ have in common."""

    version = "2"
    Params = ShareParams
    track = "added"
    reference = PAPER

    def recipes(self, params: ShareParams) -> dict[KeyPath, str]:
        """Return them by rising λ."""
        return {("recipes", index): name for index, name in enumerate(params.recipes)}

    def terms(self, params: ShareParams, benchmark: BenchmarkData) -> dict[str, Any]:
        """Say λ of each recipe, and the rate, where one is named."""
        return board_terms(fractions_of(params, benchmark), params.learning_rate)

    def check(self, params: ShareParams, benchmark: BenchmarkData) -> None:
        """Refuse recipes that differ in more than λ, a rate that is not swept, and another track."""
        recipes = [benchmark["recipes"][name] for name in params.recipes]
        for index, (lower, higher) in enumerate(itertools.pairwise(recipes)):
            check_exposed(("recipes", index + 1), higher, lower)
        _check_rate(params.learning_rate, benchmark["finetuning"]["sweep"]["learning_rate"])
        if any(len(values) > 1 for values in benchmark["posttraining"]["sweep"].values()):
            wrong = f"{self.name} reads one setting of post-training, and `posttraining.sweep` has more"
            raise Misplaced((), wrong)
        if benchmark["track"] != self.track:
            raise Misplaced((), f"{self.name} is a claim on track {self.track}")


class R1(ShareClaim):
    """Early exposure hardly changes what is acquired."""

    name = "R1"
    statement = "The immediate loss hardly moves with λ"
    implementation = "earlyexp_claims._shares:ImmediateStays"

    def check(self, params: ShareParams, benchmark: BenchmarkData) -> None:
        """Refuse post-training that does not converge as well."""
        super().check(params, benchmark)
        if benchmark["posttraining"]["until"] != "converged":
            raise Misplaced((), "R1 is about converged post-training, and `posttraining.until` is one-pass")


class R2(ShareClaim):
    """Early exposure changes what is retained."""

    name = "R2"
    statement = "The retained loss falls with λ on average"
    implementation = "earlyexp_claims._shares:RetainedFalls"


class R3(ShareClaim):
    """Where each target token is seen once, some belong into pretraining and some after it."""

    name = "R3"
    statement = "The best λ lies between none and all"
    implementation = "earlyexp_claims._shares:InteriorIsBest"
    track = "matched"

    def check(self, params: ShareParams, benchmark: BenchmarkData) -> None:
        """Refuse fewer than three λ as well."""
        if len(params.recipes) < 3:
            raise Misplaced(("recipes",), "an interior λ needs at least three")
        super().check(params, benchmark)


def _check_rate(rate: float | None, swept: Sequence[float]) -> None:
    if rate is not None and rate not in swept:
        listed = ", ".join(f"{other:g}" for other in swept)
        raise Misplaced(("learning_rate",), f"{rate:g} is not swept; there are {listed}")


def fractions_of(params: ShareParams, benchmark: BenchmarkData) -> tuple[float, ...]:
    """λ of each recipe."""
    return tuple(benchmark["recipes"][name]["exposure"]["fraction"] for name in params.recipes)
