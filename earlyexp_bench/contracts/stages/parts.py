"""What the inputs and outputs of several stage kinds are made of."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from earlyexp_bench.contracts.canonical import digest


class StageInput(BaseModel):
    """Frozen; refuses what it does not know, and a number that is none or has no end."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StageOutput(BaseModel):
    """What a stage of one kind found: functions of its key alone. Frozen; nothing is left out, added or converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DomainRef(StageInput):
    """A domain with what identifies its data, wherever they lie."""

    id: str
    params: dict[str, Any] = Field(default={}, description="All but those that say where the data lie.")
    data: dict[str, str] = Field(default={}, description="Content hashes or a hub commit; checked when it is read.")

    @property
    def digest(self) -> str:
        """What `StageSpec.runtime` calls this domain by where it says its place: 64 hex digits."""
        return digest(self.model_dump(mode="json"))


class MethodUse(StageInput):
    """A method with validated parameters, defaults filled in."""

    id: str
    params: dict[str, Any] = Field(default={})
