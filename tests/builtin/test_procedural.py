"""Smoke's made-up languages: the same bytes everywhere, no near duplicates across splits, tasks that mean something."""

import os
import subprocess
import sys

import pytest

from earlyexp_bench.builtin._procedural import DOWNSTREAM as DOWNSTREAM_RULES
from earlyexp_bench.builtin._procedural import GENERAL as GENERAL_RULES
from earlyexp_bench.builtin._procedural import TARGET as TARGET_RULES
from earlyexp_bench.builtin._procedural import Downstream, General, Target, shingles, vocabulary
from earlyexp_bench.builtin.domains import DOMAINS
from earlyexp_bench.contracts import SPLITS, NoParams, content_hash

LANGUAGES = {
    "procedural-general": (General, 400_000),
    "procedural-target": (Target, 100_000),
    "procedural-downstream": (Downstream, 150_000),
}
DEFINITIONS = {definition.name: definition for definition in DOMAINS}


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_documents_are_those_the_definition_froze(name):
    domain = LANGUAGES[name][0](NoParams())
    assert content_hash(domain) == DEFINITIONS[name].content_hash
    assert sum(len(d.text.encode()) for d in domain.documents("train")) == DEFINITIONS[name].train_bytes


def test_another_process_with_another_hash_seed_makes_the_same_documents():
    code = (
        "from earlyexp_bench.builtin._procedural import Target; from earlyexp_bench.contracts import *;"
        "print(content_hash(Target(NoParams())))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == DEFINITIONS["procedural-target"].content_hash


@pytest.mark.parametrize("name", LANGUAGES)
def test_sizes_are_what_smoke_plans_with(name):
    make, train_bytes = LANGUAGES[name]
    documents = {split: list(make(NoParams()).documents(split)) for split in SPLITS}
    assert all(40 <= len(d.text) <= 300 for split in SPLITS for d in documents[split])
    assert len(documents["test"]) >= 200
    assert DEFINITIONS[name].train_bytes == pytest.approx(train_bytes, rel=0.1)


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_tale_and_no_run_of_eight_words_is_in_two_splits(name):
    domain = LANGUAGES[name][0](NoParams())
    groups, runs = set(), set()
    for split in SPLITS:
        documents = list(domain.documents(split))
        own_groups = {d.group for d in documents}
        own_runs = {run for d in documents for run in shingles(d.text)}
        assert not own_groups & groups
        assert not own_runs & runs
        groups |= own_groups
        runs |= own_runs


def test_languages_share_part_of_their_vocabulary_and_none_has_all():
    for kind in "nvq":
        general, target, downstream = (
            set(vocabulary(rules, kind)) for rules in (GENERAL_RULES, TARGET_RULES, DOWNSTREAM_RULES)
        )
        assert general & target and target & downstream
        assert general - target and target - general


def test_every_downstream_document_asks_and_answers():
    for document in Downstream(NoParams()).documents("test"):
        assert document.text[: document.answer_start].endswith("?")
        assert document.text[document.answer_start] == " "


def test_the_right_choice_is_the_documents_answer_and_the_only_right_one():
    domain = Downstream(NoParams())
    config = domain.tasks()["procedural_downstream_choice"]
    items = config["custom_dataset"](version=1.0)["test"]
    documents = list(domain.documents("test"))
    assert len(items) == len(documents)
    for item, document in zip(items, documents, strict=True):
        assert len(set(item["choices"])) == 4
        assert f"{item['prompt']} {item['choices'][item['gold']]}" == document.text


def test_the_right_choice_is_at_every_place_about_equally_often():
    items = Downstream(NoParams()).tasks()["procedural_downstream_choice"]["custom_dataset"]()["test"]
    shares = [sum(item["gold"] == place for item in items) / len(items) for place in range(4)]
    assert all(0.15 < share < 0.35 for share in shares)


def test_definitions_name_the_tasks_that_are_built():
    for name, (make, _) in LANGUAGES.items():
        assert set(make(NoParams()).tasks()) == set(DEFINITIONS[name].tasks)
