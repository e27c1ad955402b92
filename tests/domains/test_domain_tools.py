"""The tools for authors of domains: data packages, splits and four-way questions."""

import random
import zipfile
from collections import Counter
from dataclasses import replace

import pytest

from earlyexp_bench.contracts import Document, UserError
from earlyexp_bench.domains import (
    DataPackage,
    hash_order,
    hash_package_data,
    matched_choices,
    near_duplicates,
    split_documents,
)


def passages(count, seed=0):
    draw = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [Document("".join(draw.choices(letters, k=60)), f"group {number // 2}") for number in range(count)]


def test_groups_stay_together_and_every_split_gets_about_its_share():
    splits = split_documents(passages(4000), "a/b").documents
    groups = {split: {document.group for document in documents} for split, documents in splits.items()}
    assert not groups["train"] & groups["test"]
    assert not groups["validation"] & (groups["train"] | groups["test"])
    assert 70 <= len(groups["test"]) <= 130
    assert 70 <= len(groups["validation"]) <= 130


def test_the_order_is_shuffled_and_does_not_depend_on_the_order_given():
    documents = passages(300)
    backwards = list(reversed(documents))
    assert hash_order(documents, "a/b") == hash_order(backwards, "a/b") != documents
    assert split_documents(documents, "a/b") == split_documents(backwards, "a/b")
    assert hash_order(documents, "a/c") != hash_order(documents, "a/b")


def test_held_out_near_duplicates_are_left_out_and_counted():
    text = "the same long sentence in two places of the book"
    roles = {"t": "train", "v": "validation", "x": "test"}
    documents = [Document(text, "t"), Document(f"{text}!", "x"), Document(f"{text}?", "v"), Document("alone", "x")]
    splits = split_documents(documents, "a/b", assign=roles.__getitem__)
    assert splits.documents["train"] == (documents[0],)
    assert splits.documents["test"] == (documents[3],)
    assert splits.near_duplicates == {"validation": 1, "test": 1}


def test_no_twins_are_left_between_validation_and_test():
    text = "the same long sentence in two places of the book"
    roles = {"v": "validation", "x": "test"}
    documents = [Document(f"{text}!", "x"), Document(f"{text}?", "v")]
    left = split_documents(documents, "a/b", assign=roles.__getitem__).documents
    assert near_duplicates(left["validation"], left["test"]) == []
    assert left["test"] == (documents[0],)


def test_of_equal_texts_the_one_in_train_is_kept():
    documents = [Document("same", "x"), Document("same", "t"), Document("other", "x")]
    splits = split_documents(documents, "a/b", assign={"t": "train", "x": "test"}.__getitem__)
    assert splits.documents["train"] == (documents[1],)
    assert splits.duplicates == 1


def test_four_options_give_the_answer_away_neither_by_place_nor_by_length():
    pool = [f"{number:03d}" + "x" * (number % 40) for number in range(400)]
    drawn = [(answer, matched_choices(answer, pool, answer)) for answer in pool]
    found = [(answer, *choices) for answer, choices in drawn if choices]
    assert len(found) > 390
    assert all(options[place] == answer and len(set(options)) == 4 for answer, options, place in found)
    places = Counter(place for _, _, place in found)
    assert all(70 < places[place] < 130 for place in range(4))
    lengths = [sorted(map(len, options)) for _, options, _ in found]
    assert all(widest - narrowest <= 3 for narrowest, *_, widest in lengths)
    alone_longest = sum(
        len(answer) == max(map(len, options)) > sorted(map(len, options))[-2] for answer, options, _ in found
    )
    assert alone_longest < len(found) / 4


def test_too_small_a_pool_gives_no_question():
    assert matched_choices("answer", ["one", "two"], "salt") is None


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "texts_for_a_test" / "data"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (folder / "b.txt").write_text("two")
    (folder / "a.txt").write_text("one")
    monkeypatch.syspath_prepend(tmp_path)
    digest = "131d11ff95abe514cc86beaeb15290204082978973917e9e4b9caef31a2f17d0"
    return DataPackage("texts-for-a-test", "1.0", "texts_for_a_test", ("data/*.txt",), digest), folder


def test_files_come_in_order_of_name_without_importing_their_package(package):
    assert [path.name for path in package[0].files()] == ["a.txt", "b.txt"]


def changed(folder):
    (folder / "b.txt").write_text("three")
    return hash_package_data("texts_for_a_test", ["data/*.txt"])


def test_the_hash_to_declare_is_made_by_a_function(package):
    assert hash_package_data("texts_for_a_test", ("data/*.txt",)) == package[0].sha256
    assert hash_package_data("texts_for_a_test", ["data/b.txt", "data/a*"]) == package[0].sha256
    assert changed(package[1]) != package[0].sha256


def test_other_data_are_refused_with_both_hashes_and_what_to_do(package):
    found = changed(package[1])
    with pytest.raises(UserError) as refused:
        package[0].files()
    said = str(refused.value)
    assert f"of texts-for-a-test (of unknown version) have the hash {found}, expected is {package[0].sha256}" in said
    assert "`pip install texts-for-a-test==1.0`" in said
    assert f'sha256="{found}", and another version of the domain' in said
    assert replace(package[0], sha256=found).files()


def test_the_declared_version_with_other_data_is_not_said_to_differ_from_itself(package, monkeypatch):
    monkeypatch.setattr("earlyexp_bench.domains.package_data.version", lambda _: "1.0")
    changed(package[1])
    with pytest.raises(UserError, match=r"files of texts-for-a-test 1\.0 have[\s\S]*pip install --force-reinstall "):
        package[0].files()


@pytest.mark.parametrize("sha256", ["", "…", "sha256:131d", "131D11FF"])
def test_a_placeholder_gets_the_hash_to_put_in_its_place(package, sha256):
    with pytest.raises(UserError, match=rf"no hash[\s\S]*sha256=\"{package[0].sha256}\""):
        replace(package[0], sha256=sha256).files()


def test_a_namespace_package_is_read_from_all_of_its_folders(tmp_path, monkeypatch):
    for part, name in (("one", "a.txt"), ("two", "b.txt")):
        (tmp_path / part / "spread_for_a_test").mkdir(parents=True)
        (tmp_path / part / "spread_for_a_test" / name).write_text(name)
        monkeypatch.syspath_prepend(tmp_path / part)
    digest = hash_package_data("spread_for_a_test", ["*.txt"])
    files = DataPackage("spread", "1", "spread_for_a_test", ("*.txt",), digest).files()
    assert [path.name for path in files] == ["a.txt", "b.txt"]


def test_folders_and_compiled_modules_do_not_count(package):
    (package[1] / "deeper").mkdir()
    (package[1] / "__pycache__").mkdir()
    (package[1] / "__pycache__" / "x.pyc").write_bytes(b"of one interpreter")
    assert hash_package_data("texts_for_a_test", ["data/**/*"]) == package[0].sha256


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("data/*.csv", r"no file of texts_for_a_test in \S+ matches 'data/\*\.csv'"),
        ("/data/*.txt", "no pattern within a package"),
        ("../*.txt", "no pattern within a package"),
        ("", "no pattern within a package"),
        ("data/**.txt", r"'data/\*\*\.txt'"),
    ],
)
def test_a_pattern_that_finds_nothing_is_named_though_others_do(package, pattern, said):
    found = r"[\s\S]*pip install texts-for-a-test==1\.0"
    with pytest.raises(UserError, match=said + found):
        replace(package[0], patterns=("data/*.txt", pattern)).files()


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"no_such_package is not installed[\s\S]*pip install no-such==2"):
        DataPackage("no-such", "2", "no_such_package", ("*",), "").files()


def test_what_is_no_package_of_files_is_told_from_one_that_is_not_there(tmp_path, monkeypatch):
    (tmp_path / "single_for_a_test.py").write_text("")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed_for_a_test/__init__.py", "")
        archive.writestr("packed_for_a_test/a.txt", "text")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "packed.zip")
    for package, said in (
        ("single_for_a_test", "a single module"),
        ("packed_for_a_test", "no folder"),
        ("a.b", "top-level package"),
        ("__main__", "not installed"),
    ):
        with pytest.raises(UserError, match=said):
            hash_package_data(package, ["*"])


def test_a_misspelt_distribution_is_told_who_brings_the_package():
    with pytest.raises(UserError, match=r"pip install pytset==8`, if that is what brings pytest: here pytest does"):
        DataPackage("pytset", "8", "pytest", ("*.csv",), "0" * 64).files()


def test_a_misspelt_package_of_a_distribution_that_is_there_is_told_what_that_brings():
    with pytest.raises(UserError, match=r"numpi is not installed[\s\S]*here it brings numpy, but no numpi"):
        DataPackage("numpy", "2", "numpi", ("*.csv",), "0" * 64).files()


def test_one_pattern_may_stand_without_its_comma_and_a_hash_in_capitals(package):
    assert replace(package[0], patterns="data/*.txt", sha256=package[0].sha256.upper()).files()
    changed(package[1])
    with pytest.raises(UserError, match=r"texts_for_a_test: data/\*\.txt: "):
        replace(package[0], patterns="data/*.txt").files()
