"""What a stage found is what its kind declares, on both sides of the store."""

import copy
import gzip
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from outputs import FOUND, output_of

from earlyexp_bench.contracts import Record, StageKind, StageSpec, StoreError, UserError
from earlyexp_bench.contracts.stages import TokensOutput, TrainingOutput
from earlyexp_bench.store import Store, read_records

KINDS = get_args(StageKind)


def put(store: Store, record: dict[str, Any]) -> Path:
    path = store.directory(record["payload"]["kind"], record["key"]) / "record.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(record))
    return path


def made(kind: StageKind, **fields: Any) -> dict[str, Any]:
    spec = StageSpec(kind=kind, identity={})
    known = {"schema_version": 2, "key": spec.key, "payload": spec.payload(), "status": "done"}
    return known | {"output": copy.deepcopy(FOUND[kind])} | fields


WRONG = [
    ("tokenizer", "vocab_size", "many", "output.vocab_size: input should be a valid integer, not 'many'"),
    ("tokenizer", "vocab_size", 3.0, "output.vocab_size: input should be a valid integer, not 3.0"),
    ("tokenizer", "vocab_size", True, "output.vocab_size: input should be a valid integer, not True"),
    ("tokens", "content_hash", None, "output.content_hash: input should be a valid string, not None"),
    ("contamination", "twins", -1, "output.twins: input should be greater than or equal to 0, not -1"),
    ("pretrain", "stopped", "late", "output.stopped: input should be 'budget', 'converged' or 'cap', not 'late'"),
    ("evaluate", "scores", {"targets": {}}, "output.scores.targets.[key]: input should be 'general', 'target', "),
    ("finetune", "loss", 2.0, "output.loss: extra inputs are not permitted, not 2.0"),
]


@pytest.mark.parametrize(("kind", "key", "value", "said"), WRONG)
def test_a_wrong_output_is_refused_with_its_path_its_key_and_what_would_be_right(
    store: Store, tmp_path: Path, kind: StageKind, key: str, value: Any, said: str
) -> None:
    record = made(kind)
    record["output"][key] = value
    path = put(store, record)
    with pytest.raises(StoreError) as caught:
        store.record(kind, record["key"])
    assert f"{path} cannot be read: {said}" in str(caught.value)
    (tmp_path / "records.gz").write_bytes(gzip.compress(json.dumps(record).encode()))
    with pytest.raises(UserError) as refused:
        list(read_records(tmp_path / "records.gz"))
    assert f"records.gz:1 is not a record: {said}" in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_an_output_without_one_of_its_fields_is_refused(store: Store, kind: StageKind) -> None:
    record = made(kind)
    key = next(iter(record["output"]))
    del record["output"][key]
    put(store, record)
    with pytest.raises(StoreError, match=f"output.{key}: field required"):
        store.record(kind, record["key"])


@pytest.mark.parametrize("schema", [0, "2", None])
def test_a_schema_that_nobody_knows_is_refused(store: Store, schema: Any) -> None:
    record = made("tokenizer", schema_version=schema)
    put(store, record)
    with pytest.raises(StoreError, match=r"schema_version: input should be 2, not "):
        store.record("tokenizer", record["key"])


def test_a_record_of_a_later_version_is_not_said_to_be_damaged(store: Store) -> None:
    record = made("tokenizer", schema_version=3)
    put(store, record)
    with pytest.raises(
        StoreError, match=r"schema 3, and this .* reads up to 2; update it, or use another store"
    ) as told:
        store.record("tokenizer", record["key"])
    assert "delete" not in str(told.value)


def test_what_finished_has_an_output_and_what_diverged_has_none(store: Store) -> None:
    for fields in ({"output": None}, {"status": "diverged"}):
        record = made("pretrain", **fields)
        path = put(store, record)
        with pytest.raises(StoreError, match=r"record.json cannot be read: output: "):
            store.record("pretrain", record["key"])
        path.unlink()
        path.parent.rmdir()


def test_a_wrong_output_is_not_committed_and_the_stage_is_named(store: Store) -> None:
    record = Record.model_validate(made("contamination"))
    wrong = record.model_copy(update={"output": output_of("tokenizer")})
    said = rf"the contamination stage {record.key[:12]} left a wrong record: output.documents: field required"
    with pytest.raises(StoreError, match=said):
        store.commit(store.open_stage(StageSpec(kind="contamination", identity={})), wrong)
    with pytest.raises(StoreError, match=said):
        store.place_record(wrong)
    assert not store.has("contamination", record.key)


def test_an_output_is_asked_for_by_its_class() -> None:
    record = Record.model_validate(made("tokens"))
    assert record.output_as(TokensOutput).train.tokens == 1_000_000
    with pytest.raises(StoreError, match=r"the tokens stage .* left a TokensOutput, not a TrainingOutput"):
        record.output_as(TrainingOutput)


SPOILT: dict[str, tuple[Any, str]] = {
    "a list": (lambda record: [], r"it should be a JSON object, not \[\]"),
    "no schema": (lambda record: {k: v for k, v in record.items() if k != "schema_version"}, "no 'schema_version'"),
    "a text for a number": (lambda record: record | {"schema_version": "2"}, "input should be 2, not '2'"),
    "another schema": (lambda record: record | {"schema_version": 0}, "input should be 2, not 0"),
    "nothing found": (lambda record: record | {"output": None}, "output: input should be a valid dictionary, not None"),
    "no known kind": (lambda record: record | {"payload": {"kind": "x"}}, "output: it belongs to no stage"),
}


def refusal(store: Store, record: dict[str, Any], spoil: Any) -> str:
    path = put(store, record)
    path.write_text(json.dumps(spoil(record)))
    with pytest.raises(StoreError) as caught:
        store.record(record["payload"]["kind"], record["key"])
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT)
def test_a_damaged_record_is_refused_with_its_path_its_key_and_what_would_be_right(
    store: Store, spoil: Any, said: str
) -> None:
    message = refusal(store, made("evaluate"), spoil)
    assert re.search(said, message)
    assert "Output" not in message
