"""Hub data sets, tried on local directories in the hub's layout and on caches as the hub's client leaves them."""

import gzip
import hashlib
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets.data_files import DataFilesDict, get_data_patterns
from huggingface_hub.utils import filter_repo_objects

from earlyexp_bench.builtin._hub import Hub
from earlyexp_bench.builtin.domains import HubParams, hash_hub_params
from earlyexp_bench.builtin.hub_sources import data_files
from earlyexp_bench.contracts import SPLITS, UserError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = COMMIT[::-1]


@pytest.fixture
def directory(tmp_path):
    """A data set of two parquet splits."""
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


def test_question_and_answer_rows(tmp_path):
    (tmp_path / "qa").mkdir()
    rows = [{"q": f"Q{i}?", "a": f"A{i}."} for i in range(80)]
    (tmp_path / "qa" / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    first = next(hub(dataset=str(tmp_path / "qa"), prompt_field="q", answer_field="a").documents("train"))
    assert first.text[first.answer_start :].startswith(" A")


def lines(*texts):
    return "".join(json.dumps({"text": text}) + "\n" for text in texts)


def made(folder, files):
    """Write a data set: file name to text or bytes."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def texts_of(**params):
    """Return the texts of the train source, in order."""
    domain = hub(**params)
    return [document.text for document in domain._read("train")]


def test_rows_are_those_of_the_files_whatever_their_times_say(directory):
    path = directory / "data" / "train-00000-of-00001.parquet"
    before, read = path.stat(), texts_of(dataset=str(directory))
    key = hash_hub_params(HubParams(dataset=str(directory)))
    pq.write_table(pa.table({"text": [text.replace("row", "raw") for text in read]}), path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert texts_of(dataset=str(directory)) == [text.replace("row", "raw") for text in read]
    assert hash_hub_params(HubParams(dataset=str(directory))) != key


@pytest.mark.parametrize("link", ["data", "data/train.jsonl", "."])
def test_data_behind_links_are_hashed_and_read(tmp_path, link):
    """A folder, a file, or the whole data set is a link; and links that lead back change nothing."""
    real = made(tmp_path / "real", {"data/train.jsonl": lines("one", "two"), "data/test.jsonl": lines("three")})
    linked = tmp_path / "linked"
    if link == ".":
        linked.symlink_to(real)
    else:
        (linked / link).parent.mkdir(parents=True)
        (linked / link).symlink_to(real / link)
        (linked / "round").symlink_to("..")
    (real / "data" / "again").symlink_to(".")
    params = HubParams(dataset=str(linked))
    key = hash_hub_params(params)
    assert texts_of(dataset=str(linked)) == ["one", "two"]
    made(real, {"data/train.jsonl": lines("five")})
    assert texts_of(dataset=str(linked)) == ["five"]
    assert hash_hub_params(params) != key


def test_a_link_to_a_file_of_the_split_does_not_double_it(tmp_path):
    folder = made(tmp_path / "set", {"train.jsonl": lines("one")})
    (folder / "train_again.jsonl").symlink_to("train.jsonl")
    os.link(folder / "train.jsonl", folder / "train_hard.jsonl")
    assert texts_of(dataset=str(folder)) == ["one"]


def test_the_text_of_a_card_changes_nothing_what_it_decides_does(tmp_path):
    files = "[{split: train, path: a.jsonl}, {split: %s, path: b.jsonl}]"
    card = f"---\nconfigs: [{{config_name: x, data_files: {files}}}]\n---\n"
    folder = made(tmp_path / "set", {"README.md": card % "more", "a.jsonl": lines("a"), "b.jsonl": lines("b")})
    params = HubParams(dataset=str(folder))
    key = hash_hub_params(params)
    made(folder, {"README.md": card % "more" + "Words.", "LICENSE.txt": "Do.", ".hidden.jsonl": "{", "notes.md": "#"})
    assert hash_hub_params(params) == key
    made(folder, {"README.md": card % "test"})
    assert hash_hub_params(params) != key


REFUSED = {
    "nothing": ({}, "has no data file"),
    "pictures": ({"a.png": "x", "b.jpg": "x"}, r"its files end in \.jpg, \.png"),
    "archives": ({"train.zip": "PK"}, r"\.zip\n  expected: txt, jsonl"),
    "a script": ({"set.py": "raise SystemExit", "train.jsonl": lines("a")}, r"set\.py: is a loading script"),
    "a script of another name": (
        {"load.py": "class A(datasets.GeneratorBasedBuilder): raise SystemExit", "train.jsonl": lines("a")},
        r"load\.py: is a loading script",
    ),
    "two formats": ({"a.jsonl": lines("a"), "b.csv": "text\nb\n"}, r"several formats .*a\.jsonl, b\.csv"),
    "no such split": ({"test.jsonl": lines("a")}, r"'train' cannot be loaded(.|\n)*'test'"),
    "a way out": (
        {"README.md": "---\nconfigs: [{config_name: a, data_files: ../b.jsonl}]\n---\n"},
        r"README\.md.*'\.\./b\.jsonl' leads out",
    ),
    "an option that we lack": (
        {"README.md": "---\nconfigs: [{config_name: a, data_files: b.json, field: data}]\n---\n", "b.json": "{}"},
        "`field` is not done here",
    ),
    "a card that is no YAML": ({"README.md": "---\nconfigs: [\n---\n", "a.jsonl": lines("a")}, r"README\.md: its YAML"),
    "a stopped download": (
        {"train.jsonl": lines("a"), ".cache/huggingface/download/x.incomplete": ""},
        r"x\.incomplete: is of a download that was stopped",
    ),
}


@pytest.mark.parametrize(("files", "message"), REFUSED.values(), ids=REFUSED)
def test_a_directory_that_cannot_be_used_is_refused_when_it_is_hashed(tmp_path, files, message):
    (tmp_path / "set").mkdir()
    with pytest.raises(UserError, match=message):
        hash_hub_params(HubParams(dataset=str(made(tmp_path / "set", files))))


def test_rows_may_have_columns_of_their_own_but_not_lack_one(tmp_path):
    folder = made(tmp_path / "set", {"a.jsonl": lines("a"), "b.jsonl": '{"n": 1, "text": "b"}\n{"m": 2}\n'})
    rows = hub(dataset=str(folder))._read("train")
    assert [next(rows).text, next(rows).text] == ["a", "b"]
    with pytest.raises(UserError, match=r"b\.jsonl:2: there is no column 'text'"):
        next(rows)


CARD = """---
configs:
- config_name: english
  data_files:
  - {split: train, path: [en/c4-train.*.json.gz, more/one.json]}
  - {split: test, path: "**/held.jsonl"}
- config_name: german
  default: true
  data_dir: de
---
"""


def test_configurations_and_splits_are_those_of_the_card(tmp_path):
    shards = {f"en/c4-train.0000{n}-of-00002.json.gz": gzip.compress(lines(f"en{n}").encode()) for n in (0, 1)}
    others = {"more/one.json": lines("more"), "x/held.jsonl": lines("held"), "de/train/a.jsonl": lines("de")}
    folder = made(tmp_path / "set", {"README.md": CARD, **shards, **others})
    assert texts_of(dataset=str(folder), config="english") == ["en0", "en1", "more"]
    assert texts_of(dataset=str(folder), config="english", train="test") == ["held"]
    assert texts_of(dataset=str(folder)) == ["de"]
    with pytest.raises(UserError, match=r"'french' is no configuration\n  expected: .*'english', 'german'"):
        texts_of(dataset=str(folder), config="french")


LAYOUTS = [
    ["train.jsonl", "test.jsonl"],
    ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/dev-00000-of-00001.parquet"],
    ["data/random-00000-of-00001.parquet", "data/test-00000-of-00001-0123456789abcdef.parquet", "train.parquet"],
    ["train/a.jsonl", "train/b.jsonl", "eval/c.jsonl", "test.jsonl"],
    ["my_train_1.jsonl", "my-val.jsonl", "x testing.jsonl", "trainer.jsonl"],
    ["training/x/y/z.csv", "dev/q.csv"],
    ["deep/er/train-set/a.jsonl", "deep/evaluation 2/b.jsonl"],
    ["Train.jsonl", "TEST.jsonl", "README.md"],
    [".hidden/train.jsonl", "__pycache__/train.jsonl", "valid.jsonl", "train1.jsonl"],
    ["en/train.jsonl.gz", "en/validation.jsonl.gz", "dataset_infos.json"],
]


@pytest.mark.parametrize("names", LAYOUTS, ids=str)
def test_names_tell_the_splits_that_they_tell_the_hub(tmp_path, names):
    made(tmp_path, dict.fromkeys(names, "x"))
    suffixes = [".jsonl", ".json", ".parquet", ".csv"]
    theirs = DataFilesDict.from_patterns(get_data_patterns(str(tmp_path)), str(tmp_path), allowed_extensions=suffixes)
    expected = {str(split): [Path(file).relative_to(tmp_path).as_posix() for file in theirs[split]] for split in theirs}
    ours = data_files(tmp_path, HubParams(dataset=str(tmp_path)))
    assert {split: [file.name for file in files] for split, files in ours.items()} == expected


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """``cache(commit, files)`` leaves a commit of owner/name in a cache as the hub's client does; there is no hub."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    base = tmp_path / "hub" / "datasets--owner--name"

    def leave(commit, files):
        for name, content in files.items():
            content = content if isinstance(content, bytes) else content.encode()
            made(base / "blobs", {hashlib.sha256(content).hexdigest(): content})
            path = base / "snapshots" / commit / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(os.path.relpath(base / "blobs" / hashlib.sha256(content).hexdigest(), path.parent))
        return base

    return leave


SHARDS = {f"data/train-0000{n}-of-00003.jsonl": lines(f"shard {n // 2}") for n in range(3)}


def test_a_commit_that_was_downloaded_is_read_without_the_hub_equal_files_and_all(cache):
    cache(COMMIT, {"README.md": "A set.", "data/test-00000-of-00001.jsonl": lines("t"), **SHARDS})
    read = texts_of(dataset="owner/name", revision=COMMIT, test="test")
    assert read == ["shard 0", "shard 0", "shard 1"]  # the cache keeps equal files once


def test_no_commit_stands_in_for_another(cache):
    cache(COMMIT, {"train.jsonl": lines("of the other commit")})
    with pytest.raises(UserError, match=rf"owner/name at {OTHER}: (.|\n)*without network"):
        texts_of(dataset="owner/name", revision=OTHER)
    cache(OTHER, {"train.jsonl": lines("of this commit")})
    assert texts_of(dataset="owner/name", revision=OTHER) == ["of this commit"]


def test_offline_a_set_that_was_never_downloaded_is_the_users_error(cache):
    with pytest.raises(UserError, match="without network"):
        texts_of(dataset="owner/never-downloaded", revision=COMMIT)


IN_PART = {
    "a shard is missing": (
        lambda base, snapshot: (snapshot / sorted(SHARDS)[1]).unlink(),
        "train-00001-of-00003.* missing",
    ),
    "the last shard is missing": (lambda base, snapshot: (snapshot / sorted(SHARDS)[2]).unlink(), "00002-of-00003"),
    "a download stopped": (
        lambda base, snapshot: (base / "blobs" / "abc.incomplete").touch(),
        "abc.incomplete is not whole",
    ),
    "a blob is gone": (lambda base, snapshot: (snapshot / sorted(SHARDS)[0]).resolve().unlink(), "leads nowhere"),
}


@pytest.mark.parametrize(("harm", "message"), IN_PART.values(), ids=IN_PART)
def test_a_part_of_a_commit_is_refused(cache, harm, message):
    base = cache(COMMIT, SHARDS)
    assert texts_of(dataset="owner/name", revision=COMMIT)
    harm(base, base / "snapshots" / COMMIT)
    with pytest.raises(UserError, match=message):
        texts_of(dataset="owner/name", revision=COMMIT)


def test_a_file_that_the_list_of_the_commit_has_must_be_there(cache):
    base = cache(COMMIT, {"README.md": "A set.", "train.jsonl": lines("a")})
    entry = {"size": 1, "blob_id": "x"}
    listed = {"README.md": entry, "train.jsonl": entry, "train_b.jsonl": entry}
    made(base / "trees", {f"{COMMIT}.json": json.dumps({"format_version": 1, "files": listed})})
    with pytest.raises(UserError, match=COMMIT):
        texts_of(dataset="owner/name", revision=COMMIT)


def test_files_that_the_configuration_does_not_name_need_not_be_there(cache):
    card = "---\nconfigs: [{config_name: a, data_files: data/train-00000-of-00003.jsonl}]\n---\n"
    cache(COMMIT, {"README.md": card, "data/train-00000-of-00003.jsonl": lines("a")})
    assert texts_of(dataset="owner/name", revision=COMMIT) == ["a"]


def test_a_commit_is_asked_of_the_hub_alone_and_no_more_than_its_configuration_needs(tmp_path, monkeypatch):
    remote = made(
        tmp_path / "remote", {"README.md": CARD, "de/train/a.jsonl": lines("de"), "more/one.json": lines("1")}
    )
    made(remote, {"en/c4-train.00000-of-00001.json.gz": gzip.compress(lines("en").encode()), "held.jsonl": lines("t")})
    names = sorted(path.relative_to(remote).as_posix() for path in remote.rglob("*") if path.is_file())
    asked = []

    def download(dataset, *, repo_type, revision, allow_patterns):
        asked.append((dataset, repo_type, revision))
        for name in filter_repo_objects(names, allow_patterns=allow_patterns):
            made(tmp_path / "snapshots" / COMMIT, {name: (remote / name).read_bytes()})
        return str(tmp_path / "snapshots" / COMMIT)

    monkeypatch.setattr("earlyexp_bench.builtin._snapshot.snapshot_download", download)
    assert texts_of(dataset="owner/name", revision=COMMIT, config="english", test="test") == ["en", "1"]
    assert set(asked) == {("owner/name", "dataset", COMMIT)}
    assert not (tmp_path / "snapshots" / COMMIT / "de").exists()
    assert texts_of(dataset="owner/name", revision=COMMIT) == ["de"]


@pytest.mark.parametrize("error", [OSError("disk"), ValueError("id"), RuntimeError("proxy"), KeyError("x")])
def test_whatever_the_hub_says_is_told_with_the_commit(monkeypatch, error):
    def fail(*arguments, **named):
        raise error

    monkeypatch.setattr("earlyexp_bench.builtin._snapshot.snapshot_download", fail)
    with pytest.raises(UserError, match=f"owner/name at {COMMIT}: cannot be had from the hub"):
        texts_of(dataset="owner/name", revision=COMMIT)


def test_a_script_of_the_hub_is_refused_by_name(cache, tmp_path):
    ran = tmp_path / "ran"
    cache(COMMIT, {"name.py": f"open({str(ran)!r}, 'w')", "train.jsonl": lines("a")})
    with pytest.raises(UserError, match=r"name\.py: is a loading script"):
        texts_of(dataset="owner/name", revision=COMMIT)
    assert not ran.exists()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"dataset": "set", "revision": COMMIT}, "is a directory here"),
        ({"dataset": "set/train.jsonl"}, "use: files"),
        ({"dataset": "./nowhere"}, "no directory and no id"),
        ({"dataset": "owner/name/more", "revision": COMMIT}, "no directory and no id"),
        ({"dataset": "set", "test": "train"}, "a file of train and of test"),
    ],
)
def test_what_names_no_data_set_is_refused(tmp_path, monkeypatch, params, message):
    monkeypatch.chdir(tmp_path)
    made(tmp_path / "set", {"train.jsonl": lines("a")})
    with pytest.raises(UserError, match=message):
        hash_hub_params(HubParams.model_validate(params))


def test_home_is_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    made(tmp_path / "set", {"train.jsonl": lines("at home")})
    assert texts_of(dataset="~/set") == ["at home"]
