"""What YAML means here, and that no text makes it fail without a place and a remedy."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.quantity import parse_quantity, whole_number
from earlyexp_bench.spec import dump_yaml
from earlyexp_bench.spec.yaml_source import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("5E3", 5e3),
        (".5", 0.5),
        ("1.", 1.0),
        ("12", 12),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("12:30:00", "12:30:00"),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("a-{{ b }}", "a-{{ b }}"),
        ("notes/**/*.md", "notes/**/*.md"),
    ],
)
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    found = parse_yaml(f"value: {text}", "x").data["value"]
    assert found == value
    assert type(found) is type(value)


def test_names_are_the_text_that_is_written() -> None:
    data = parse_yaml("2026: 1\n1.5: 2\ntrue: 3\nnull: 4\nno: 5\n", "x").data
    assert list(data) == ["2026", "1.5", "true", "null", "no"]


# What is written, what is wrong with it, where, and what would be right.
REFUSED = [
    ("id: {{ id }}", "x:1: id: a mapping stands where a key should", "is no template"),
    ("id: {{ id }}-{{ n }}", "x:1:13: not valid YAML", "is no template"),
    ("seeds: {% for s in seeds %}", "x:1:9: not valid YAML", "is no template"),
    ("? [a, b]\n: 1", "x:1:3: a list stands where a key should", "text as a key"),
    ("a: &n {x: *n}", "x:1: a.x: this holds itself", "instead of the alias"),
    ("a: &n [1, [*n]]", "x:1: a.1.0: this holds itself", "instead of the alias"),
    ("a: &n\n  <<: *n", "x:1: a: this holds itself", "instead of the alias"),
    ("path: *.txt", "x:1:8: not valid YAML", '"*.txt", in quotes'),
    ("d: {use: files, path: */a.md, b: 1}", "x:1:24: not valid YAML", '"*/a.md", in quotes'),
    ("a: *elsewhere", "x:1:4: not valid YAML: found undefined alias", '"*elsewhere", in quotes'),
    ("a: &more text", "x:1:4: '&more' gives a name that no `*more` uses", '"&more text", in quotes'),
    ("a: !important text", "x:1:4: the tag '!important' is not read here", '"!important text", in quotes'),
    ("a: !!python/object/apply:os.system [x]", "x:1:4: the tag '!!python/object", "in quotes"),
    ("a: !!binary aGk=", "x:1:4: the tag '!!binary'", "in quotes"),
    ("a: !!timestamp 2026-01-01", "x:1:4: the tag '!!timestamp'", "in quotes"),
    ("a: %d", "x:1:4: not valid YAML", '"%d", in quotes'),
    ("a: @b", "x:1:4: not valid YAML", '"@b", in quotes'),
    ("a: `b`", "x:1:4: not valid YAML", '"`b`", in quotes'),
    ("a: | b", "x:1:6: not valid YAML", '"| b", in quotes'),
    ("a: > b", "x:1:6: not valid YAML", '"> b", in quotes'),
    ("a: [b] c", "x:1:8: not valid YAML", '"[b] c", in quotes'),
    ("a: {b}/c", "x:1:7: not valid YAML", '"{b}/c", in quotes'),
    ("a: b: c", "x:1:5: not valid YAML", '"b: c", in quotes'),
    ('a: "b" c', "x:1:8: not valid YAML", "'\"b\" c', in quotes"),
    ("a:\n\tb: 1", "x:2:1: not valid YAML", "spaces"),
    ("a: 1\n---\nb: 2", "x:2:1: a second document begins", "one"),
    ("a: 1\nb: [1, 2", "x:2:9: not valid YAML", "the bracket that was opened"),
    ("a: 1\nb: \x07", "x:2:4: the character U+0007 cannot be in YAML", "without it"),
    ('a: "\\0"', "x:1: a: the text holds U+0000", "without it"),
    ('a: {"\\ud83d": 1}', "x:1: a: the text holds U+D83D", "without it"),
    ('a: "\\UFFFFFFFF"', "x:1:7: there is no such character", "the character itself"),
    ("a: 1e400", "x:1: a: 1e400 is larger than any number", "smaller"),
    (f"a: -{'9' * 5000}", "x:1: a: -9999", "smaller"),
    ("a: 1\na: 2", "x:2: a: 'a' is written twice, at lines 1 and 2", "once"),
    ("a: [{b: 1, b: 2}]", "x:1: a.0.b: 'b' is written twice", "once"),
    ("a: {<<: 5}", "x:1: a: `<<` takes in what is no mapping", "`<<: *name`"),
    ("[" * 100_000, "x:1:41: more than 40 lists", "fewer"),
    ("a: 1\nb: " + "{x: " * 5000, "x:2:157: more than 40 lists", "fewer"),
    ("- a", "x: is empty or not a mapping", "`key: value` lines"),
    ("# nothing", "x: is empty or not a mapping", "`key: value` lines"),
]


@pytest.mark.parametrize(("text", "wrong", "right"), REFUSED, ids=[text[:30] for text, _, _ in REFUSED])
def test_what_cannot_be_meant_has_its_place_and_remedy(text: str, wrong: str, right: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_yaml(text, "x")
    assert str(caught.value).startswith(wrong)
    assert right in caught.value.expected


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(UserError, match=r"more than 100,000 values"):
        parse_yaml("\n".join(["a0: &a0 [1, 1]", *levels, "z: *a11"]), "x")


def test_aliases_within_aliases_are_refused_before_python_is_too_deep() -> None:
    levels = [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3000)]
    with pytest.raises(UserError, match=r"more than 40 lists"):
        parse_yaml("\n".join(["a0: &a0 [1]", *levels, "z: *a2999"]), "x")


def test_what_is_merged_in_yields_to_what_is_written_and_keeps_its_line() -> None:
    text = "one: &one {p: 1, q: {r: 2}}\ntwo: &two {p: 3, s: 4}\nboth:\n  p: 5\n  <<: [*two, *one]\n"
    source = parse_yaml(text, "x")
    assert source.data["both"] == {"p": 5, "s": 4, "q": {"r": 2}}
    assert source.where(("both", "q", "r")) == "x:1: both.q.r"
    assert source.where(("both", "p")) == "x:4: both.p"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("id: caf\xe9\n".encode("latin-1"), r"x\.yaml:1:8: the byte 0xe9 is not UTF-8"),
        ("id: x\n".encode("utf-16"), r"x\.yaml: is UTF-16"),
        (b"#" * 2_000_000, r"x\.yaml: has 2,000,000 bytes"),
    ],
)
def test_a_file_that_is_not_text_is_named_with_the_byte(content: bytes, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    with pytest.raises(UserError, match=wrong):
        read_yaml(tmp_path / "x.yaml")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfid: x\n")
    assert read_yaml(tmp_path / "x.yaml").data == {"id": "x"}


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(UserError, match="is not a plain file"):
        read_yaml(tmp_path / "pipe.yaml")
    with pytest.raises(UserError, match="is a folder"):
        read_yaml(tmp_path / "folder.yaml")
    with pytest.raises(UserError, match="no such user"):
        read_yaml(Path("~nobody-of-this-name/x.yaml"))


SIGNS = st.sampled_from([*"{}[]:,&*!%@`|>'\"#?-~<=\\ \n\tab0.e", "<<: ", "{{", "&a ", "*a", "!!set ", "---\n", '"\\x'])


@given(st.lists(SIGNS, max_size=30).map("".join), st.integers(min_value=0, max_value=60))
def test_no_text_makes_it_fail_in_another_way(text: str, place: int) -> None:
    whole = "a: &a {b: [1, 2], c: x}\nd: *a\ne: 'f' # g\n"
    with_it = whole[:place] + text + whole[place:]
    try:
        data = parse_yaml(with_it, "x").data
    except UserError as error:
        assert str(error).startswith("x")
    else:
        assert parse_yaml(dump_yaml(data), "x").data == data


@pytest.mark.parametrize("text", ["1e5", ".5", "no", "012", "null", "<<", "a: b", "# c", "*d", "1_000", "a\nb", "é→\t"])
def test_text_is_written_such_that_it_is_read_as_text(text: str) -> None:
    shared = [text]
    data: dict[str, Any] = {"value": text, text.strip(): shared, "again": shared}
    assert parse_yaml(dump_yaml(data), "x").data == data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100K", 100_000),
        ("1.4M", 1_400_000),
        ("8.7B", 8_700_000_000),
        ("10 K", 10_000),
        ("1e3K", 1_000_000),
        ("1e-4", 1e-4),
        (7, 7),
    ],
)
def test_quantities(text: object, value: float) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("4k", "write 4K"),
        ("2m", "write 2M"),
        ("1,000", "write 1000"),
        ("1_000K", "write 1000K"),
        ("1 000", "write 1000"),
        ("5%", "write 0.05"),
        ("K", "write 1e-4, 100K"),
        ("0x10", "write 1e-4, 100K"),
        ("\uff11\uff10", "write 1e-4, 100K"),
        ("", "write 1e-4, 100K"),
        (True, "true is not a number"),
        ("1.5", "whole number; write one, e.g. 2"),
        (0.25, "whole number; write one, e.g. 1,"),
        ("1.0000001K", "whole number; write one, e.g. 1000"),
        ("1.0000000001K", "whole number"),
        ("9e99", "too large"),
        ("1e400", "too large"),
        (10**30, "too large"),
        (float("nan"), "no finite number"),
    ],
)
def test_what_is_no_whole_number_is_refused_with_what_was_meant(written: object, right: str) -> None:
    with pytest.raises(ValueError, match=right):
        whole_number(written)
