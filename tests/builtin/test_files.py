"""A domain of plain files: documents, splits and messages, from YAML alone."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from earlyexp_bench.builtin._files import Files
from earlyexp_bench.builtin.domains import FilesParams, hash_files_params, measure_files
from earlyexp_bench.contracts import SPLITS, UserError

PARAGRAPHS = "\n\n".join(f"Paragraph {i}\nsecond line of {i}" for i in range(200))


def files(**params):
    return Files(FilesParams.model_validate(params))


def texts(domain, split):
    return [document.text for document in domain.documents(split)]


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text(PARAGRAPHS, encoding="utf-8")
    return path


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_paragraphs_are_documents_and_every_one_is_in_exactly_one_split(notes):
    domain = files(path=str(notes))
    by_split = [texts(domain, split) for split in SPLITS]
    assert all(by_split)
    assert sorted(text for split in by_split for text in split) == sorted(PARAGRAPHS.split("\n\n"))


def test_adding_paragraphs_moves_no_other_to_another_split(notes):
    before = {split: set(texts(files(path=str(notes)), split)) for split in SPLITS}
    notes.write_text("A new beginning.\n\n" + PARAGRAPHS, encoding="utf-8")
    assert all(before[split] <= set(texts(files(path=str(notes)), split)) for split in SPLITS)


def test_equal_documents_stay_in_one_split(notes):
    notes.write_text(PARAGRAPHS + "\n\n" + PARAGRAPHS, encoding="utf-8")
    train, _, test = ({*texts(files(path=str(notes)), split)} for split in SPLITS)
    assert not train & test


@pytest.mark.parametrize(("separator", "expected"), [("line", ["a", "b", "c"]), ("file", ["a\nb\n\nc"])])
def test_a_line_or_a_file_may_be_a_document(tmp_path, separator, expected):
    for name in SPLITS:
        (tmp_path / f"{name}.txt").write_text("a\nb\n\nc\n")
    domain = files(**{s: str(tmp_path / f"{s}.txt") for s in SPLITS}, document_separator=separator)
    assert texts(domain, "train") == expected


def test_files_can_stay_whole_in_one_split(tmp_path):
    for number in range(60):
        (tmp_path / f"{number:02}.txt").write_text(f"{number} one\n\n{number} two")
    domain = files(path=str(tmp_path / "*.txt"), group_by="file", test_fraction=0.2, validation_fraction=0.2)
    for split in SPLITS:
        assert all(texts(domain, split).count(f"{t.split()[0]} two") == 1 for t in texts(domain, split))


def test_prompt_and_answer_columns_make_documents_with_an_answer(tmp_path):
    path = write_jsonl(tmp_path / "qa.jsonl", [{"q": f"Q{i}?", "a": f"A{i}.", "topic": i} for i in range(100)])
    document = next(files(path=str(path), prompt_field="q", answer_field="a", group_field="topic").documents("train"))
    assert document.text == f"Q{document.group}? A{document.group}."
    assert document.text[document.answer_start :] == f" A{document.group}."


def test_parquet_gives_the_documents_that_jsonl_gives(tmp_path):
    rows = [{"text": f"row {i}", "topic": f"t{i % 40}"} for i in range(200)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    write_jsonl(tmp_path / "rows.jsonl", rows)
    as_parquet, as_jsonl = (files(path=str(tmp_path / f"rows.{s}"), group_field="topic") for s in ("parquet", "jsonl"))
    for split in SPLITS:
        assert list(as_parquet.documents(split)) == list(as_jsonl.documents(split))


def test_a_group_is_never_in_two_splits(tmp_path):
    rows = [{"text": f"row {i}", "topic": f"t{i % 40}"} for i in range(200)]
    domain = files(path=str(write_jsonl(tmp_path / "rows.jsonl", rows)), group_field="topic")
    groups = [{d.group for d in domain.documents(split)} for split in SPLITS]
    assert sum(map(len, groups)) == 40


def test_bad_json_is_reported_with_file_and_line(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "good"}\n{"text": \n')
    with pytest.raises(UserError, match=r"bad\.jsonl:2: not JSON"):
        texts(files(path=str(path)), "train")


def test_a_missing_column_names_the_nearest(tmp_path):
    path = write_jsonl(tmp_path / "rows.jsonl", [{"texts": "one"}])
    with pytest.raises(UserError, match=r"(?s)rows\.jsonl:1: there is no column 'text'.*'texts'\?"):
        texts(files(path=str(path)), "train")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "empty"),
        ("latin.txt", b"caf\xe9", "not UTF-8 at byte 3"),
        ("fake.parquet", b"not parquet at all", "parquet"),
        ("rows.jsonl", b"[1, 2]\n", "JSON list"),
        ("number.jsonl", b'{"text": 3}\n', "int, not text"),
        ("data.bin", b"x", "format"),
    ],
)
def test_a_file_that_cannot_be_used_is_the_users_error_and_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        texts(files(path=str(tmp_path / name)), "train")
    assert name in str(error.value)


def test_a_pattern_without_files_is_the_users_error(tmp_path):
    with pytest.raises(UserError, match="matches no file"):
        hash_files_params(FilesParams(path=(str(tmp_path / "*.txt"),)))


def test_a_split_without_documents_is_the_users_error(tmp_path):
    (tmp_path / "one.txt").write_text("only one document")
    with pytest.raises(UserError, match=r"the (validation|test) split has no documents"):
        for split in SPLITS:
            texts(files(path=str(tmp_path / "one.txt")), split)


def test_one_file_in_two_splits_is_refused(notes):
    with pytest.raises(UserError, match="train and of test"):
        hash_files_params(FilesParams(train=(str(notes),), test=(str(notes),)))


@pytest.fixture
def chapters(tmp_path):
    folder = tmp_path / "book"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:02}.txt").write_text(f"{number} one\n\n{number} two")
    return folder


def chapters_of(folder, **params):
    return FilesParams.model_validate({"path": str(folder / "**/*.txt"), "group_by": "file", **params})


def test_the_identity_and_the_documents_are_the_contents_not_the_place(chapters, tmp_path):
    before = hash_files_params(chapters_of(chapters))
    documents = [list(Files(chapters_of(chapters)).documents(split)) for split in SPLITS]
    moved = tmp_path / "elsewhere"
    (moved / "deep").mkdir(parents=True)
    for number, path in enumerate(sorted(chapters.iterdir())):
        shutil.move(path, (moved if number % 2 else moved / "deep") / f"{99 - number}.txt")
    assert hash_files_params(chapters_of(moved)) == before
    assert [list(Files(chapters_of(moved)).documents(split)) for split in SPLITS] == documents


def test_other_contents_another_format_and_another_split_are_another_identity(chapters, tmp_path):
    before = hash_files_params(chapters_of(chapters))
    shutil.move(chapters / "00.txt", tmp_path / "00.txt")
    assert hash_files_params(chapters_of(chapters)) != before
    own = {"path": (), "train": str(chapters / "*.txt"), "test": str(tmp_path / "00.txt")}
    assert hash_files_params(chapters_of(chapters, **own)) != before
    shutil.move(tmp_path / "00.txt", chapters / "00.txt")
    assert hash_files_params(chapters_of(chapters)) == before
    assert hash_files_params(chapters_of(chapters, format="jsonl")) != before
    (chapters / "00.txt").write_text("0 one\n\n0 three")
    assert hash_files_params(chapters_of(chapters)) != before


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_ends_of_lines_and_a_byte_order_mark_change_no_document(tmp_path, end):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"\xef\xbb\xbf" + PARAGRAPHS.replace("\n", end).encode())
    assert sorted(text for split in SPLITS for text in texts(files(path=str(path)), split)) == sorted(
        PARAGRAPHS.split("\n\n")
    )


def test_the_byte_that_is_not_utf8_is_counted_from_the_files_start(tmp_path):
    (tmp_path / "late.txt").write_bytes("ünï\n".encode() + b"caf\xe9")
    with pytest.raises(UserError, match="not UTF-8 at byte 9"):
        texts(files(path=str(tmp_path / "late.txt")), "train")


def test_train_bytes_are_known_where_whole_text_files_make_the_splits(tmp_path):
    for split in SPLITS:
        (tmp_path / f"{split}.txt").write_text("twelve bytes")
    whole = FilesParams.model_validate({split: str(tmp_path / f"{split}.txt") for split in SPLITS})
    assert measure_files(whole) == 12
    assert measure_files(FilesParams(path=(str(tmp_path / "train.txt"),))) is None


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"path": "a.txt", "train": "b.txt"},
        {"path": "a.txt", "test": "b.txt"},
        {"path": "a.txt", "prompt_field": "q"},
        {"path": "a.txt", "validation_fraction": 0.6, "test_fraction": 0.4},
        {"path": "a.txt", "textfield": "x"},
    ],
)
def test_contradicting_parameters_are_refused(params):
    with pytest.raises(ValidationError):
        FilesParams.model_validate(params)
