"""Tasks by name are tried before a checkpoint exists: what would fail at evaluation says so then."""

import json

import pytest
import yaml

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.evaluation import own_tasks
from earlyexp_bench.evaluation.adapter import TaskRequest, score
from earlyexp_bench.evaluation.model import load_lm
from earlyexp_bench.evaluation.rehearsal import rehearse

MEAN = {"aggregation": "mean", "higher_is_better": True}
CHOICE = {"output_type": "multiple_choice", "doc_to_choice": ["yes", "no"], "metric_list": [{"metric": "acc", **MEAN}]}
GENERATION = {"output_type": "generate_until", "metric_list": [{"metric": "exact_match", **MEAN}]}
CODE = """
import datasets

def rows(**_):
    return {"test": datasets.Dataset.from_list([{"question": "Is it?", "label": 0}] * 3)}

def judged(doc, results):
    import a_package_that_nobody_has

def scored(doc, results):
    return {"score": 1.0}

def aggregated(values):
    import a_package_that_nobody_has

def of_two_documents_or_more(values):
    return 1 / (len(values) - 1)

def spread(*_):
    raise ValueError("no such column")
"""


@pytest.fixture
def named(tmp_path, monkeypatch):
    """``named(config)`` makes a task of ours and returns its name."""
    monkeypatch.setattr(own_tasks, "OURS", tmp_path)
    monkeypatch.setattr(own_tasks, "THEIRS", tmp_path)  # fourteen thousand files fewer to read
    (tmp_path / "parts.py").write_text(CODE)
    (tmp_path / "rows.jsonl").write_text(json.dumps({"question": "Is it?", "label": 0}))

    def make(config):
        common = {"task": "made_up", "test_split": "test", "doc_to_text": "question", "doc_to_target": "label"}
        data = {} if "dataset_path" in config else {"custom_dataset": "FUNCTION rows"}
        text = yaml.safe_dump({**common, **data, **config})
        (tmp_path / "made_up.yaml").write_text(text.replace("FUNCTION ", "!function parts."))
        return "made_up"

    return make


@pytest.mark.parametrize(
    "config",
    [
        CHOICE,
        GENERATION,
        {"output_type": "loglikelihood", "doc_to_target": "{{label}}."},
        {"output_type": "loglikelihood_rolling", "doc_to_text": "", "doc_to_target": "question"},
    ],
    ids=lambda config: config["output_type"],
)
def test_what_can_be_measured_passes_and_is_measured(named, checkpoint, config):
    name = named(config)
    found = rehearse(name)
    assert (found.error, found.known, found.reported) == ("", True, [name])
    assert score(load_lm(checkpoint, Numerics()), [TaskRequest(name)]).output.on("tasks", "test").reported


def test_a_mean_that_one_document_has_not_is_no_fault(named):
    metric = {"metric": "score", "aggregation": "FUNCTION of_two_documents_or_more", "higher_is_better": True}
    assert not rehearse(named({**CHOICE, "process_results": "FUNCTION scored", "metric_list": [metric]})).error


NOWHERE = {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": "/nowhere/rows.jsonl"}}}
LACKING = {"metric": "score", "aggregation": "FUNCTION aggregated", "higher_is_better": True}
UNFIT = {
    "code that the model writes": ({**GENERATION, "unsafe_code": True}, "runs code that the model writes"),
    "pictures": ({**CHOICE, "doc_to_image": "picture"}, "more than text"),
    "sampling": ({**GENERATION, "generation_kwargs": {"do_sample": True, "temperature": 0.5}}, "sampling"),
    "sampling by temperature": ({**GENERATION, "generation_kwargs": {"temperature": 0.5}}, "sampling"),
    "a judge that is not here": ({**CHOICE, "process_results": "FUNCTION judged"}, "a_package_that_nobody_has"),
    "a metric's package": (
        {**CHOICE, "process_results": "FUNCTION scored", "metric_list": [LACKING]},
        "a_package_that_nobody_has",
    ),
    "a metric that nobody has": (
        {**CHOICE, "metric_list": [{"metric": "made_up_metric", **MEAN}]},
        "none of the metrics",
    ),
    "a number where text belongs": ({"output_type": "loglikelihood"}, "not text"),
    "no such split": ({**CHOICE, "test_split": "tests"}, "tests"),
    "no split at all": ({**CHOICE, "test_split": None}, "valid or test docs"),
    "no data": ({**CHOICE, **NOWHERE}, "/nowhere/rows.jsonl"),
    "its own code": ({**CHOICE, "process_docs": "FUNCTION spread"}, "no such column"),
    "a function that is not there": ({**CHOICE, "process_docs": "FUNCTION missing"}, "missing"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_what_would_fail_at_evaluation_says_why(named, case):
    config, said = UNFIT[case]
    found = rehearse(named(config))
    assert found.known and not found.reported
    assert said in found.error
    assert "evaluators without it" in found.expected


def test_global_random_state_is_left_alone(named):
    import random

    random.seed(3)
    before = random.getstate()
    rehearse(named(CHOICE))
    assert random.getstate() == before


def test_a_task_of_ours_brings_its_data(checkpoint):
    assert rehearse("number_agreement").reported == ["number_agreement"]
    scores = score(load_lm(checkpoint, Numerics()), [TaskRequest("number_agreement")])
    assert scores.output.on("tasks", "test").answers["number_agreement"].chance == 0.5
    assert len(scores.output.on("tasks", "test").answers["number_agreement"].correct) == 48
    documents = {(item.document, item.choice): item.document_hash for item in scores.items}
    assert len(set(documents.values())) == len(documents) == 96
