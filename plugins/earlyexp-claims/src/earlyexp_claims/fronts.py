"""R4: the exposed front dominates."""

from typing import Any

from pydantic import Field

from earlyexp_bench.contracts import BenchmarkData, ClaimDefinition, KeyPath
from earlyexp_claims.common import PAPER, Params, board_terms, check_exposed


class FrontParams(Params):
    """Parameters of R4."""

    reference: str
    exposed: str = Field(description="The same recipe with more exposure.")


class R4(ClaimDefinition[FrontParams]):
    """At every level of downstream loss more is retained."""

    name = "R4"
    version = "2"
    statement = "The exposed front dominates"
    Params = FrontParams
    implementation = "earlyexp_claims._fronts:FrontDominates"
    reference = PAPER

    def recipes(self, params: FrontParams) -> dict[KeyPath, str]:
        """Return both."""
        return {("reference",): params.reference, ("exposed",): params.exposed}

    def terms(self, params: FrontParams, benchmark: BenchmarkData) -> dict[str, Any]:
        """Say that it is not about λ."""
        return board_terms()

    def check(self, params: FrontParams, benchmark: BenchmarkData) -> None:
        """Refuse recipes that differ in more than exposure."""
        recipes = benchmark["recipes"]
        check_exposed(("exposed",), recipes[params.exposed], recipes[params.reference])
