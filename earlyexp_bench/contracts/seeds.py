"""Seeds as people write them: ``0,1``, ``0-19``."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from earlyexp_bench.contracts.quantity import LARGEST, Whole

MOST_SEEDS = 10_000  # more than any benchmark has: a slip of the finger must not fill the memory


def seeds_of(text: str) -> list[int]:
    """Read seeds and ranges of seeds with commas between them; what is named twice counts once.

    Raises:
        ValueError: It is no list of numbers, or one of none or far too many.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        seeds.extend(range(int(first), int(last) + 1)[: MOST_SEEDS + 1] if dash else [int(first)])
    if not seeds:
        raise ValueError("names no seed")
    if len(seeds) > MOST_SEEDS:
        raise ValueError(f"names more than {MOST_SEEDS:,} seeds")
    return list(dict.fromkeys(seeds))


def _written(value: Any) -> Any:  # noqa: ANN401 - pydantic checks the rest
    try:
        return seeds_of(value) if isinstance(value, str) else value
    except ValueError as error:
        raise PydanticCustomError(
            "seeds", "{said} names no seeds; write 0-4 or [0, 1]", {"said": repr(value)}
        ) from error


class _AlsoText:
    """Tells editors that seeds may be written as a range."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(core), {"type": "string", "pattern": r"^\s*\d+(-\d+)?(\s*,\s*\d+(-\d+)?)*\s*$"}]}


Seeds = Annotated[
    list[Annotated[Whole, Field(ge=0, le=LARGEST)]], Field(min_length=1), BeforeValidator(_written), _AlsoText()
]
