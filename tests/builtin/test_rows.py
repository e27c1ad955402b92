"""Rows of every format: what nobody asked for stops nothing, and what cannot be used is named with its place."""

import bz2
import gzip
import json
import lzma

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from earlyexp_bench.builtin._files import Files
from earlyexp_bench.builtin._rows import DataRow, to_document
from earlyexp_bench.builtin.domains import FilesParams, hash_files_params
from earlyexp_bench.builtin.parameters import RowParams
from earlyexp_bench.contracts import UserError

GOOD = '{"text": "one"}\n{"text": "two"}\n'


def documents(path, **params):
    """Return a file's documents in order, as the train split of a domain whose other splits have files of their own."""
    others = {}
    for split in ("validation", "test"):
        others[split] = path.parent / f"{split}-of-{path.name}.txt"
        others[split].write_text(f"something for {split}")
    if path.suffix in (".csv", ".tsv"):
        params = {"format": path.suffix[1:], **params}
    names = {**{split: str(other) for split, other in others.items()}, "train": str(path)}
    domain = Files(FilesParams.model_validate({**names, **params}))
    return [document.text for document in domain.documents("train")]


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


NOT_ASKED_FOR = {
    "an integer of 5,000 digits": "9" * 5000,
    "lists in lists": "[" * 100_000 + "]" * 100_000,
    "objects in objects, with brackets in texts": '{"]": ' * 5000 + '"}] \\" "' + "}" * 5000,
    "half of a character": '"cut \\ud83d"',
    "not a number": "NaN",
    "columns of their own": '{"text": 1, "text": 2}',
}


@pytest.mark.parametrize("value", NOT_ASKED_FOR.values(), ids=NOT_ASKED_FOR)
@pytest.mark.parametrize("line", ['{{"text": "kept", "other": {}}}\n', '{{"other": {}, "text": "kept"}}\n'])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_what_stands_in_another_column_of_json_is_no_matter(tmp_path, value, line, name):
    text = line.format(value) if name == "rows.jsonl" else f"[{line.format(value)}]"
    assert documents(written(tmp_path, name, text)) == ["kept"]


def test_columns_of_parquet_and_arrow_that_nobody_asked_for_are_not_read(tmp_path):
    far = pa.array([0, 10**16], pa.timestamp("ms"))  # beyond the year 9999
    table = pa.table({"text": ["a", "b"], "at": far, "text_2": [b"\xff", b""], "deep": [{"text": 1}, None]})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=1)
    with pa.ipc.new_file(str(tmp_path / "file.arrow"), table.schema) as file:
        file.write_table(table)
    with pa.ipc.new_stream(str(tmp_path / "stream.arrow"), table.schema) as stream:
        stream.write_table(table)
    for name in ("rows.parquet", "file.arrow", "stream.arrow"):
        assert documents(tmp_path / name) == ["a", "b"]
    with pytest.raises(UserError, match=r"rows\.parquet: row 2 \(row group 1\): 'at' cannot be read"):
        documents(tmp_path / "rows.parquet", group_field="at")
    with pytest.raises(UserError, match=r"rows\.parquet: there is no column 'txet'\n.*'text'\?"):
        documents(tmp_path / "rows.parquet", text_field="txet")


WRONG = {
    "half a character": (
        "rows.jsonl",
        GOOD + '{"text": "cut \\ud83d"}',
        r"rows\.jsonl:3: 'text' has half of a character",
    ),
    "a number for text": ("rows.jsonl", '{"text": ' + "9" * 5000 + "}", r"rows\.jsonl:1: 'text' is .*, not text"),
    "nesting for text": ("rows.jsonl", '{"text": ' + "[" * 5000 + "]" * 5000 + "}", r"rows\.jsonl:1: 'text' is list"),
    "nesting alone": ("rows.jsonl", "[" * 5000 + "]" * 5000, r"rows\.jsonl:1: not JSON"),
    "a column twice": ("rows.jsonl", GOOD + '{"text": "a", "text": "b"}', r"rows\.jsonl:3: there are 2 columns 'text'"),
    "an array that ends early": ("rows.json", '[{"text": "a"},\n {"text": "b"}', r"rows\.json:2: not JSON"),
    "a missing column in an array": ("rows.json", '[{"text": "a"},\n {"txt": "b"}]', r"(?s)rows\.json:2: .*'txt'\?"),
    "a row that is too long": ("rows.csv", 'text,n\n"a\nb",1\nc,2,3\n', r"rows\.csv:4: 3 values"),
    "an open quote": ("rows.csv", 'text,n\na,1\n"b,2\n', r"rows\.csv:3: cannot be read as csv"),
    "two columns of a name": ("rows.tsv", "text\ttext\na\tb\n", r"rows\.tsv:1: there are 2 columns 'text'"),
    "a packed file that is cut": (
        "rows.jsonl.gz",
        gzip.compress(GOOD.encode())[:-9],
        r"rows\.jsonl\.gz: cannot be read",
    ),
    "no packed file": ("rows.txt.xz", b"plain", r"rows\.txt\.xz: cannot be read"),
    "an unknown packing": ("rows.zip", b"PK", r"(?s)rows\.zip: the suffix .*jsonl, json, csv.*\.zst"),
    "a table that is not said to be one": ("rows.tab", b"a\tb\n", r"(?s)rows\.tab: the suffix .*`format:`.*csv, tsv"),
    "packed parquet": ("rows.parquet.gz", b"PAR1", r"(?s)rows\.parquet\.gz: the suffix .*all but the last two"),
}


@pytest.mark.parametrize(("name", "content", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_used_is_named_with_its_place(tmp_path, name, content, message):
    with pytest.raises(UserError, match=message) as caught:
        documents(written(tmp_path, name, content))
    assert caught.value.expected


def test_every_format_gives_the_same_documents(tmp_path):
    rows = [{"text": "one, two"}, {"text": 'said "yes"\nand went'}, {"text": "x" * 200_000}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    quoted = "".join('"{}",1\r\n'.format(row["text"].replace('"', '""')) for row in rows)
    contents = {
        "a.jsonl": lines,
        "b.json": lines,
        "c.json": json.dumps(rows, indent=1),
        "d.csv": "\ufefftext,n\r\n" + quoted,
        "e.tsv": "text\tn\n" + quoted.replace('",1', '"\t1'),
        "f.jsonl.gz": gzip.compress(lines.encode()),
        "g.ndjson.bz2": bz2.compress(lines.encode()),
        "h.JSONL.XZ": lzma.compress(lines.encode()),
        "i.jsonl.zst": pa.Codec("zstd").compress(lines.encode()).to_pybytes(),
    }
    for name, content in contents.items():
        assert documents(written(tmp_path, name, content)) == [row["text"] for row in rows], name


def test_packed_and_plain_files_of_the_same_bytes_have_keys_of_their_own(tmp_path):
    content = gzip.compress(b"some text")
    plain, packed = written(tmp_path, "notes.txt", content), written(tmp_path, "notes.txt.gz", content)
    keys = [hash_files_params(FilesParams.model_validate({"path": str(path)})) for path in (plain, packed)]
    assert keys[0] != keys[1]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_only_a_newline_ends_a_line(tmp_path, mark):
    text = f"one{mark}two"
    assert documents(written(tmp_path, "rows.jsonl", json.dumps({"text": text}, ensure_ascii=False))) == [text]
    assert documents(written(tmp_path, "rows.txt", text), document_separator="line") == [text]
    assert documents(written(tmp_path, "rows.csv", f"text\n{text}\n")) == [text]


@pytest.mark.parametrize("value", [None, float("nan"), "", " ", [1], {"a": 1}, b"x", "\ud800"])
def test_a_group_without_a_value_is_no_group(value):
    row = DataRow({"text": "a", "topic": value}, "rows.jsonl:7")
    with pytest.raises(UserError, match=r"rows\.jsonl:7: 'topic' (is|has)"):
        to_document(row, RowParams(group_field="topic"))


@pytest.mark.parametrize(("value", "group"), [("a", "a"), (7, "7"), (True, "True"), (1.5, "1.5"), (0, "0")])
def test_a_group_is_any_one_value(value, group):
    assert to_document(DataRow({"text": "a", "topic": value}, "here"), RowParams(group_field="topic")).group == group


def test_text_with_nothing_but_a_null_character_is_text(tmp_path):
    assert documents(written(tmp_path, "rows.jsonl", '{"text": "a\\u0000b"}')) == ["a\x00b"]
