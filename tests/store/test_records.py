"""Records in a file: what is saved in one store and added to another is the same, and a changed one is refused."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from outputs import output_of

from earlyexp_bench.contracts import Record, StoreError, UserError
from earlyexp_bench.store import Store, add_record, find_garbage, read_records, write_records


@pytest.fixture
def saved(store: Store, finish: Any, tmp_path: Path) -> Path:
    for value in (1, 2):
        finish(value, output=output_of("pretrain", final_training_loss=0.1 + value))
    path = tmp_path / "records.jsonl.gz"
    assert write_records(path, [record for _, record in store.records()]) == 2
    return path


def test_a_store_of_added_records_knows_what_the_first_one_knew(store: Store, saved: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    assert [add_record(other, record) for record in read_records(saved)] == [True, True]
    assert list(other.records()) == list(store.records())
    assert [add_record(other, record) for record in read_records(saved)] == [False, False]
    assert not list((other.root / "work").iterdir())
    assert not find_garbage(other)


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\x0b", "\x1c", "\r", "\n"])
def test_whatever_stands_in_a_record_comes_back(store: Store, finish: Any, tmp_path: Path, mark: str) -> None:
    finish(1, reason=f"one{mark}two")
    written = [record for _, record in store.records()]
    write_records(tmp_path / "records.jsonl.gz", written)
    assert list(read_records(tmp_path / "records.jsonl.gz")) == written


def test_equal_records_in_any_order_give_equal_bytes(store: Store, saved: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl.gz"
    write_records(again, reversed([record for _, record in store.records()]))
    assert again.read_bytes() == saved.read_bytes()


def test_a_stage_whose_files_are_not_there_is_made_again_in_full(store: Store, saved: Path, finish: Any) -> None:
    record = next(read_records(saved))
    other = Store(store.root.parent / "other")
    add_record(other, record)
    assert not other.complete("pretrain", record.key)


def test_two_results_of_one_stage_are_not_merged(saved: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    record = next(read_records(saved))
    add_record(other, record.model_copy(update={"output": output_of("pretrain", final_training_loss=7.0)}))
    with pytest.raises(StoreError, match=r"another result \(output\)"):
        add_record(other, record)


def rewritten(path: Path, change: Any) -> Path:
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    record = json.loads(lines[1])
    change(record)
    path.write_bytes(gzip.compress("\n".join([lines[0], json.dumps(record)]).encode()))
    return path


def test_a_changed_payload_is_refused_with_its_line(saved: Path) -> None:
    with pytest.raises(UserError, match=r"records\.jsonl\.gz:2: the payload is not that of key"):
        list(read_records(rewritten(saved, lambda record: record["payload"]["identity"].update(value=9))))


def test_what_is_no_record_is_refused_with_its_line(saved: Path) -> None:
    with pytest.raises(UserError, match=r"records\.jsonl\.gz:2 is not a record"):
        list(read_records(rewritten(saved, lambda record: record.pop("key"))))


BAD_FILES = {"none.gz": None, "text.gz": b"no archive", "broken.gz": gzip.compress(b"text" * 99)[:12] + b"\xff" * 40}


@pytest.mark.parametrize(("name", "content"), BAD_FILES.items(), ids=BAD_FILES)
def test_what_is_no_file_of_records_says_which_is(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} cannot be read") as caught:
        list(read_records(tmp_path / name))
    assert caught.value.expected == "a file that `records save` wrote"


def test_an_interrupted_write_leaves_the_old_file(saved: Path, store: Store, monkeypatch: Any) -> None:
    before = saved.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(28, "disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_records(saved, list(Record.model_validate(r) for _, r in store.records()))
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.glob(".records*")] == []
