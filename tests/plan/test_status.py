"""What `plan` says of a store."""

from pathlib import Path
from typing import Any

import pytest

from earlyexp_bench.contracts import Record
from earlyexp_bench.plan import plan_status
from earlyexp_bench.plan.graph import Node
from earlyexp_bench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def put(store: Store, node: Node, **fields: Any) -> None:
    spec = node.spec
    record = Record.model_validate({"key": node.key, "payload": spec.payload(), "status": "done"} | fields)
    store.commit(store.open_stage(spec), record)


def states(planned: Any, store: Store, changes: dict[str, Any] | None = None) -> dict[str, tuple[str, str]]:
    found = plan_status(planned(changes), store)
    return {status.node.label: (status.state, status.reason) for status in found}


def test_a_hit_made_with_other_software_is_one_and_says_so(planned: Any, store: Store) -> None:
    tokenizer = planned().nodes[0]
    put(store, tokenizer, environment={"tokenizers": "0.1"})
    state, reason = states(planned, store)["tokenizer"]
    assert state == "hit"
    assert "made with tokenizers 0.1 (here " in reason


def test_a_miss_names_what_differs_from_the_nearest_record(planned: Any, store: Store) -> None:
    put(store, planned().nodes[0])
    state, reason = states(planned, store, {"tokenizer/vocab_size": 400})["tokenizer"]
    assert state == "miss"
    assert reason == "nearest record differs: identity.vocab_size is 400, there 384"


def test_what_needs_a_diverged_stage_is_blocked_not_missing(planned: Any, store: Store) -> None:
    nodes = {node.label: node for node in planned().nodes}
    for label in ("tokenizer", "tokens procedural-general", "tokens procedural-target"):
        put(store, nodes[label])
    put(store, nodes["pretrain λ=0 s0"], status="diverged", reason="loss was nan at step 3", outputs=())
    found = states(planned, store)
    assert found["pretrain λ=0 s0"] == ("diverged", "loss was nan at step 3")
    assert found["posttrain baseline → procedural-target s0"] == ("blocked", "its model diverged")
    assert found["pretrain λ=1 s0"][0] == "miss"


def test_a_crash_is_remembered(planned: Any, store: Store) -> None:
    node = planned().nodes[0]
    store.open_stage(node.spec)
    store.fail(node.key, "ValueError: no")
    assert states(planned, store)["tokenizer"] == ("miss", "crashed last time: ValueError: no")
