"""Hub data sets, tried on local directories in the hub's layout."""

import json

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from earlyexp_bench.builtin._hub import Hub
from earlyexp_bench.builtin.domains import HubParams, hash_hub_params
from earlyexp_bench.contracts import SPLITS, UserError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def directory(tmp_path, monkeypatch):
    """A data set of two parquet splits, and a cache of its own."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    for split, count in (("train", 120), ("test", 5)):
        rows = [{"text": f"{split} row {i}", "topic": f"{i % 30}"} for i in range(count)]
        pq.write_table(pa.Table.from_pylist(rows), folder / "data" / f"{split}-00000-of-00001.parquet")
    (folder / "README.md").write_text("---\nlicense: cc0-1.0\n---\nA small set.\n")
    return folder


def hub(**params):
    return Hub(HubParams.model_validate(params))


def test_rows_come_in_order_and_a_split_without_source_is_a_share_of_train(directory):
    domain = hub(dataset=str(directory), test="test", group_field="topic", validation_fraction=0.2)
    by_split = {split: list(domain.documents(split)) for split in SPLITS}
    assert [d.text for d in by_split["test"]] == [f"test row {i}" for i in range(5)]
    assert len(by_split["train"]) + len(by_split["validation"]) == 120
    assert not {d.group for d in by_split["train"]} & {d.group for d in by_split["validation"]}


def test_the_identity_of_a_directory_is_its_files(directory):
    params = HubParams(dataset=str(directory))
    before = hash_hub_params(params)
    assert "data/train-00000-of-00001.parquet" in before
    (directory / "data" / "test-00000-of-00001.parquet").write_bytes(b"other")
    assert hash_hub_params(params) != before


def test_the_identity_of_a_hub_set_is_its_commit():
    identity = hash_hub_params(HubParams(dataset="owner/name", revision=COMMIT))
    assert identity == {"dataset": "owner/name", "revision": COMMIT}


def test_a_hub_set_without_a_commit_is_refused_before_anything_is_loaded():
    with pytest.raises(UserError, match="no revision"):
        hub(dataset="owner/name")


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:7], COMMIT.upper()])
def test_a_branch_a_tag_or_a_short_sha_is_no_commit(revision):
    with pytest.raises(ValueError, match="revision"):
        HubParams(dataset="owner/name", revision=revision)


def test_a_split_that_does_not_exist_names_those_that_do(directory):
    with pytest.raises(UserError, match=r"(?s)'dev' cannot be loaded.*train"):
        list(hub(dataset=str(directory), validation="dev").documents("validation"))


def test_a_missing_column_names_the_nearest(directory):
    with pytest.raises(UserError, match=r"(?s)no column 'txt'.*'text'\?"):
        list(hub(dataset=str(directory), text_field="txt").documents("train"))


def test_offline_a_set_that_was_never_downloaded_is_the_users_error(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match="without network"):
        list(hub(dataset="owner/never-downloaded", revision=COMMIT).documents("train"))


def test_question_and_answer_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "qa").mkdir()
    rows = [{"q": f"Q{i}?", "a": f"A{i}."} for i in range(80)]
    (tmp_path / "qa" / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    first = next(hub(dataset=str(tmp_path / "qa"), prompt_field="q", answer_field="a").documents("train"))
    assert first.text[first.answer_start :].startswith(" A")
