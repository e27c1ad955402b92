from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.spec import load_benchmark

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"

Planner = Callable[..., Plan]


def assign(data: Any, path: str, value: Any) -> None:
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    for part in parents:
        data = data[part]
    data[last] = value


@pytest.fixture
def planned(tmp_path: Path) -> Planner:
    """Plan `smoke` with some keys changed: ``planned(**{"finetuning/tokens": 1000})``."""

    def plan(changes: dict[str, Any] | None = None) -> Plan:
        data = yaml.safe_load(SMOKE.read_text())
        for path, value in (changes or {}).items():
            assign(data, path, value)
        file = tmp_path / "changed.yaml"
        file.write_text(yaml.safe_dump(data))
        return build_plan(load_benchmark(str(file)))

    return plan
