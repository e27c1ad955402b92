"""Which documents of a multiple-choice task a checkpoint answered correctly, and what guessing would have got."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from lm_eval.api.task import ConfigurableTask

from earlyexp_bench.contracts import TaskAnswers, digest
from earlyexp_bench.evaluation.items import Item


def answers_of(task: ConfigurableTask, samples: Sequence[Mapping[str, Any]], items: Sequence[Item]) -> TaskAnswers:
    """Return a checkpoint's answers to one task, in the order of its documents.

    Args:
        task: The task, for the choices that each document offers.
        samples: What lm-eval logged, one entry a document (and filter).
        items: The task's scored requests.
    """
    documents = {sample["doc_id"]: sample["doc"] for sample in samples}
    correct = {item.document: bool(item.correct) for item in items}
    return TaskAnswers(
        correct="".join("1" if correct[index] else "0" for index in sorted(correct)),
        chance=float(np.mean([1 / len(task.doc_to_choice(documents[index])) for index in sorted(correct)])),
        documents=digest(sorted((item.document, item.choice, item.document_hash) for item in items)),
    )
