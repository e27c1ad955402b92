"""R5a, R5b and R6: what replay and dropout add to exposure, and exposure to LoRA."""

from typing import Any

from pydantic import Field

from earlyexp_bench.contracts import BenchmarkData, ClaimDefinition, KeyPath, Misplaced
from earlyexp_claims.common import PAPER, Params, board_terms, check_exposed, methods, short_name


class AdditionParams(Params):
    """Parameters of R5a, R5b and R6."""

    with_it: str = Field(alias="with", description="With replay (R5a), dropout (R5b), or exposure beside LoRA (R6).")
    without_it: str = Field(alias="without", description="The same recipe without it.")


class AdditionClaim(ClaimDefinition[AdditionParams]):
    """A recipe against the same recipe without one of its parts."""

    version = "1"
    Params = AdditionParams
    implementation = "earlyexp_claims._additions:AdditionHelps"
    reference = PAPER

    def recipes(self, params: AdditionParams) -> dict[KeyPath, str]:
        """Return the one without first."""
        return {("without",): params.without_it, ("with",): params.with_it}

    def terms(self, params: AdditionParams, benchmark: BenchmarkData) -> dict[str, Any]:
        """Say that it is not about λ."""
        return board_terms()


class MethodAdds(AdditionClaim):
    """A method of post-training, beside exposure."""

    method: str

    def check(self, params: AdditionParams, benchmark: BenchmarkData) -> None:
        """Refuse recipes without exposure, or that differ in more than the method."""
        added, plain = (benchmark["recipes"][name] for name in (params.with_it, params.without_it))
        if not plain["exposure"]["fraction"]:
            wrong = f"is not exposed, and {self.name} is about {self.method} in addition to exposure"
            raise Misplaced(("without",), wrong)
        left = [use for use in added["posttraining"] if short_name(use) != self.method]
        without = {**added, "description": plain["description"], "posttraining": left}
        if self.method not in methods(added) or without != plain:
            wrong = f"must be {params.without_it!r} with `{self.method}` in posttraining, and nothing else"
            raise Misplaced(("with",), wrong)


class R5a(MethodAdds):
    """Replay and exposure are not two ways to the same thing."""

    name = "R5a"
    statement = "Replay adds to exposure"
    method = "replay"


class R5b(MethodAdds):
    """Nor are dropout and exposure."""

    name = "R5b"
    statement = "Dropout adds to exposure"
    method = "dropout"


class R6(AdditionClaim):
    """Exposure helps where post-training trains adapters alone."""

    name = "R6"
    statement = "Exposure helps LoRA"

    def check(self, params: AdditionParams, benchmark: BenchmarkData) -> None:
        """Refuse recipes without LoRA, or that differ in more than exposure."""
        added, plain = (benchmark["recipes"][name] for name in (params.with_it, params.without_it))
        check_exposed(("with",), added, plain)
        if "lora" not in methods(plain):
            raise Misplaced(("without",), "has no `lora` in posttraining, and R6 is about exposure beside LoRA")
