"""The keys of every shipped benchmark are those that its stores and published records go by.

A change of `golden-keys.json` makes every store in the world start over: only with a raised version of what changed, or
with `KEY_SCHEMA`. Then write the file again: ``python tests/benchmarks/test_golden_keys.py``.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from earlyexp_bench.contracts import digest
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import load_benchmark

FILE = Path(__file__).parent / "golden-keys.json"
GOLDEN: dict[str, Any] = json.loads(FILE.read_text())


def keys_of(name: str) -> dict[str, Any]:
    """Return a benchmark's protocol hash, and by stage kind the digest of all of its keys."""
    plan = build_plan(load_benchmark(name))
    by_kind: dict[str, list[str]] = {}
    for node in plan.nodes:
        by_kind.setdefault(node.spec.kind, []).append(node.key)
    return {
        "protocol": plan.loaded.protocol,
        "stages": len(plan.nodes),
        "keys": {kind: digest(sorted(keys)) for kind, keys in by_kind.items()},
    }


@pytest.mark.parametrize("name", GOLDEN)
def test_the_keys_of_a_shipped_benchmark_never_change(name: str) -> None:
    assert keys_of(name) == GOLDEN[name]


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: keys_of(name) for name in GOLDEN}, indent=1) + "\n")
    sys.stdout.write(f"{FILE}\n")
