"""Paths and patterns: what exists is a file before it is a pattern, and links neither hide a file nor double one."""

import os
import socket

import pytest

from earlyexp_bench.builtin._files import Files
from earlyexp_bench.builtin.domains import FilesParams, hash_files_params
from earlyexp_bench.builtin.globs import named_files
from earlyexp_bench.contracts import UserError


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to be in, with notes, some of them behind links, and links that go round in circles."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    for name in (
        "notes/a.txt",
        "notes/deep/b.txt",
        "notes/.hidden.txt",
        "notes[1].txt",
        "notes1.txt",
        "a*b.txt",
        "axb.txt",
    ):
        (tmp_path / name).write_text(f"what {name} says")
    (tmp_path / "link").symlink_to("notes")
    (tmp_path / "notes" / "deep" / "up").symlink_to("..")
    for name in ("again", "and_again", "once_more"):
        (tmp_path / "notes" / name).symlink_to(".")
    return tmp_path


def names(pattern):
    return [path.as_posix() for path in named_files(pattern)]


@pytest.mark.parametrize("name", ["notes[1].txt", "a*b.txt"])
def test_what_exists_is_a_file_before_it_is_a_pattern(here, name):
    assert names(name) == [name]
    (here / name).unlink()
    assert names(name) == [{"notes[1].txt": "notes1.txt", "a*b.txt": "axb.txt"}[name]]


def test_a_folder_too_may_be_called_like_a_pattern(here):
    (here / "set[12]").mkdir()
    (here / "set[12]" / "c.txt").write_text("c")
    (here / "set1").mkdir()
    (here / "set1" / "d.txt").write_text("d")
    assert names("set[12]/*.txt") == ["set[12]/c.txt"]


@pytest.mark.parametrize("top", ["notes", "link", "./notes", "notes/../link", "notes/deep/up"])
def test_links_are_followed_and_end(here, top):
    found = {path.resolve() for path in named_files(f"{top}/**/*.txt")}
    assert found == {here / "notes" / "a.txt", here / "notes" / "deep" / "b.txt"}


def test_one_file_of_several_names_counts_once(here):
    alone = FilesParams.model_validate({"path": "notes/a.txt", "document_separator": "file"})
    (here / "other.txt").symlink_to("notes/a.txt")
    os.link(here / "notes" / "a.txt", here / "third.txt")
    names = ["third.txt", "other.txt", "link/a.txt", "notes/*.txt", "./other.txt"]
    several = FilesParams.model_validate({"path": names, "document_separator": "file"})
    assert hash_files_params(several) == hash_files_params(alone)
    assert len(list(Files(several)._read("train"))) == 1
    with pytest.raises(UserError, match="a file of train and of test"):
        hash_files_params(FilesParams.model_validate({"train": "other.txt", "test": "link/a.txt"}))


def test_another_target_of_a_link_is_another_identity(here):
    params = FilesParams.model_validate({"path": "current/**/*.txt"})
    (here / "current").symlink_to("notes")
    before = hash_files_params(params)
    (here / "notes2").mkdir()
    (here / "notes2" / "a.txt").write_text("something else")
    (here / "current").unlink()
    (here / "current").symlink_to("notes2")
    assert hash_files_params(params) != before


@pytest.mark.parametrize("path", ["notes", "notes/", "link", str])
def test_a_folder_is_told_to_be_one_with_what_to_write_instead(here, path):
    written = str(here / "notes") if path is str else path
    with pytest.raises(UserError, match=rf"is a folder\n  expected: .*{written.rstrip('/')}/\*\*/\*\.txt"):
        named_files(written)


def test_half_a_recursive_pattern_is_told_how_to_be_whole(here):
    with pytest.raises(UserError, match=r"\*\*/\*\.txt"):
        named_files("notes/**.txt")


def test_hidden_files_are_named_by_hidden_patterns_alone(here):
    assert names("notes/.*.txt") == names("notes/.hidden.txt") == ["notes/.hidden.txt"]
    assert "notes/.hidden.txt" not in names("notes/**/*")


@pytest.mark.parametrize("pattern", ["{}.txt", "{}*.txt", "*/../{}.txt"])
def test_what_is_no_file_is_named_and_nothing_waits_for_it(here, pattern):
    (here / "gone.txt").symlink_to("nowhere")
    (here / "circle.txt").symlink_to("circle.txt")
    os.mkfifo(here / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("socket.txt")
        for name, kind in {"gone": "nowhere", "circle": "nowhere", "pipe": "a pipe", "socket": "a socket"}.items():
            with pytest.raises(UserError, match=rf"{name}\.txt: is .*{kind}"):
                named_files(pattern.format(name))


@pytest.mark.parametrize(
    "pattern", ["", "no.txt", "no/such/*.txt", "notes/a.txt/b.txt", "a\0b", "x" * 5000, "[", "~nobody/a"]
)
def test_whatever_is_written_is_a_users_mistake_at_worst(here, pattern):
    with pytest.raises(UserError):
        named_files(pattern)


def test_home_is_home_in_files_and_data_sets(here, monkeypatch):
    monkeypatch.setenv("HOME", str(here / "notes"))
    assert names("~/a.txt") == [str(here / "notes" / "a.txt")]
    (here / "~odd.txt").write_text("a file may be called so")
    assert names("~odd.txt") == ["~odd.txt"]
