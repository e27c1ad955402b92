"""Numbers as people write them: ``100K``, ``1.4M``, ``8.7B``, ``1e-4``."""

import math
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

LARGEST = 2**53 - 1  # whole numbers up to here are exact to every reader of JSON, and fit 64 bits
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}
_WRITTEN = r"[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,3})?"
_PATTERN = re.compile(rf"([-+]?{_WRITTEN})\s*([KMB]?)")
_ALMOST = re.compile(r"([-+]?[0-9][0-9_, ]*(?:\.[0-9]*)?)\s*([kmbKMB%]?)")
_LIMITS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
_EXAMPLES = "1e-4, 100K, 1.4M or 8.7B"


def parse_quantity(value: Any) -> Any:  # noqa: ANN401 - pydantic checks the rest
    """Turn ``"1.5M"`` into 1500000; leave alone what is neither text nor a truth value.

    Raises:
        ValueError: Text that is not a number with an optional K, M or B, or no number at all.
    """
    if isinstance(value, bool):
        raise _wrong(f"{str(value).lower()} is not a number; write {_EXAMPLES}")
    number = _number(value) if isinstance(value, str) else value
    if isinstance(number, float) and not math.isfinite(number):
        raise _wrong(f"{value} is no finite number")
    return number


def whole_number(value: Any) -> Any:  # noqa: ANN401 - pydantic checks the rest
    """Turn ``"100K"`` and 1e5 into 100000.

    Raises:
        ValueError: It is no number, or one with a fraction, or larger than any that we count with.
    """
    number = parse_quantity(value)
    if isinstance(number, int | float) and abs(number) > LARGEST:
        raise _wrong(f"{value} is too large; write at most {LARGEST}")
    if isinstance(number, float) and not number.is_integer():
        raise _wrong(f"{value} is not a whole number; write one, e.g. {max(1, round(number))}, 100K or 1.4M")
    return int(number) if isinstance(number, float) else number


def short_amount(number: float, digits: int = 3, units: dict[str, int] = _UNITS) -> str:
    """``2700`` as ``2.7K``: the way back from `parse_quantity`, in every place that says how much."""
    rounded = float(f"{number:.{digits}g}")
    unit = next((unit for unit, size in reversed(units.items()) if rounded >= size), "")
    return f"{rounded / units[unit]:g}{unit}"


def _number(text: str) -> int | float:
    match = _PATTERN.fullmatch(text.strip())
    if not match:
        said = text if len(text) < 40 else f"{text[:36]} …"
        raise _wrong(f"{said!r} is not a number; write {_meant(text.strip()) or _EXAMPLES}")
    exact = Decimal(match[1]) * _UNITS[match[2]]
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _meant(text: str) -> str:
    """What somebody means who writes ``4k``, ``1,000``, ``1_000`` or ``5%``; empty where that cannot be told."""
    match = _ALMOST.fullmatch(text)
    if not match:
        return ""
    digits = re.sub("[_, ]", "", match[1]).removesuffix(".")
    return f"{float(digits) / 100:g}" if match[2] == "%" else f"{digits}{match[2].upper()}"


def _wrong(message: str) -> ValueError:
    """An error of a type of its own, so that what the key takes is said beside it."""
    return PydanticCustomError("quantity", "{message}", {"message": message})


class _AlsoText:
    """Tells editors that a number may have a unit, beside what it may be as a number."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        # pydantic leaves limits of what is converted beforehand under its own names
        number = {_LIMITS.get(key, key): value for key, value in handler(core).items()}
        return {"anyOf": [number, {"type": "string", "pattern": rf"^{_WRITTEN}\s*[KMB]?$"}]}


Number = Annotated[float, BeforeValidator(parse_quantity), _AlsoText()]
Whole = Annotated[int, BeforeValidator(whole_number), _AlsoText()]
Count = Annotated[int, BeforeValidator(whole_number), Field(gt=0), _AlsoText()]
