"""The kit names what is wrong with a domain."""

from dataclasses import dataclass, field

import pytest

from earlyexp_bench.contracts import Document, DomainDefinition, content_hash
from earlyexp_bench.domains import four_way_task
from earlyexp_bench.testing import domain_problems, heavy_imports


@dataclass
class Words:
    """A domain of distinct words, spoilt by the tests."""

    content: dict[str, list[Document]] = field(
        default_factory=lambda: {
            split: [Document(f"{split} {number:04d}", f"{split} {number}") for number in range(220)]
            for split in ("train", "validation", "test")
        }
    )
    questions: dict[str, dict] = field(default_factory=dict)

    def documents(self, split):
        return iter(self.content[split])

    def tasks(self):
        return self.questions


def definition(domain):
    return DomainDefinition(
        name="words",
        version="1",
        implementation="nowhere:Words",
        description="Words.",
        licence="public-domain",
        content_hash=content_hash(domain),
        train_bytes=sum(len(document.text) for document in domain.documents("train")),
        tasks=tuple(domain.questions),
    )


def problems(domain):
    return "\n".join(domain_problems(definition(domain), domain))


def test_a_sound_domain_has_no_problems():
    assert problems(Words()) == ""


def test_a_group_in_two_splits_is_named():
    domain = Words()
    domain.content["test"][0] = Document("something new", "train 7")
    assert "train and test share the group 'train 7'" in problems(domain)


def test_a_document_met_twice_is_named():
    domain = Words()
    domain.content["train"].append(domain.content["train"][0])
    assert "train holds a document twice" in problems(domain)


def test_a_near_twin_is_quoted():
    domain = Words()
    text = "a sentence long enough to have windows of thirty characters"
    domain.content["train"].append(Document(text, "new"))
    domain.content["validation"].append(Document(f"{text}, and a little more", "newer"))
    assert "near twins in two splits: 'a sentence long" in problems(domain)


def test_a_small_test_split_is_counted():
    domain = Words()
    del domain.content["test"][150:]
    assert "test has 150 documents, fewer than 200" in problems(domain)


def test_documents_other_than_the_definition_says_are_noticed():
    domain = Words()
    frozen = definition(domain)
    domain.content["train"][3] = Document("changed", "train 3")
    found = "\n".join(domain_problems(frozen, domain))
    assert "content_hash is" in found
    assert "train has" in found


@pytest.mark.parametrize(
    ("place", "length", "complaint"),
    [
        (0, 3, "always guessing place 0 is right 100 times in 100"),
        (None, 9, "always guessing the longest is right 100"),
    ],
)
def test_an_answer_given_away_is_noticed(place, length, complaint):
    rows = []
    for number in range(100):
        at = number % 4 if place is None else place
        choices = ["aaa", "bbb", "ccc", "ddd"]
        choices[at] = "x" * length
        rows.append({"prompt": str(number), "choices": choices, "answer": at})
    assert complaint in problems(Words(questions={"words_task": four_way_task("words_task", rows, "1")}))


def test_heavy_imports_are_found_in_a_fresh_process():
    assert heavy_imports("json", also=("decimal",)) == []
    assert heavy_imports("fractions", also=("decimal",)) == ["decimal"]
