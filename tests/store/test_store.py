import json
import os
import shutil
import subprocess
import sys

import pytest
from outputs import output_of

from earlyexp_bench.contracts import Record, Runtime, StageFailure, StageSpec, StoreError, UserError
from earlyexp_bench.store import Store, write_json


def weights(store, spec):
    return store.directory(spec.kind, spec.key) / "final" / "model.safetensors"


def test_a_committed_stage_is_found_whole_and_without_its_checkpoint(store, finish):
    spec = finish(output=output_of("pretrain", steps=3))
    record = store.record(spec.kind, spec.key)
    assert record.output.steps == 3 and record.payload == spec.payload()
    assert set(record.files) == {"final/model.safetensors"}
    assert store.complete(spec.kind, spec.key) and store.verify(spec.kind, spec.key) == []
    assert not (store.directory(spec.kind, spec.key) / "checkpoint").exists()
    assert not store.work_directory(spec.key).exists()
    assert list(store.records()) == [("pretrain", record)] and list(store.records("evaluate")) == []


def test_an_unfinished_stage_is_not_there(store):
    spec = StageSpec(kind="pretrain", identity={})
    directory = store.open_stage(spec)
    (directory / "final").mkdir()
    assert not store.has(spec.kind, spec.key) and store.find(spec.kind, spec.key) is None
    with pytest.raises(StoreError, match="has not finished"):
        store.record(spec.kind, spec.key)


def test_nothing_is_visible_before_the_commit_is_whole(store, finish, monkeypatch):
    """A commit that dies before its rename leaves no stage, and the next try succeeds."""
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            finish()
    assert list(store.records()) == []
    shutil.rmtree(store.root / "work")
    spec = finish()
    assert store.verify(spec.kind, spec.key) == []


def test_the_first_of_two_commits_is_kept(store, finish):
    spec = finish(content="first")
    finish(content="second")
    assert weights(store, spec).read_text() == "first" and not store.work_directory(spec.key).exists()


def test_an_interrupted_stage_finds_its_checkpoint_again(store):
    spec = StageSpec(kind="pretrain", identity={}, runtime={"checkpoint_seconds": 5})
    first = store.open_stage(spec)
    (first / "checkpoint").mkdir()
    (first / "progress.json").write_text("{}")
    again = store.open_stage(spec.model_copy(update={"runtime": Runtime(data_directory="elsewhere")}))
    assert again == first and (again / "checkpoint").is_dir()
    assert not (again / "progress.json").exists()
    assert json.loads((again / "stage.json").read_text())["runtime"]["data_directory"] == "elsewhere"


@pytest.mark.parametrize("damage", ["{", '{"key": 1}', ""])
def test_a_damaged_record_is_named_with_what_to_do(store, finish, damage):
    spec = finish()
    path = store.directory(spec.kind, spec.key) / "record.json"
    path.write_text(damage)
    with pytest.raises(StoreError, match=r"delete .* and run again") as caught:
        store.find(spec.kind, spec.key)
    assert str(path) in str(caught.value)


def test_a_record_of_another_stage_is_refused(store, finish):
    a, b = finish(1), finish(2)
    shutil.copy(store.directory("pretrain", a.key) / "record.json", store.directory("pretrain", b.key))
    with pytest.raises(StoreError, match=a.key[:12]):
        store.record("pretrain", b.key)


def test_verify_names_changed_and_missing_files_and_changed_payloads(store, finish):
    spec = finish()
    weights(store, spec).write_text("tampered")
    assert store.verify(spec.kind, spec.key) == ["final/model.safetensors: changed since it was recorded"]
    weights(store, spec).unlink()
    assert store.verify(spec.kind, spec.key) == ["final/model.safetensors: missing"]
    other = finish(2)
    path = store.directory(other.kind, other.key) / "record.json"
    path.write_text(path.read_text().replace('"value": 2', '"value": 3'))
    (problem,) = store.verify(other.kind, other.key)
    assert "payload" in problem


def test_a_moved_store_reads_the_same(store, finish, tmp_path):
    spec = finish()
    before = store.record(spec.kind, spec.key)
    moved = Store(tmp_path / "moved")
    shutil.move(store.root, moved.root)
    assert moved.record(spec.kind, spec.key) == before and moved.verify(spec.kind, spec.key) == []
    text = (moved.directory(spec.kind, spec.key) / "record.json").read_text()
    assert str(tmp_path) not in text


def test_a_result_is_replaced_only_where_it_is_the_one_that_is_not_wanted(store, finish):
    spec = finish(content="first")
    unwanted = store.record_hash(spec.kind, spec.key)
    finish(content="second", replaces="0" * 64)
    assert weights(store, spec).read_text() == "first" and store.usable(spec.kind, spec.key)
    assert not store.usable(spec.kind, spec.key, unwanted)
    finish(content="third", replaces=unwanted)
    assert weights(store, spec).read_text() == "third" and store.verify(spec.kind, spec.key) == []
    assert store.usable(spec.kind, spec.key, unwanted)


def test_what_other_code_left_unfinished_is_not_gone_on_with_where_the_code_matters(store):
    spec = StageSpec(kind="pretrain", identity={})
    for code, stays in [("", True), ("a", False), ("a", True), ("b", False)]:
        (store.work_directory(spec.key) / "checkpoint").mkdir(parents=True, exist_ok=True)
        directory = store.open_stage(spec.model_copy(update={"runtime": Runtime(code=code)}))
        assert (directory / "checkpoint").is_dir() == stays


def test_a_finished_stage_can_be_discarded_record_and_all(store, finish):
    spec = finish()
    store.discard(store.directory(spec.kind, spec.key))
    store.discard(store.directory(spec.kind, spec.key))
    assert not store.has(spec.kind, spec.key)


def test_a_newer_failure_replaces_an_older_one(store):
    spec = StageSpec(kind="pretrain", identity={})
    for text in ("first", "second"):
        directory = store.open_stage(spec)
        (directory / "log.txt").write_text(text)
        kept = store.fail(spec.key, StageFailure(text, "code", type="E", traceback="T"))
    failure = store.failure(spec.key)
    assert (failure.reason, failure.type, failure.traceback) == ("E: second", "E", "T")
    assert (kept / "log.txt").read_text() == "second" and not directory.exists()
    assert store.failure("0" * 64) is None
    store.forget_failure(spec.key)
    assert store.failure(spec.key) is None


@pytest.mark.parametrize(("fault", "kept"), [("outside", True), ("system", True), ("code", False), ("user", False)])
def test_a_stage_that_is_not_to_blame_keeps_its_checkpoint_and_a_crashed_one_does_not(store, fault, kept):
    spec = StageSpec(kind="pretrain", identity={})
    directory = store.open_stage(spec)
    (directory / "checkpoint").mkdir()
    store.fail(spec.key, StageFailure("ended", fault))
    assert (store.open_stage(spec) / "checkpoint").is_dir() == kept


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_record_that_json_cannot_hold_is_refused(store, bad):
    spec = StageSpec(kind="pretrain", identity={})
    directory = store.open_stage(spec)
    output = output_of("pretrain", final_training_loss=bad)
    with pytest.raises(StoreError, match=r"the pretrain stage \w{12} is not JSON"):
        store.commit(directory, Record(key=spec.key, payload=spec.payload(), status="done", output=output))
    assert not store.has(spec.kind, spec.key)


def test_opening_a_store_imports_nothing_heavy():
    code = (
        "import sys, earlyexp_bench.store; print([m for m in ('torch', 'numpy', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"


def test_a_record_that_cannot_be_put_in_its_place_is_not_lost_in_silence(store, monkeypatch):
    spec = StageSpec(kind="pretrain", identity={})
    record = Record(key=spec.key, payload=spec.payload(), status="done", output=output_of("pretrain"))
    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(PermissionError):
        store.place_record(record)


def refuse(path, target):
    raise PermissionError(13, "Permission denied", str(path))


def test_a_full_disk_names_the_file_and_leaves_no_part_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", fill)
    with pytest.raises(OSError, match="No space left") as caught:
        write_json(tmp_path / "record.json", {"a": 1})
    assert caught.value.filename == str(tmp_path / "record.json")
    assert list(tmp_path.iterdir()) == []


def fill(descriptor):
    raise OSError(28, "No space left on device")


def test_a_store_whose_path_is_no_text_is_refused_before_libraries_choke_on_it(tmp_path):
    with pytest.raises(UserError, match="is not UTF-8"):
        Store(tmp_path / "b\udce4d").require_writable([])
