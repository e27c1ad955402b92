"""What every part of a benchmark file is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from earlyexp_bench.contracts.errors import KeyPath as KeyPath
from earlyexp_bench.contracts.errors import Misplaced as Misplaced

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9+._-]*$")]


class Spec(BaseModel):
    """Frozen; a key that it does not know is an error, and so is a number that is none or has no end."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
