"""Every broken domain is caught by the check that is about its defect, and by no other; sound ones pass."""

import json
import random

import pytest

from earlyexp_bench.contracts import NoParams
from earlyexp_bench.hooks import load_object, registry
from earlyexp_testing.conformance.domain_checks import findings
from earlyexp_testing.conformance.domain_data import read_domain
from earlyexp_testing.conformance.domain_documents import licence_missing
from earlyexp_testing.conformance.domain_guessing import Question, guessable
from earlyexp_testing.conformance.domain_tasks import build_tasks
from earlyexp_testing.conformance.domain_trial import DomainTrial, try_domain

IN_PROCESSES = {
    *("sound", "sound-choices", "overlap-lazy", "empty-refused", "crash", "declared-hash", "licence-todo"),
    *("order-set", "order-listing", "order-random", "order-date", "order-state", "order-questions", "order-folder"),
    *("writes-home", "writes-sqlite", "writes-here", "writes-memory", "reads-home"),
    *("text-by-language", "text-by-user", "text-by-host", "text-by-encoding"),
    *("network-urllib", "network-socket-swallowed", "network-hub", "network-task"),
}


def trial(definition):
    data = read_domain(definition, load_object(definition.implementation)(NoParams()))
    return DomainTrial(data, tuple(build_tasks(data)))


def test_each_defect_that_shows_in_one_reading_is_caught_by_its_check_alone(broken_domains):
    definitions, expected = broken_domains
    found = {
        name: [check for check, messages in findings(trial(definitions[name])).items() if messages]
        for name in expected.keys() - IN_PROCESSES
    }
    assert found == {name: [expected[name]] if expected[name] else [] for name in found}
    assert len(found) > 20


@pytest.mark.slow
def test_each_defect_that_takes_processes_to_see_is_caught_by_its_check_alone(broken_domains, caught):
    _, expected = broken_domains
    names = sorted(IN_PROCESSES)
    assert caught("domains", *names) == {name: [expected[name]] if expected[name] else [] for name in names}


def write_splits(folder, suffix, line):
    """Write files of 300 random sentences a split."""
    for split in ("train", "validation", "test"):
        words = [random.Random(f"{split}/{n}").choices(range(5000), k=15) for n in range(300)]
        text = "".join(line(" ".join(f"w{word}" for word in row)) for row in words)
        (folder / f"{split}{suffix}").write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_plain_files_and_a_local_data_set_keep_every_promise(tmp_path):
    write_splits(tmp_path, ".jsonl", lambda text: json.dumps({"text": text}) + "\n")
    files = {split: str(tmp_path / f"{split}.jsonl") for split in ("train", "validation", "test")}
    hub = {"dataset": str(tmp_path), "train": "train", "validation": "validation", "test": "test"}
    for name, params in (("builtin/files", files), ("builtin/hub", hub)):
        found = findings(try_domain(registry().domain(name), params))
        assert {check: messages for check, messages in found.items() if messages} == {}


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("overlap-case", "5 of 240 test documents are train documents as well"),
        ("near-words-changed", "5 of 240 test documents are near duplicates of train documents"),
        ("group-validation", "put every group wholly into one split"),
        ("small", "test has 40 documents, fewer than 200: assign it more groups"),
        ("choice-first", "choosing place 1, whatever the question, is right in 100% of 200, chance is 25%"),
        ("choice-words", "draw wrong options as long as the right one"),
        ("fingerprint-words", "knows a document again in 0 of"),
        ("choice-starred", "'*' stands behind the right option in the prompts of 200 of 200 questions"),
        ("answer-told", "the answer stands in the prompt of 100% of 40 questions"),
        ("task-field", "'nowhere' is undefined"),
    ],
)
def test_a_message_says_what_is_wrong_and_what_to_do(broken_domains, name, advice):
    definitions, expected = broken_domains
    [message] = findings(trial(definitions[name]))[expected[name]]
    assert advice in message


@pytest.mark.parametrize("licence", ["", " ", "TODO", "unknown", "n/a", "<licence>", "not specified", "See website."])
def test_a_licence_that_says_nothing_is_missing(licence):
    assert list(licence_missing(licence))


def test_a_licence_that_says_something_is_there():
    for licence in ("public-domain (US government)", "Unlicense", "that of the data set"):
        assert not list(licence_missing(licence))


def yes_no(yes, no):
    return [Question(("yes", "no"), 0)] * yes + [Question(("yes", "no"), 1)] * no


def test_classes_may_be_uneven_but_not_all_one():
    assert not list(guessable(yes_no(yes=40, no=160)))
    assert "the answer 'no' is right in 190 of 200" in next(guessable(yes_no(yes=10, no=190)))


def test_letters_of_options_are_places():
    questions = [Question(("A", "B", "C", "D"), 2 if n % 2 else n // 2 % 4) for n in range(200)]
    assert "choosing place 3" in next(guessable(questions))


def test_a_few_questions_prove_nothing():
    assert not list(guessable([Question(("ab", "cd", "ef", "gh"), 0)] * 3))
