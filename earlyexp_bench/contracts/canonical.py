"""Canonical JSON: equal values give equal bytes on every machine, so that keys can be hashes."""

import hashlib
import json
import math
from typing import Any


def canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Serialise ``value`` with sorted keys, no spaces and floats rounded to 12 significant digits.

    ``0.1 + 0.2`` and ``0.3`` give the same text, and so do ``1`` and ``1.0``.

    Raises:
        ValueError: ``value`` holds NaN or an infinity, which equal nothing, or something that is not JSON.
    """
    return json.dumps(_normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """SHA-256 of ``canonical_json(value)`` as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _normal(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dict):
        return {_key(k): _normal(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted((_normal(v) for v in value), key=canonical_json)
    raise ValueError(f"{value!r} ({type(value).__name__}) has no canonical JSON form")


def _number(value: float) -> float:
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be part of a key: it equals nothing, not even itself")
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded


def _key(key: Any) -> str:  # noqa: ANN401 - checked here
    if not isinstance(key, str):
        raise ValueError(f"key {key!r} is not a string")
    return key
