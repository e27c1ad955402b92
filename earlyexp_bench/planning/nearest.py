"""What sets a planned stage apart from the record that is most like it."""

from collections.abc import Iterable
from typing import Any


def nearest(payload: dict[str, Any], kind: str, stored: Iterable[dict[str, Any]]) -> str:
    """Name the fields in which a payload differs from the nearest of some.

    Args:
        payload: Of the planned stage.
        kind: Of the stage.
        stored: Payloads of records of that kind, each as `flat` gives it.
    """
    wanted = flat(payload)
    differences = [_differing(wanted, one) for one in stored]
    if not differences:
        return f"no {kind} stage in the store yet"
    best = min(differences, key=len)
    shown = "; ".join(f"{path} is {new!r}, there {old!r}" for path, new, old in best[:3])
    return f"nearest record differs: {shown}" + (f"; and {len(best) - 3} more" if len(best) > 3 else "")


def flat(value: Any, path: str = "") -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the leaves of JSON by their paths, hashes cut to 12 digits."""
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() for k, v in flat(inner, f"{path}.{key}".lstrip(".")).items()}
    if isinstance(value, list | tuple):
        return {k: v for i, inner in enumerate(value) for k, v in flat(inner, f"{path}[{i}]").items()}
    return {path: value[:12] if isinstance(value, str) and len(value) == 64 else value}


def _differing(new: dict[str, Any], old: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    paths = sorted(set(new) | set(old))
    return [(path, new.get(path), old.get(path)) for path in paths if new.get(path) != old.get(path)]
