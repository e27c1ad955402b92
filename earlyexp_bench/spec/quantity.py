"""Numbers as people write them: ``100K``, ``1.4M``, ``8.7B``, ``1e-4``."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

LARGEST = 2**53 - 1  # whole numbers up to here are exact to every reader of JSON, and fit 64 bits
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}
_PATTERN = re.compile(r"^([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([KMB]?)$")


def parse_quantity(value: Any) -> Any:  # noqa: ANN401 - pydantic checks the rest
    """Turn ``"1.5M"`` into 1500000; leave what is not text alone.

    Raises:
        ValueError: Text that is not a number with an optional K, M or B.
    """
    if not isinstance(value, str):
        return value
    match = _PATTERN.match(value.strip())
    if not match:
        raise ValueError(f"{value!r} is not a number; write 1e-4, 100K, 1.4M or 8.7B")
    number = round(float(match[1]) * _UNITS[match[2]], 6) if match[2] else float(match[1])
    return int(number) if number.is_integer() else number


def short_amount(number: int) -> str:
    """``2700`` as ``2.7K``: the way back from `parse_quantity`."""
    unit = next((unit for unit, size in reversed(_UNITS.items()) if number >= size), "")
    return f"{number / _UNITS[unit]:g}{unit}"


Tokens = Annotated[int, BeforeValidator(parse_quantity), Field(gt=0, le=LARGEST)]
Number = Annotated[float, BeforeValidator(parse_quantity)]
