"""The tools for authors of domains: data packages, splits and four-way questions."""

import random
from collections import Counter

import pytest

from earlyexp_bench.contracts import Document, UserError
from earlyexp_bench.domains import DataPackage, hash_order, matched_choices, near_twins, split_documents


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


def test_held_out_twins_are_left_out_and_counted():
    text = "the same long sentence in two places of the book"
    roles = {"t": "train", "v": "validation", "x": "test"}
    documents = [Document(text, "t"), Document(f"{text}!", "x"), Document(f"{text}?", "v"), Document("alone", "x")]
    splits = split_documents(documents, "a/b", assign=roles.__getitem__)
    assert splits.documents["train"] == (documents[0],)
    assert splits.documents["test"] == (documents[3],)
    assert splits.twins == {"validation": 1, "test": 1}


def test_no_twins_are_left_between_validation_and_test():
    text = "the same long sentence in two places of the book"
    roles = {"v": "validation", "x": "test"}
    documents = [Document(f"{text}!", "x"), Document(f"{text}?", "v")]
    left = split_documents(documents, "a/b", assign=roles.__getitem__).documents
    assert near_twins(left["validation"], left["test"]) == []
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


def test_another_text_is_refused_with_the_version_to_install(package):
    (package[1] / "b.txt").write_text("three")
    with pytest.raises(UserError, match=r"carries other data than 1\.0 did[\s\S]*pip install texts-for-a-test==1\.0"):
        package[0].files()


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"no-such is not installed[\s\S]*pip install no-such==2"):
        DataPackage("no-such", "2", "no_such_package", ("*",), "").files()
