"""What every part of a benchmark file is made of."""

from typing import Annotated

from pydantic import Field

from earlyexp_bench.contracts.errors import KeyPath as KeyPath
from earlyexp_bench.contracts.errors import Misplaced as Misplaced
from earlyexp_bench.contracts.stages.parts import StageInput

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9+._-]*$")]


class Spec(StageInput):
    """As what a stage is given, of which it shares parts: frozen, and refuses what it does not know."""
