"""Results that are in the store and yet not to be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from earlyexp_bench.contracts import StageSpec


@dataclass(frozen=True)
class StrictCode:
    """Results that are not to be used because other code made them.

    Attributes:
        code: Names the code here: what an interrupted run of other code left is not gone on with. Empty: it is.
        unwanted: Stage key to the hash of the record that is to be replaced.
    """

    code: str = ""
    unwanted: Mapping[str, str] = field(default_factory=dict)

    def spec(self, spec: StageSpec, key: str) -> StageSpec:
        """Return the stage as a worker is given it."""
        said = {"code": self.code, "replaces": self.unwanted.get(key, "")}
        runtime = {name: value for name, value in said.items() if value}
        return spec.model_copy(update={"runtime": spec.runtime | runtime}) if runtime else spec
