import logging
import math
import random

import datasets
import numpy as np
import pytest
import torch
import yaml
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from lm_eval.tasks._index import Kind, TaskIndex

from earlyexp_bench.builtin._evaluators import AnswerLoss, DomainTasks, Loss
from earlyexp_bench.contracts import NoParams, UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.evaluation import own_tasks
from earlyexp_bench.evaluation.adapter import TaskRequest, score
from earlyexp_bench.evaluation.items import read_items, write_items
from earlyexp_bench.evaluation.model import load_lm
from earlyexp_bench.evaluation.own_tasks import find_task_file


@pytest.fixture
def lm(checkpoint):
    return load_lm(checkpoint, Numerics())


def requests(evaluator, domain, *, role="target", split="test", max_documents=None):
    tasks = evaluator(NoParams()).tasks(domain, "made_up", split, max_documents)
    return [TaskRequest(name, config, role, split) for name, config in tasks.items()]


def test_loss_is_the_sum_over_documents_by_the_sum_of_tokens_and_of_bytes(lm, checkpoint, riddles):
    scores = score(lm, requests(Loss, riddles))
    stock = HFLM(pretrained=str(checkpoint), device="cpu")
    texts = [document.text for document in riddles.documents("test")]
    nats = -sum(stock.loglikelihood_rolling([_rolling(text)], disable_tqdm=True)[0] for text in texts)
    tokens = sum(len(stock.tok_encode(text)) for text in texts)
    found = scores.output.on("target", "test").reported
    assert found["loss"] == pytest.approx(nats / tokens, abs=1e-6)
    assert found["bits_per_byte"] == pytest.approx(nats / math.log(2) / sum(len(t.encode()) for t in texts), abs=1e-6)
    assert set(found) == {"loss", "bits_per_byte"}


def _rolling(text):
    from lm_eval.api.instance import Instance

    return Instance(request_type="loglikelihood_rolling", doc={}, arguments=(text,), idx=0)


def test_answer_loss_counts_only_answers_of_documents_with_prompts(lm, riddles):
    scores = score(lm, requests(AnswerLoss, riddles))
    prompted = [document for document in riddles.documents("test") if document.answer_start]
    answers = [document.text[document.answer_start :] for document in prompted]
    assert 0 < len(prompted) < riddles.count
    assert [item.bytes for item in scores.items] == [len(answer.encode()) for answer in answers]
    assert [item.tokens for item in scores.items] == [
        len(lm.tok_encode(d.text)) - len(lm.tok_encode(d.text[: d.answer_start].rstrip())) for d in prompted
    ]
    nats = -sum(item.log_likelihood for item in scores.items)
    answer_loss = scores.output.on("target", "test").reported["answer_loss"]
    assert answer_loss == pytest.approx(nats / sum(item.tokens for item in scores.items))
    whole = sum(item.tokens for item in score(lm, requests(Loss, riddles)).items)
    assert sum(item.tokens for item in scores.items) < whole


def test_a_domain_without_prompts_has_no_answer_loss(riddles):
    class Plain(type(riddles)):
        def documents(self, split):
            return (d for d in super().documents(split) if not d.answer_start)

    assert requests(AnswerLoss, Plain()) == []


def test_the_domains_own_tasks_are_reported_with_lm_evals_metrics(lm, riddles):
    scores = score(lm, requests(DomainTasks, riddles))
    found = scores.output.on("target", "test").reported
    assert set(found) == {"riddle_choice.acc", "riddle_choice.acc_norm"}
    by_document = {item.document: item.correct for item in scores.items}
    assert found["riddle_choice.acc"] == sum(by_document.values()) / riddles.count
    best = {
        index: max((item for item in scores.items if item.document == index), key=lambda i: i.log_likelihood).choice
        for index in by_document
    }
    labels = [row["label"] for row in riddles.tasks()["riddle_choice"]["custom_dataset"]()["test"]]
    assert by_document == {index: best[index] == label for index, label in enumerate(labels)}


@pytest.mark.parametrize(("evaluator", "items"), [(Loss, 5), (AnswerLoss, 2), (DomainTasks, 15)])
def test_max_documents_takes_the_first_ones(lm, riddles, evaluator, items):
    first = score(lm, requests(evaluator, riddles, max_documents=5)).items
    assert len(first) == items
    every = score(lm, requests(evaluator, riddles)).items[:items]
    assert [item.document_hash for item in first] == [item.document_hash for item in every]


def test_one_call_measures_every_role_and_split_as_separate_calls_do(lm, riddles, make_riddles):
    wanted = [
        *requests(Loss, riddles, role="general", split="validation"),
        *requests(Loss, riddles, role="target"),
        *requests(AnswerLoss, riddles, role="target"),
        *requests(Loss, make_riddles(7), role="downstream"),
    ]
    together = score(lm, wanted).output
    assert {role: set(splits) for role, splits in together.scores.items()} == {
        "general": {"validation"},
        "target": {"test"},
        "downstream": {"test"},
    }
    for request in wanted:
        alone = score(lm, [request]).output.on(request.role, request.split)
        for name, value in alone.reported.items():
            assert together.on(request.role, request.split).reported[name] == pytest.approx(value, abs=1e-6)


def test_two_evaluators_with_one_metric_name_are_refused(lm, riddles):
    with pytest.raises(UserError, match="bits_per_byte, loss"):
        score(lm, requests(Loss, riddles) * 2)


def test_global_random_state_logging_and_output_are_left_alone(lm, riddles, capfd):
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.random.get_rng_state().tolist()
    level = logging.getLogger("lm_eval").level
    score(lm, requests(Loss, riddles))
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.random.get_rng_state().tolist()
    assert before == after
    assert logging.getLogger("lm_eval").level == level
    assert capfd.readouterr() == ("", "")


def test_items_come_back_from_parquet_and_equal_items_give_equal_bytes(lm, riddles, tmp_path):
    items = score(lm, [*requests(Loss, riddles), *requests(DomainTasks, riddles)]).items
    write_items(tmp_path / "a.parquet", items)
    write_items(tmp_path / "b.parquet", items)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert read_items(tmp_path / "a.parquet") == items


@pytest.fixture
def local_tasks(tmp_path, riddles, monkeypatch):
    """A folder in the place of lm-eval's own tasks: YAML that names data, here a local file."""
    data = tmp_path / "data.jsonl"
    data.write_text("".join(f'{{"question": "sun {i}", "answer": "moon {i}"}}\n' for i in range(6)))
    common = {
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "doc_to_text": "{{question}}",
        "doc_to_target": "{{answer}}",
        "metadata": {"version": 1.0},
    }
    mean = {"aggregation": "mean", "higher_is_better": True}
    likelihood = {
        **common,
        "task": "local_a",
        "output_type": "loglikelihood",
        "metric_list": [{"metric": "acc", **mean}],
    }
    generated = {
        **common,
        "task": "local_b",
        "output_type": "generate_until",
        "num_fewshot": 1,
        "fewshot_split": "test",
        "generation_kwargs": {"until": ["\n"], "max_gen_toks": 4},
        "metric_list": [{"metric": "exact_match", **mean}],
    }
    group = {"group": "local", "task": ["local_a"], "aggregate_metric_list": [{"metric": "acc", "aggregation": "mean"}]}
    for config in (likelihood, generated, group):
        (tmp_path / f"{config.get('task') if 'group' not in config else 'group'}.yaml").write_text(
            yaml.safe_dump(config)
        )
    monkeypatch.setattr(own_tasks, "THEIRS", tmp_path)
    manager = TaskManager(include_path=str(tmp_path), include_defaults=False)
    monkeypatch.setattr(own_tasks, "_all_tasks", lambda: manager)


@pytest.mark.usefixtures("local_tasks")
def test_lm_evals_own_tasks_run_by_name_beside_ours(lm, riddles):
    wanted = [TaskRequest("local_a", max_documents=4), TaskRequest("local_b"), *requests(Loss, riddles)]
    scores = score(lm, wanted)
    assert set(scores.output.on("tasks", "test").reported) == {"local_a.acc", "local_b.exact_match"}
    assert set(scores.output.on("target", "test").reported) == {"loss", "bits_per_byte"}
    counted = [item.task for item in scores.items if item.role == "tasks"]
    assert counted == ["local_a"] * 4 + ["local_b"] * 6
    assert all(item.log_likelihood is None for item in scores.items if item.task == "local_b")


@pytest.mark.usefixtures("local_tasks")
def test_a_group_is_reported_with_its_tasks(lm):
    found = score(lm, [TaskRequest("local")]).output.on("tasks", "test").reported
    assert set(found) == {"local.acc", "local_a.acc"}


@pytest.mark.usefixtures("local_tasks")
def test_an_unknown_task_is_named(lm):
    with pytest.raises(UserError, match="local_c"):
        score(lm, [TaskRequest("local_c")])


@pytest.mark.parametrize("name", ["hellaswag", "arc_easy", "lambada_openai", "mmlu_anatomy"])
def test_a_task_is_found_among_lm_evals_own_without_its_index(name):
    path = find_task_file(name)
    assert TaskIndex.entry_from_path(path).name == name
    assert TaskIndex.entry_from_path(path).kind is Kind.TASK


@pytest.mark.parametrize("name", ["mmlu", "ai2_arc", "hellaswa", "hella.*"])
def test_groups_tags_and_what_is_no_task_are_left_to_lm_evals_index(name):
    assert find_task_file(name) is None


def test_one_of_lm_evals_own_tasks_runs_offline_with_its_own_configuration(lm, monkeypatch):
    row = {"sentence1": "Sun is up.", "sentence2": "Moon is up.", "label": 1, "idx": 0}
    data = datasets.DatasetDict({split: datasets.Dataset.from_list([row] * 3) for split in ("train", "validation")})
    asked = []
    monkeypatch.setattr(datasets, "load_dataset", lambda **arguments: asked.append(arguments) or data)
    scores = score(lm, [TaskRequest("rte", max_documents=2)])
    assert [arguments["name"] for arguments in asked] == ["rte"]
    assert scores.output.on("tasks", "test").reported["rte.acc"] in (0.0, 1.0)
    assert [(item.document, item.choice) for item in scores.items] == [(0, 0), (0, 1), (1, 0), (1, 1)]
