"""Accuracy on multiple-choice tasks: what other questions of the same kind would have given.

Recipes answer the same documents, so differences are taken document by document; a document's answers over the seeds
are a cluster of one (Miller 2024, arXiv 2411.00640, §2.2 and §4.2). The error is of the items: it says how far the mean
over such documents is known for *these* trained models. Seeds that were not trained have no part in it, so no verdict
rests on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.cells import Answers
from earlyexp_bench.scoring.statistics import Estimate, t_interval


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One recipe on one task.

    Attributes:
        task: ``when/role/task``.
        chance: Accuracy of guessing, from the task.
        seeds: Models that answered.
        accuracy: Mean over documents; its ``n`` counts documents. None where seeds answered other documents.
        difference: To the reference, paired by document; None for the reference and where it cannot be paired.
        reason: Why there is none.
    """

    task: str
    chance: float
    seeds: int
    accuracy: Estimate | None
    difference: Estimate | None = None
    reason: str = ""


def accuracy_of(task: str, answers: Sequence[Answers], reference: Sequence[Answers] | None = None) -> Accuracy:
    """Score a recipe's answers to one task, and pair them with the reference's where the documents are the same.

    Args:
        task: ``when/role/task``.
        answers: One model's each, by seed.
        reference: The same of the reference recipe; empty where it has none, None for the reference itself.
    """
    chance, seeds = answers[0].chance, len(answers)
    if not _same_documents(answers):
        return Accuracy(task, chance, seeds, None, None, "the seeds did not answer the same documents")
    accuracy = clustered_mean(_correct(answers))
    if reference is None:
        return Accuracy(task, chance, seeds, accuracy)
    if len(reference) != seeds or not _same_documents([*answers, *reference]):
        return Accuracy(task, chance, seeds, accuracy, None, "the reference did not answer the same documents")
    return Accuracy(task, chance, seeds, accuracy, clustered_mean(_correct(answers) - _correct(reference)))


def clustered_mean(values: ArrayLike) -> Estimate:
    """Mean ± t(J−1)·s/√J over J documents, s the deviation of the documents' means over seeds.

    Args:
        values: Shape (seeds, documents): correctness, or differences in it.

    Returns:
        An estimate whose ``n`` is J.
    """
    return t_interval(np.asarray(values, dtype=np.float64).mean(axis=0).tolist())


def _same_documents(answers: Sequence[Answers]) -> bool:
    """Whether all are known to answer the same documents in the same order."""
    return len({(one.documents, len(one.correct)) for one in answers}) == 1 and bool(answers[0].documents)


def _correct(answers: Sequence[Answers]) -> np.ndarray:
    return np.array([one.correct for one in answers], dtype=np.float64)
