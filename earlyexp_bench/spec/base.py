"""What every part of a benchmark file is made of."""

from typing import Annotated

from pydantic import Field

from earlyexp_bench.contracts.stages.parts import StageInput

KeyPath = tuple[str | int, ...]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9+._-]*$")]


class Spec(StageInput):
    """As what a stage is given, of which it shares parts: frozen, and refuses what it does not know."""


class Misplaced(ValueError):
    """What one key says does not agree with another; ``path`` leads to it from the model that is validated."""

    def __init__(self, path: KeyPath, message: str) -> None:
        self.path = path
        super().__init__(message)
