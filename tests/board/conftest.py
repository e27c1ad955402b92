"""A store in which all of a benchmark is on record, without any training."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outputs import FOUND

from earlyexp_bench.contracts import Record
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.planning.plan import Node
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import Store

SPLITS = ("validation", "test")
Fields = dict[str, Any]


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options("smoke", store=tmp_path / "store", out=tmp_path / "out", overrides=("seeds=[0,1,2]",))


@pytest.fixture
def recorded() -> Callable[..., Plan]:
    """Put every stage of a benchmark on record, changed as the caller says; one of which None is made is left out."""

    def record(options: Options, change: Callable[[Node, Fields], Fields | None] = lambda _, fields: fields) -> Plan:
        loaded = load_benchmark(options.benchmark, recipes=options.recipes, overrides=options.overrides)
        plan, store = build_plan(loaded), Store(options.store)
        for node in plan.nodes:
            fields = change(node, _fields(node, plan))
            if fields is not None:
                known = {"key": node.key, "payload": node.spec.payload(), "status": "done"}
                store.place_record(Record.model_validate(known | fields))
        return plan

    return record


def _fields(node: Node, plan: Plan) -> Fields:
    kind = node.spec.kind
    made: Fields = {"environment": {"package": "0.1.0", "torch": "2.0", "code": {"earlyexp-bench": "a" * 64}}}
    made["output"] = copy.deepcopy(FOUND[kind])
    if kind in ("tokens", "contamination"):
        return made
    if kind == "evaluate":
        return {
            **made,
            "output": {"scores": _losses(node, plan)},
            "parent_weight_hashes": {"model": _weights(node, "model")},
        }
    parents = {role: _weights(node, role) for role in ("model",) if role in node.spec.parents}
    return {**made, "weight_hashes": {"final": node.key}, "parent_weight_hashes": parents, "tokens": {"general": 10}}


def _weights(node: Node, role: str) -> str:
    return node.spec.parents[role].key


def _losses(node: Node, plan: Plan) -> Fields:
    """Losses that differ by seed and recipe, and by the rate of the fine-tuning that came before, if any."""
    trained = next(other for other in plan.nodes if other.key == node.spec.parents["model"].key)
    rate = trained.spec.identity["optimization"]["learning_rate"] if trained.spec.kind == "finetune" else 0.0
    gained = 0.5 if " early " in node.label else 0.0
    seed = int(node.label.rpartition(" s")[2])
    loss = {"target": 4.0 - gained + 40 * rate + 0.01 * seed, "downstream": 4.6 - 60 * rate, "general": 5.0}
    return {
        role: {s: {"losses": {"text": value, "answer": value}} for s in SPLITS}
        for role, value in loss.items()
        if role in node.spec.parents
    }
