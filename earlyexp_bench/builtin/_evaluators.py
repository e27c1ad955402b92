"""Heavy half of the built-in evaluators: a domain's documents as lm-eval tasks."""

import itertools
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from earlyexp_bench.contracts import Domain, Split
from earlyexp_bench.contracts.stages import LOSS_NAMES

Rows = list[dict[str, Any]]
Tasks = dict[str, dict[str, Any]]


class _Evaluator:
    def __init__(self, params: BaseModel) -> None:
        self.params = params


class Loss(_Evaluator):
    """Loss of whole documents, every token predicted once in windows of the training context."""

    def tasks(self, domain: Domain, name: str, split: Split, max_documents: int | None) -> Tasks:
        """Return one rolling task, reported as ``loss`` (nats per token) and ``bits_per_byte``."""
        documents = itertools.islice(domain.documents(split), max_documents)
        rows = [{"prompt": "", "text": document.text} for document in documents]
        report = {LOSS_NAMES["text"]: "nats_per_token", "bits_per_byte": "bits_per_byte"}
        config = _config("loglikelihood_rolling", "text", rows, report)
        metric = {"metric": "bits_per_byte", "aggregation": "bits_per_byte", "higher_is_better": False}
        return {f"loss_{name}_{split}": {**config, "metric_list": [metric]}} if rows else {}


class AnswerLoss(_Evaluator):
    """Loss of the answers given their prompts, over the documents that have one."""

    def tasks(self, domain: Domain, name: str, split: Split, max_documents: int | None) -> Tasks:
        """Return one task, reported as ``answer_loss`` (nats per answer token); none without prompts."""
        rows = [
            {"prompt": document.text[: document.answer_start], "answer": document.text[document.answer_start :]}
            for document in itertools.islice(domain.documents(split), max_documents)
            if document.answer_start > 0
        ]
        config = _config("loglikelihood", "answer", rows, {LOSS_NAMES["answer"]: "nats_per_token"})
        # "acc" here: the answer is what greedy decoding gives. lm-eval's "perplexity" overflows on long answers.
        metric = {"metric": "acc", "aggregation": "mean", "higher_is_better": True}
        return {f"answer_loss_{name}_{split}": {**config, "metric_list": [metric]}} if rows else {}


class DomainTasks(_Evaluator):
    """The domain's own tasks on its test split."""

    def tasks(self, domain: Domain, name: str, split: Split, max_documents: int | None) -> Tasks:
        """Return the domain's configurations, the test documents cut to ``max_documents``."""
        return {
            task: {**config, "custom_dataset": _limited(config["custom_dataset"], max_documents)}
            for task, config in domain.tasks().items()
        }


def _config(output_type: str, target: str, rows: Rows, report: dict[str, str]) -> dict[str, Any]:
    """Build a configuration that names fields instead of Jinja templates, which lm-eval compiles per document."""
    return {
        "output_type": output_type,
        "custom_dataset": lambda **_: {"test": rows},
        "test_split": "test",
        "doc_to_text": "prompt",
        "doc_to_target": target,
        "metadata": {"version": 1, "report": report},
    }


def _limited(custom_dataset: Callable[..., Any], max_documents: int | None) -> Callable[..., Any]:
    def limited(**arguments: object) -> dict[str, Any]:
        splits = dict(custom_dataset(**arguments))
        return {**splits, "test": splits["test"][:max_documents]}

    return limited
