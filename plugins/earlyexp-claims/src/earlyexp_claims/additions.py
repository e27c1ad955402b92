"""R0, R5a, R5b and R6: what the target adds to more tokens, replay and dropout to exposure, and exposure to LoRA."""

from typing import Protocol

from pydantic import Field

from earlyexp_bench.contracts import BenchmarkData, KeyPath, Misplaced
from earlyexp_claims.common import BoardClaim, Params, check_exposed, methods, short_name


class PairParams(Protocol):
    """Two recipes, of which one has something that the other has not."""

    @property
    def added(self) -> str:
        """With it."""
        ...

    @property
    def plain(self) -> str:
        """Without it."""
        ...


class ControlParams(Params):
    """Parameters of R0."""

    exposed: str = Field(description="Exposed to the target.")
    control: str = Field(description="The same recipe, which sees as many more general tokens instead.")

    @property
    def added(self) -> str:
        """With the target."""
        return self.exposed

    @property
    def plain(self) -> str:
        """With general tokens."""
        return self.control


class AdditionParams(Params):
    """Parameters of R5a, R5b and R6."""

    with_it: str = Field(alias="with", description="With replay (R5a), dropout (R5b), or exposure beside LoRA (R6).")
    without_it: str = Field(alias="without", description="The same recipe without it.")

    @property
    def added(self) -> str:
        """With it."""
        return self.with_it

    @property
    def plain(self) -> str:
        """Without it."""
        return self.without_it


class R0(BoardClaim[ControlParams]):
    """It is the target that does it, not that there is more to train on."""

    name = "R0"
    version = "1"
    statement = "Early exposure retains more than as many more general tokens"
    Params = ControlParams
    implementation = "earlyexp_claims._additions:RetainsMore"

    def recipes(self, params: ControlParams) -> dict[KeyPath, str]:
        """Return the control first."""
        return {("control",): params.control, ("exposed",): params.exposed}

    def check(self, params: ControlParams, benchmark: BenchmarkData) -> None:
        """Refuse recipes that differ in more than what pretraining sees more of."""
        exposed, control = (benchmark["recipes"][name] for name in (params.exposed, params.control))
        if not exposed["exposure"]["fraction"] or exposed["exposure"]["source"] != "target":
            raise Misplaced(("exposed",), "is not exposed to the target, and R0 is about the target")
        general = {**exposed["exposure"], "source": "general"}
        if {**exposed, "description": control["description"], "exposure": general} != control:
            wrong = f"must be {params.exposed!r} with `source: general` in its exposure, and nothing else"
            raise Misplaced(("control",), wrong)


class AdditionClaim(BoardClaim[AdditionParams]):
    """A recipe against the same recipe without one of its parts."""

    version = "2"
    Params = AdditionParams
    implementation = "earlyexp_claims._additions:RetainsMore"

    def recipes(self, params: AdditionParams) -> dict[KeyPath, str]:
        """Return the one without first."""
        return {("without",): params.without_it, ("with",): params.with_it}


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
