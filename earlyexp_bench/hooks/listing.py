"""What is installed, in a row each: quick, so without what takes more than the registry and a benchmark's heading."""

from pathlib import Path
from typing import Any

from earlyexp_bench.hooks.registry import Registered, registry

_MOST_BYTES = 1_000_000  # as many as a benchmark may have that is run


def listed() -> dict[str, list[dict[str, Any]]]:
    """Return a row for each component, and one for each plugin or benchmark that is broken, with the reason."""
    found = registry()
    rows = [_row(entry) for entry in found.all()]
    broken = [{"name": b.name, "distribution": b.distribution, "reason": b.reason} for b in found.broken]
    broken += [
        {"name": row["id"], "distribution": row["distribution"], "reason": row["broken"]}
        for row in rows
        if row["broken"]
    ]
    return {"components": rows, "broken": broken}


def _row(entry: Registered[Any]) -> dict[str, Any]:
    row = {
        "id": entry.id,
        "kind": entry.kind,
        "version": entry.version,
        "distribution": f"{entry.distribution} {entry.distribution_version}",
        "licence": getattr(entry.definition, "licence", ""),
        "train_bytes": getattr(entry.definition, "train_bytes", None),
        "description": getattr(entry.definition, "description", ""),
        "broken": "",
    }
    return row | own_words(entry.definition) if entry.kind == "benchmark" else row


def own_words(path: Path) -> dict[str, str]:
    """Return version and description as a benchmark's file has them, and what is wrong with the file."""
    import yaml

    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return _broken(f"{path} is no file of a benchmark")
        said = _scalars(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        return _broken(f"{path}: {' '.join(str(error).split())}")
    missing = [key for key in ("id", "version") if not said.get(key)]
    if missing:
        return _broken(f"{path} has no {' and no '.join(missing)}")
    return {"version": said["version"], "description": said.get("description", ""), "broken": ""}


def _broken(reason: str) -> dict[str, str]:
    return {"version": "?", "description": "", "broken": reason}


def _scalars(text: str) -> dict[str, str]:
    """Return the keys at the top whose values are plain; all of the text is parsed, for what is wrong further down."""
    import yaml

    depth = 0
    top: list[str] = []  # key, value, key, value; what is not plain counts as empty
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth == 1 and isinstance(event, yaml.NodeEvent):
            top.append(" ".join(event.value.split()) if isinstance(event, yaml.ScalarEvent) else "")
        depth += isinstance(event, yaml.CollectionStartEvent)
    return dict(zip(top[::2], top[1::2], strict=False))
