"""An evaluator tried once, for all checks of it: on small domains as the store keeps them, with random models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import Document, Domain, Evaluator, EvaluatorDefinition, Split
from earlyexp_bench.contracts.stages import HeldOut
from earlyexp_bench.evaluation import save_domain, task_prefix
from earlyexp_bench.evaluation.adapter import TaskRequest, score
from earlyexp_bench.evaluation.model import CheckpointLM
from earlyexp_bench.evaluation.stored import StoredDomain
from earlyexp_testing.conformance.evaluator_answers import Prompts, WatchedDomain, prompts_of
from earlyexp_testing.conformance.random_model import SPREADS, random_model

MAX_DOCUMENTS = 12
Tasks = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class EvaluatorRun:
    """One evaluator on one split of one domain.

    Attributes:
        where: Domain and split, for messages.
        tasks: What ``tasks`` returned.
        scores: Metrics by name, one mapping for each random model.
        error: Why lm-eval could not score the tasks; None if it could.
        split: What was measured.
        asked: Splits that the domain was asked for.
        prompts: What the tasks say to the model.
    """

    where: str
    tasks: Tasks
    scores: tuple[Mapping[str, float], ...] = ()
    error: Exception | None = None
    split: Split = "test"
    asked: frozenset[str] = frozenset()
    prompts: tuple[Prompts, ...] = ()


@dataclass(frozen=True)
class EvaluatorData:
    """What an evaluator gives.

    Attributes:
        definition: The light half.
        measurements: One for each domain and split it measures.
    """

    definition: EvaluatorDefinition
    measurements: tuple[EvaluatorRun, ...]

    @property
    def scores(self) -> Iterator[tuple[str, str, float]]:
        """Where, metric and value of every score."""
        for measurement in self.measurements:
            for scores in measurement.scores:
                yield from ((measurement.where, name, value) for name, value in scores.items())


def try_evaluator(
    definition: EvaluatorDefinition, evaluator: Evaluator, domains: Mapping[str, Domain], folder: Path
) -> EvaluatorData:
    """Score random models on everything an evaluator measures.

    Args:
        definition: The light half.
        evaluator: The heavy half, constructed.
        domains: By id.
        folder: Where the domains are stored, as a tokens stage stores them.
    """
    models = [random_model(_texts(domains), spread) for spread in SPREADS]
    found = [
        _measure(evaluator, domain_id, stored, split, models)
        for domain_id, stored in _stored(domains, folder).items()
        for split in definition.splits
    ]
    return EvaluatorData(definition, tuple(found))


def _texts(domains: Mapping[str, Domain]) -> list[str]:
    return [document.text for domain in domains.values() for document in _some(domain, "validation")]


def _some(domain: Domain, split: Split) -> list[Document]:
    return [document for _, document in zip(range(MAX_DOCUMENTS), domain.documents(split), strict=False)]


def _stored(domains: Mapping[str, Domain], folder: Path) -> dict[str, Path]:
    """Save the domains: an evaluation sees their held-out half only."""
    places = {domain_id: folder / task_prefix(domain_id) for domain_id in domains}
    for domain_id, place in places.items():
        place.mkdir(parents=True)
        save_domain(place, domains[domain_id])
    return places


def _measure(
    evaluator: Evaluator, domain_id: str, place: Path, split: HeldOut, models: Sequence[CheckpointLM]
) -> EvaluatorRun:
    where, tasks, domain = f"{domain_id} {split}", Tasks(), WatchedDomain(place)
    try:
        tasks = evaluator.tasks(domain, task_prefix(domain_id), split, MAX_DOCUMENTS)
        requests = [TaskRequest(name, config, "target", split) for name, config in tasks.items()]
        found = [score(model, requests).output for model in models]
        prompts = prompts_of(tasks, StoredDomain(place), split)
    except Exception as error:  # noqa: BLE001 - whatever the evaluator or lm-eval raises is the finding
        return EvaluatorRun(where, tasks, error=error, split=split, asked=domain.asked)
    scores = tuple(output.on("target", split).reported for output in found)
    return EvaluatorRun(where, tasks, scores, split=split, asked=domain.asked, prompts=prompts)


def is_arithmetic(error: Exception | None) -> bool:
    """Tell whether an error says that a number does not exist: division by zero, overflow, logarithm of zero."""
    return isinstance(error, ArithmeticError) or (isinstance(error, ValueError) and "math domain" in str(error))
