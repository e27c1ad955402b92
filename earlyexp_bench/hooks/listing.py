"""What is installed, in a row each: quick, so without what takes more than the registry and a benchmark's heading."""

from typing import Any

from earlyexp_bench.hooks import Registered, heading, registry


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
    return row | own_words(entry) if entry.kind == "benchmark" else row


def own_words(entry: Registered[Any]) -> dict[str, str]:
    """Return version and description as a benchmark's file has them, and what is wrong with the file."""
    found = heading(entry.definition)
    return {"version": found.version, "description": found.description, "broken": found.broken}
