"""Every broken evaluator is caught by the check that is about its defect, and by no other; sound ones pass."""

import pytest

from earlyexp_bench.contracts import NoParams
from earlyexp_bench.hooks import load_object, registry
from earlyexp_testing.conformance.evaluator_checks import findings
from earlyexp_testing.conformance.evaluator_data import try_evaluator
from earlyexp_testing.conformance.evaluator_trial import SMALL_DOMAINS, EvaluatorTrial

IN_PROCESSES = (
    *("network", "random-documents", "random-scores", "set-documents", "sound"),
    *("scores-by-user", "scores-kept"),
)


@pytest.fixture(scope="module")
def domains():
    entries = {name: registry().domain(name).definition for name in SMALL_DOMAINS}
    return {name: load_object(definition.implementation)(NoParams()) for name, definition in entries.items()}


def complaints(definition, domains, folder):
    evaluator = load_object(definition.implementation)(NoParams())
    found = findings(EvaluatorTrial(try_evaluator(definition, evaluator, domains, folder / definition.name)))
    return [check for check, messages in found.items() if messages]


def test_each_defect_that_shows_in_one_trial_is_caught_by_its_check_alone(broken_evaluators, domains, tmp_path):
    definitions, expected = broken_evaluators
    names = expected.keys() - set(IN_PROCESSES)
    found = {name: complaints(definitions[name], domains, tmp_path) for name in names}
    assert found == {name: [expected[name]] if expected[name] else [] for name in names}


@pytest.mark.slow
def test_each_defect_that_takes_processes_to_see_is_caught_by_its_check_alone(broken_evaluators, caught):
    _, expected = broken_evaluators
    wanted = {name: [expected[name]] if expected[name] else [] for name in IN_PROCESSES}
    assert caught("evaluators", *IN_PROCESSES) == wanted


def test_what_is_built_in_keeps_its_promises(domains, tmp_path):
    definitions = [entry.definition for entry in registry().all("evaluator") if entry.id.startswith("builtin/")]
    assert {d.name: complaints(d, domains, tmp_path) for d in definitions} == {d.name: [] for d in definitions}


def test_a_definition_without_direction_and_range_is_told_to_declare_them(domains, tmp_path):
    complete = registry().evaluator("builtin/loss").definition
    bare = complete.model_construct(**{**dict(complete), "higher_is_better": None, "range": None})
    assert complaints(bare, domains, tmp_path) == ["evaluator-direction", "evaluator-range"]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("reads-train", "it reads the train split, which was trained on"),
        ("reads-test", "it reads the test split where it is to measure validation"),
        ("answer-in-prompt", "the answer stands in the prompt of 100% of 12 questions"),
        ("answer-marked", "'(right)' stands behind the right option in the prompts of 12 of 12 questions"),
        ("examples-from-test", "examples in the prompt are documents that it asks about as well"),
    ],
)
def test_a_message_says_what_is_wrong(broken_evaluators, domains, tmp_path, name, advice):
    definitions, expected = broken_evaluators
    evaluator = load_object(definitions[name].implementation)(NoParams())
    found = findings(EvaluatorTrial(try_evaluator(definitions[name], evaluator, domains, tmp_path / name)))
    assert advice in found[expected[name]][0]
