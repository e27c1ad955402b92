"""What an evaluator tells the model: no answers, and nothing of splits that it is not about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager

from earlyexp_bench.contracts import Document, Split
from earlyexp_bench.evaluation.adapter import TaskDocuments, preserved_random_state, quiet
from earlyexp_bench.evaluation.stored import StoredDomain
from earlyexp_testing.conformance.answers_told import DECLARED, Asked, asked_by, told
from earlyexp_testing.conformance.domain_guessing import Question, guessable

_LONG = 40
"""Characters from which on a document that stands in a prompt stands there by no chance."""
_SOME = 0.2


class WatchedDomain(StoredDomain):
    """A stored domain that remembers which splits it was asked for."""

    asked: frozenset[str] = frozenset()

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of a split."""
        self.asked |= {split}
        return super().documents(split)


@dataclass(frozen=True)
class Prompts:
    """How one task asks.

    Attributes:
        task: Its name.
        questions: Those whose prompt is not the domain's own.
        declared: Whether it says that answers are to be found in the prompt.
        examples: How many documents it asks about are its few-shot examples as well.
        shown: In how many prompts another document stands that is asked about.
    """

    task: str
    questions: tuple[Asked, ...]
    declared: bool
    examples: int
    shown: int


def prompts_of(tasks: Mapping[str, Mapping[str, Any]], domain: StoredDomain, split: Split) -> tuple[Prompts, ...]:
    """Build an evaluator's tasks and return what they say to the model.

    Args:
        tasks: From ``tasks``.
        domain: Whose documents they are about.
        split: The one that is measured.
    """
    documents = [document.text for document in domain.documents(split)]
    with quiet(), preserved_random_state():
        return tuple(_prompts(name, config, documents) for name, config in tasks.items())


def _prompts(name: str, config: Mapping[str, Any], documents: Sequence[str]) -> Prompts:
    task = _built(name, config)
    asked = asked_by(task)
    others = [text for text in documents if len(text) >= _LONG]
    return Prompts(
        name,
        tuple(question for question in asked if not any(text.startswith(question.prompt) for text in documents)),
        bool((config.get("metadata") or {}).get(DECLARED)),
        _examples(task),
        sum(any(text in q.prompt and not _is_about(q, text) for text in others) for q in asked),
    )


def _is_about(question: Asked, text: str) -> bool:
    answer = question.answers[question.right].strip()
    return question.prompt.strip() == text.strip() or (bool(answer) and answer in text)


def _built(name: str, config: Mapping[str, Any]) -> ConfigurableTask:
    custom_dataset = config["custom_dataset"]

    def rows(**arguments: object) -> dict[str, TaskDocuments]:
        return {split: TaskDocuments(found) for split, found in custom_dataset(**arguments).items()}

    loaded = TaskManager(include_defaults=False).load([{**config, "task": name, "custom_dataset": rows}])
    task: ConfigurableTask = loaded["tasks"][name]
    if task.get_config("num_fewshot") is None:
        task.set_config(key="num_fewshot", value=0)
    task.set_fewshot_seed(seed=0)
    task.build_all_requests()
    return task


def _examples(task: ConfigurableTask) -> int:
    if not task.get_config("num_fewshot"):
        return 0
    asked = [repr(document) for document in task.eval_docs]
    return sum(repr(document) in asked for document in task.fewshot_docs())


def answers_given(where: str, prompts: Sequence[Prompts]) -> Iterator[str]:
    """Yield how an evaluator's prompts hold what is asked for.

    Args:
        where: Domain and split.
        prompts: Of its tasks there.
    """
    for one in prompts:
        if not one.declared:
            options = [Question(q.answers, q.right) for q in one.questions if len(set(q.answers)) > 1]
            complaints = [*told(one.questions), *guessable(options)]
            yield from (f"{where}, {one.task}: {complaint}" for complaint in complaints)
        if where.endswith("test") and (one.examples or one.shown > _SOME * max(1, len(one.questions))):
            yield (
                f"{where}, {one.task}: examples in the prompt are documents that it asks about as well: take them from "
                '`domain.documents("validation")`'
            )


def splits_read(where: str, split: Split, asked: frozenset[str]) -> Iterator[str]:
    """Yield the splits that an evaluator reads and should not.

    Args:
        where: Domain and split, for the message.
        split: What it was to measure.
        asked: What it asked the domain for.
    """
    if "train" in asked:
        yield f"{where}: it reads the train split, which was trained on: {_GIVEN}"
    if split == "validation" and "test" in asked:
        yield f"{where}: it reads the test split where it is to measure validation, by which runs are chosen: {_GIVEN}"


_GIVEN = "read `domain.documents(split)`, with the split that `tasks` is given"
