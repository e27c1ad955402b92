"""From task configurations to scores, through ``lm_eval.evaluate``: the one place that calls it."""

import contextlib
import io
import logging
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lm_eval
import numpy as np
import torch
from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager

from earlyexp_bench.contracts import TaskAnswers, UserError, digest
from earlyexp_bench.contracts.stages import EvaluateOutput, HeldOut, MeasuredRole, SplitScores
from earlyexp_bench.evaluation.items import Item, document_hash
from earlyexp_bench.evaluation.model import CheckpointLM
from earlyexp_bench.evaluation.own_tasks import load_own

# What `lm_eval` on the command line seeds, so that few-shot examples are the same ones.
_FEWSHOT_SEED = 1234


@dataclass(frozen=True)
class TaskRequest:
    """One lm-eval task to run.

    A configuration whose ``metadata`` holds ``report``, a mapping from metric name to ``nats_per_token`` or
    ``bits_per_byte``, is reported by these micro-averages over its documents; any other by lm-eval's own
    metrics as ``<task>.<metric>``.

    Attributes:
        name: The task's name.
        config: Its configuration with a ``custom_dataset`` callable; None for one that lm-eval knows by name.
        role: ``general``, ``target``, ``downstream`` or, for lm-eval's own, ``tasks``.
        split: ``validation`` or ``test``.
        max_documents: For lm-eval's own: the first so many documents of every task; None for all.
    """

    name: str
    config: Mapping[str, Any] | None = None
    role: MeasuredRole = "tasks"
    split: HeldOut = "test"
    max_documents: int | None = None


@dataclass(frozen=True)
class Scores:
    """What was measured, and every request that it was computed from."""

    output: EvaluateOutput
    items: list[Item]


class TaskDocuments(list[dict[str, Any]]):
    """Documents in memory that look enough like a ``datasets.Dataset`` for lm-eval to read them."""

    @property
    def features(self) -> dict[str, None]:
        """Names of the first document's fields, as keys."""
        return dict.fromkeys(self[0])


def score(lm: CheckpointLM, requests: Sequence[TaskRequest]) -> Scores:
    """Run every task in one pass of ``lm_eval.evaluate``, leaving the global random state as it was.

    Args:
        lm: The model.
        requests: What to run.

    Raises:
        UserError: An unknown task, or two requests that report one metric.
    """
    if not requests:
        return Scores(EvaluateOutput(scores={}), [])
    with quiet(), preserved_random_state():
        loaded = [load_request(request, f"{index}:{request.name}") for index, request in enumerate(requests)]
        tasks = {key: task for part in loaded for key, task in part["tasks"].items()}
        groups = {key: group for part in loaded for key, group in part["groups"].items()}
        found = lm_eval.evaluate(
            lm=lm,
            task_dict={"tasks": tasks, "groups": groups},
            samples=_samples(requests, loaded),
            bootstrap_iters=0,
            log_samples=True,
        )
    return _collect(lm, requests, loaded, found)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep lm-eval's progress bars and messages back, unless it fails: then show them."""
    logger, buffer = logging.getLogger("lm_eval"), io.StringIO()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stderr(buffer):
            yield
    except BaseException:
        sys.stderr.write(buffer.getvalue())
        raise
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def preserved_random_state() -> Iterator[None]:
    """Seed the global generators as the ``lm_eval`` command does, and put their state back."""
    python, legacy, tensors = random.getstate(), np.random.get_state(), torch.random.get_rng_state()
    random.seed(0)
    np.random.seed(_FEWSHOT_SEED)
    torch.manual_seed(_FEWSHOT_SEED)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)
        torch.random.set_rng_state(tensors)


def load_request(request: TaskRequest, key: str = "") -> dict[str, dict[str, Any]]:
    """Load one request's tasks with their data.

    Args:
        request: The request.
        key: What ours run under: two roles may measure one domain.
    """
    if request.config is None:
        loaded = load_own(request.name)
    else:
        config = {**request.config, "task": key, "custom_dataset": _readable(request.config["custom_dataset"])}
        loaded = TaskManager(include_defaults=False).load([config])
    for task in loaded["tasks"].values():
        if task.get_config("num_fewshot") is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=_FEWSHOT_SEED)
    return {"tasks": loaded["tasks"], "groups": loaded.get("groups", {})}


def _readable(custom_dataset: Callable[..., Mapping[str, Any]]) -> Callable[..., dict[str, Any]]:
    def readable(**arguments: object) -> dict[str, Any]:
        return {
            split: TaskDocuments(rows) if isinstance(rows, list | tuple) else rows
            for split, rows in custom_dataset(**arguments).items()
        }

    return readable


def _samples(requests: Sequence[TaskRequest], loaded: Sequence[dict[str, Any]]) -> dict[str, list[int]] | None:
    """Return which documents of lm-eval's own tasks to run; None: all of all."""
    chosen = {
        key: list(range(min(request.max_documents, len(task.eval_docs))))
        for request, part in zip(requests, loaded, strict=True)
        if request.config is None and request.max_documents is not None
        for key, task in part["tasks"].items()
    }
    return chosen or None


def _collect(
    lm: CheckpointLM, requests: Sequence[TaskRequest], loaded: Sequence[dict[str, Any]], found: dict[str, Any]
) -> Scores:
    reported: dict[MeasuredRole, dict[HeldOut, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    answers: dict[MeasuredRole, dict[str, TaskAnswers]] = defaultdict(dict)
    items: list[Item] = []
    for request, part in zip(requests, loaded, strict=True):
        of_request: list[Item] = []
        for key, task in part["tasks"].items():
            samples = found["samples"][key]
            of_task = list(_items(lm, request, task, samples))
            if _is_judged(task, of_task) and request.split == "test":
                answers[request.role][of_task[0].task] = _answers(task, samples, of_task)
            of_request += of_task
        items += of_request
        _add(reported[request.role][request.split], _reported(request, part, of_request, found["results"]))
    scores = {
        role: {
            split: SplitScores.of(named, answers[role] if split == "test" else {}) for split, named in splits.items()
        }
        for role, splits in reported.items()
    }
    return Scores(EvaluateOutput(scores=scores), items)


def _add(known: dict[str, float], new: Mapping[str, float]) -> None:
    if clash := sorted(known.keys() & new.keys()):
        raise UserError(f"two evaluators report {', '.join(clash)} for one domain", expected="one of them")
    known.update(new)


def _reported(
    request: TaskRequest, part: Mapping[str, Any], items: Sequence[Item], results: Mapping[str, Mapping[str, Any]]
) -> dict[str, float]:
    if request.config is None:
        return {f"{k}.{m}": v for k in [*part["groups"], *part["tasks"]] for m, v in _own_metrics(results[k])}
    report = (request.config.get("metadata") or {}).get("report")
    if report is not None:
        return {name: _STATISTICS[statistic](items) for name, statistic in report.items()}
    return {f"{request.name}.{m}": v for key in part["tasks"] for m, v in _own_metrics(results[key])}


def _own_metrics(result: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield lm-eval's metrics, with the filter's name where there is one: ``acc``, ``exact_match,strict``."""
    for key, value in result.items():
        metric, comma, filter_name = key.partition(",")
        if comma and not metric.endswith("_stderr") and isinstance(value, int | float):
            yield (metric if filter_name == "none" else key), float(value)


def _nats_per_token(items: Sequence[Item]) -> float:
    return -_total_log_likelihood(items) / sum(item.tokens or 0 for item in items)


def _bits_per_byte(items: Sequence[Item]) -> float:
    return -_total_log_likelihood(items) / (sum(item.bytes for item in items) * math.log(2))


def _total_log_likelihood(items: Sequence[Item]) -> float:
    return math.fsum(item.log_likelihood or 0.0 for item in items)


_STATISTICS: dict[str, Callable[[Sequence[Item]], float]] = {
    "nats_per_token": _nats_per_token,
    "bits_per_byte": _bits_per_byte,
}


def _items(
    lm: CheckpointLM, request: TaskRequest, task: ConfigurableTask, samples: list[dict[str, Any]]
) -> Iterator[Item]:
    correct = {sample["doc_id"]: _correct(sample) for sample in samples}
    for instance in task.instances:
        arguments = [value for value in instance.args if isinstance(value, str)]
        log_likelihood = _log_likelihood(instance)
        yield Item(
            role=request.role,
            split=request.split,
            task=task.task_name if request.config is None else request.name,
            document=instance.doc_id,
            document_hash=document_hash(*arguments),
            choice=instance.idx,
            log_likelihood=log_likelihood,
            tokens=None if log_likelihood is None else lm.scored_tokens.get(instance.args),
            bytes=len(_scored_text(instance).encode("utf-8", "surrogatepass")),
            correct=correct[instance.doc_id],
        )


def _is_judged(task: ConfigurableTask, items: Sequence[Item]) -> bool:
    """Tell whether a task offers choices, and lm-eval says of every document whether the right one was taken."""
    return task.OUTPUT_TYPE == "multiple_choice" and all(item.correct is not None for item in items)


def _answers(task: ConfigurableTask, samples: Sequence[Mapping[str, Any]], items: Sequence[Item]) -> TaskAnswers:
    """Return which documents were answered correctly, in their order, and what guessing would have got."""
    documents = {sample["doc_id"]: sample["doc"] for sample in samples}
    correct = {item.document: bool(item.correct) for item in items}
    return TaskAnswers(
        correct="".join("1" if correct[index] else "0" for index in sorted(correct)),
        chance=float(np.mean([1 / len(task.doc_to_choice(documents[index])) for index in sorted(correct)])),
        documents=digest(sorted((item.document, item.choice, item.document_hash) for item in items)),
    )


def _correct(sample: Mapping[str, Any]) -> bool | None:
    for metric in ("acc", "exact_match"):
        if isinstance(sample.get(metric), bool | int | float):
            return bool(sample[metric])
    return None


def _scored_text(instance: Instance) -> str:
    response = instance.resps[0]
    return response if isinstance(response, str) else str(instance.args[-1])


def _log_likelihood(instance: Instance) -> float | None:
    response = instance.resps[0]
    if isinstance(response, str):
        return None
    return float(response[0] if isinstance(response, tuple) else response)
