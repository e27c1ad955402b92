"""R4: the exposed front dominates."""

from pydantic import Field

from earlyexp_bench.contracts import BenchmarkData, KeyPath
from earlyexp_claims.common import BoardClaim, Params, check_exposed


class FrontParams(Params):
    """Parameters of R4."""

    reference: str
    exposed: str = Field(description="The same recipe with more exposure.")


class R4(BoardClaim[FrontParams]):
    """At every level of downstream loss more is retained."""

    name = "R4"
    version = "2"
    statement = "The exposed front dominates"
    Params = FrontParams
    implementation = "earlyexp_claims._fronts:FrontDominates"

    def recipes(self, params: FrontParams) -> dict[KeyPath, str]:
        """Return both."""
        return {("reference",): params.reference, ("exposed",): params.exposed}

    def check(self, params: FrontParams, benchmark: BenchmarkData) -> None:
        """Refuse recipes that differ in more than exposure."""
        recipes = benchmark["recipes"]
        check_exposed(("exposed",), recipes[params.exposed], recipes[params.reference])
