"""An evaluator tried once, for all checks of it: on small domains as the store keeps them, with random models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import Document, Domain, Evaluator, EvaluatorDefinition, Split
from earlyexp_bench.evaluation import load_domain, save_domain, task_prefix
from earlyexp_bench.evaluation.adapter import TaskRequest, score
from earlyexp_bench.evaluation.model import CheckpointLM
from earlyexp_bench.testing.conformance.random_model import SPREADS, random_model

MAX_DOCUMENTS = 12
Tasks = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Measurement:
    """One evaluator on one split of one domain.

    Attributes:
        where: Domain and split, for messages.
        tasks: What ``tasks`` returned.
        scores: Metrics by name, one mapping for each random model.
        error: Why lm-eval could not score the tasks; None if it could.
    """

    where: str
    tasks: Tasks
    scores: tuple[Mapping[str, float], ...] = ()
    error: Exception | None = None


@dataclass(frozen=True)
class EvaluatorData:
    """What an evaluator gives.

    Attributes:
        definition: The light half.
        measurements: One for each domain and split it measures.
    """

    definition: EvaluatorDefinition
    measurements: tuple[Measurement, ...]

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


def _stored(domains: Mapping[str, Domain], folder: Path) -> dict[str, Domain]:
    """Save and load the domains: an evaluation sees their held-out half only."""
    stored: dict[str, Domain] = {}
    for domain_id, domain in domains.items():
        place = folder / task_prefix(domain_id)
        place.mkdir(parents=True)
        save_domain(place, domain)
        stored[domain_id] = load_domain(place)
    return stored


def _measure(
    evaluator: Evaluator, domain_id: str, domain: Domain, split: Split, models: Sequence[CheckpointLM]
) -> Measurement:
    where, tasks = f"{domain_id} {split}", Tasks()
    try:
        tasks = evaluator.tasks(domain, task_prefix(domain_id), split, MAX_DOCUMENTS)
        requests = [TaskRequest(name, config, "target", split) for name, config in tasks.items()]
        found = [score(model, requests).metrics for model in models]
    except Exception as error:  # noqa: BLE001 - whatever the evaluator or lm-eval raises is the finding
        return Measurement(where, tasks, error=error)
    scores = tuple(metrics.get("target", {}).get(split, {}) for metrics in found)
    return Measurement(where, tasks, scores)


def is_arithmetic(error: Exception | None) -> bool:
    """Tell whether an error says that a number does not exist: division by zero, overflow, logarithm of zero."""
    return isinstance(error, ArithmeticError) or (isinstance(error, ValueError) and "math domain" in str(error))
