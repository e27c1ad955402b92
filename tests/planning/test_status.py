"""What `plan` says of a store."""

from pathlib import Path
from typing import Any

import pytest
from outputs import FOUND

import earlyexp_bench
from earlyexp_bench.contracts import Record, StageFailure, library_versions
from earlyexp_bench.hooks import CORE, code
from earlyexp_bench.planning import plan_status
from earlyexp_bench.planning.plan import Node
from earlyexp_bench.store import Store, add_record, collect


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def put(store: Store, node: Node, **fields: Any) -> None:
    spec = node.spec
    store.commit(store.open_stage(spec), recorded(node, **fields))


def recorded(node: Node, **fields: Any) -> Record:
    known = {"key": node.key, "payload": node.spec.payload(), "status": "done", "environment": here(node)}
    return Record.model_validate(known | {"output": FOUND[node.spec.kind]} | fields)


def here(node: Node) -> dict[str, Any]:
    return {"package": earlyexp_bench.__version__, **library_versions(), "code": code(node.spec.plugins)}


def states(planned: Any, store: Store, changes: dict[str, Any] | None = None) -> dict[str, tuple[str, str]]:
    found = plan_status(planned(changes), store)
    return {status.node.label: (status.state, status.reason) for status in found}


def test_a_hit_made_with_the_software_that_is_here_says_nothing(planned: Any, store: Store) -> None:
    put(store, planned().nodes[0])
    assert states(planned, store)["tokenizer"] == ("hit", "")


OTHER_SOFTWARE = [
    ({"tokenizers": "0.1"}, "made with tokenizers 0.1 (here "),
    ({"package": "0.0.1"}, f"made with {CORE} 0.0.1 (here {earlyexp_bench.__version__})"),
    ({"code": {CORE: "0" * 64}}, f"made with code of {CORE} 0000000000 (here "),
    ({"code": {CORE: "0" * 64}, "git": "f" * 40 + "-dirty"}, "made with code of earlyexp-bench "),
    ({"code": {}}, f"made with code of {CORE} not recorded (here "),
]


@pytest.mark.parametrize(("changed", "said"), OTHER_SOFTWARE)
def test_a_result_of_other_software_is_a_hit_that_says_so_and_a_miss_where_code_is_strict(
    planned: Any, store: Store, changed: dict[str, Any], said: str
) -> None:
    tokenizer = planned().nodes[0]
    put(store, tokenizer, environment=here(tokenizer) | changed)
    state, reason = states(planned, store)["tokenizer"]
    assert state == "hit"
    assert said in reason
    strict = plan_status(planned(), store, strict_code=True)[0]
    assert strict.state == "miss"
    assert strict.reason == f"{reason}: refused by --strict-code"
    assert strict.replaces == store.record_hash("tokenizer", tokenizer.key)


def test_other_code_of_a_plugin_is_named(planned: Any, store: Store) -> None:
    node = planned({"pretraining/corpus": "music/tunes", "tokenizer/train_on": ["music/tunes"]}).nodes[0]
    put(store, node, environment=here(node) | {"code": code(node.spec.plugins) | {"earlyexp-music": "1" * 64}})
    found = plan_status(planned({"pretraining/corpus": "music/tunes", "tokenizer/train_on": ["music/tunes"]}), store)
    assert [str(difference).partition(" (")[0] for difference in found[0].drift] == [
        "code of earlyexp-music 1111111111"
    ]


def test_a_child_of_other_weights_than_are_stored_says_so(planned: Any, store: Store) -> None:
    nodes = {node.label: node for node in planned().nodes}
    child = nodes["posttrain baseline → procedural-target s0"]
    put(store, nodes["pretrain λ=0 s0"], weight_hashes={"final": "new"})
    put(store, child, parent_weight_hashes={"model": "old"})
    found = {status.node.key: status for status in plan_status(planned(), store)}[child.key]
    assert (found.state, found.changed_parents) == ("hit", ("model",))
    assert found.reason == "made from other weights of its model than are stored now"
    strict = {status.node.key: status for status in plan_status(planned(), store, strict_code=True)}
    assert strict[child.key].state == "miss"
    assert strict[nodes["pretrain λ=0 s0"].key].state == "hit"


def test_a_parent_whose_files_were_removed_is_planned_again_for_a_child_that_needs_them(
    planned: Any, store: Store
) -> None:
    nodes = {node.label: node for node in planned().nodes}
    put(store, nodes["tokenizer"])
    parent = nodes["tokens procedural-general"]
    directory = store.open_stage(parent.spec)
    (directory / "train.bin").write_text("tokens")
    store.commit(directory, recorded(parent))
    assert states(planned, store)["tokens procedural-general"] == ("hit", "")
    collect(store)
    state, reason = states(planned, store)["tokens procedural-general"]
    assert state == "miss"
    assert reason.startswith("only its record is here, not its files, and ")
    assert states(planned, store)["tokenizer"][0] == "hit"


def test_a_parent_whose_record_alone_was_added_is_not_said_to_have_lost_its_files(planned: Any, store: Store) -> None:
    parent = planned().nodes[0]
    add_record(store, recorded(parent, files={"tokenizer.json": "0" * 64}))
    state, reason = states(planned, store)["tokenizer"]
    assert state == "miss"
    assert reason.startswith("only its record is here, not its files, and ")


def test_a_miss_names_what_differs_from_the_nearest_record(planned: Any, store: Store) -> None:
    put(store, planned().nodes[0])
    state, reason = states(planned, store, {"tokenizer/vocab_size": 400})["tokenizer"]
    assert state == "miss"
    assert reason == "nearest record differs: identity.vocab_size is 400, there 384"


def test_what_needs_a_diverged_stage_is_blocked_not_missing(planned: Any, store: Store) -> None:
    nodes = {node.label: node for node in planned().nodes}
    for label in ("tokenizer", "tokens procedural-general", "tokens procedural-target"):
        put(store, nodes[label])
    put(store, nodes["pretrain λ=0 s0"], status="diverged", reason="loss was nan at step 3", outputs=(), output=None)
    found = states(planned, store)
    assert found["pretrain λ=0 s0"] == ("diverged", "loss was nan at step 3")
    assert found["posttrain baseline → procedural-target s0"] == ("blocked", "its model diverged")
    assert found["pretrain λ=1 s0"][0] == "miss"


def test_a_crash_is_remembered(planned: Any, store: Store) -> None:
    node = planned().nodes[0]
    store.open_stage(node.spec)
    store.fail(node.key, StageFailure("no", "code", type="ValueError"))
    assert states(planned, store)["tokenizer"] == ("miss", "crashed last time: ValueError: no")
