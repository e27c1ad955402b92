"""Tasks: lm-eval builds every one of them, and every question has one right option that cannot be guessed blindly."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager

from earlyexp_bench.evaluation.adapter import TaskDocuments, preserved_random_state, quiet
from earlyexp_bench.evaluation.stored import plain_config, task_path
from earlyexp_testing.conformance.answers_told import DECLARED, asked_by, told
from earlyexp_testing.conformance.domain_data import DomainData, shown
from earlyexp_testing.conformance.domain_guessing import Question, guessable

_LETTERED = re.compile(r"^[ \t]*\(?([A-Za-z0-9])[).:][ \t]+(.+?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class BuiltTask:
    """A task as lm-eval built it, or why it could not."""

    name: str
    task: ConfigurableTask | None
    error: str = ""


def build_tasks(data: DomainData) -> list[BuiltTask]:
    """Build every task of a domain, with all requests of its documents."""
    return [_attempt(name, config) for name, config in data.tasks.items()]


def unbuildable(data: DomainData, built: Sequence[BuiltTask]) -> Iterator[str]:
    """Yield the tasks that lm-eval cannot build, and those that are named on one side only."""
    declared, found = set(data.definition.tasks), set(data.tasks)
    for name in sorted(declared - found):
        yield f"tasks() does not return {name!r}, which the definition names: return it, or take it out of `tasks`"
    for name in sorted(found - declared):
        yield f"the definition does not name the task {name!r}: add it to `tasks`"
    for task in built:
        if task.error:
            yield f"lm-eval cannot build the task {task.name!r}: {task.error}"


def guessable_tasks(built: Sequence[BuiltTask]) -> Iterator[str]:
    """Yield the tasks that a blind rule or their own prompts answer, or that have no right option."""
    for task in built:
        if task.task is not None and not (task.task.get_config("metadata") or {}).get(DECLARED):
            yield from (f"{task.name}: {complaint}" for complaint in told(asked_by(task.task)))
        if task.task is not None and task.task.OUTPUT_TYPE == "multiple_choice":
            questions, complaints = _questions(task.task)
            yield from (f"{task.name}: {complaint}" for complaint in [*complaints, *guessable(questions)])


def questions_from_train(data: DomainData, built: Sequence[BuiltTask]) -> Iterator[str]:
    """Yield the tasks whose questions, answered rightly, are documents of the train split."""
    train = {data.same(document.text) for document in data.documents["train"]}
    for task in built:
        asked = _answered(task.task) if task.task is not None else []
        known = [text for text in asked if data.same(text) in train]
        if known:
            yield (
                f"{len(known)} of {len(asked)} questions of {task.name} are train documents, such as "
                f"{shown(known[0])}: ask about test documents only"
            )


def _attempt(name: str, config: Mapping[str, Any]) -> BuiltTask:
    try:
        with quiet(), preserved_random_state():
            return BuiltTask(name, _build(name, config))
    except Exception as error:  # noqa: BLE001 - whatever lm-eval or the task raises is the finding
        return BuiltTask(name, None, f"{type(error).__name__}: {error}")


def _build(name: str, config: Mapping[str, Any]) -> ConfigurableTask:
    """Build a task from what the store would keep of it, as an evaluation does."""
    task_path(Path(), name, ".json")
    plain, documents = json.loads(json.dumps(plain_config(name, config)))
    if not any(documents.values()):
        raise ValueError("custom_dataset returns no documents")
    rows = {split: TaskDocuments(found) for split, found in documents.items()}
    config = {**plain, "task": name, "custom_dataset": lambda **_: rows}
    task: ConfigurableTask = TaskManager(include_defaults=False).load([config])["tasks"][name]
    if task.get_config("num_fewshot") is None:
        task.set_config(key="num_fewshot", value=0)
    task.set_fewshot_seed(seed=0)
    task.build_all_requests()
    return task


def _questions(task: ConfigurableTask) -> tuple[list[Question], list[str]]:
    """Return the questions with one right option among different ones, and complaints about the first others."""
    questions, complaints = [], []
    for document in task.eval_docs:
        choices, answer = list(task.doc_to_choice(document)), task.doc_to_target(document)
        place = choices.index(answer) if isinstance(answer, str) and answer in choices else answer
        if isinstance(place, list):
            continue
        if len(set(choices)) < max(2, len(choices)) or place not in range(len(choices)):
            complaints.append(f"not one right option among different ones: {choices}, the answer is {answer!r}")
        else:
            questions.append(Question(_spelt_out(choices, task.doc_to_text(document)), int(place)))
    return questions, complaints[:1]


def _spelt_out(choices: Sequence[str], prompt: object) -> tuple[str, ...]:
    """Return what letters stand for, where the prompt has a line such as ``B. oxygen`` for each; else the choices."""
    meant = dict(_LETTERED.findall(prompt)) if isinstance(prompt, str) else {}
    return tuple(meant.get(choice.strip(" ().:"), choice) for choice in choices)


def _answered(task: ConfigurableTask) -> list[str]:
    """Return each question with its right answer behind it, as the model is asked to continue it."""
    texts = []
    for instance in task.instances:
        parts = [part for part in instance.args if isinstance(part, str)]
        right = task.OUTPUT_TYPE != "multiple_choice" or instance.idx == task.doc_to_target(instance.doc)
        if right:
            texts.append("".join(parts))
    return texts
