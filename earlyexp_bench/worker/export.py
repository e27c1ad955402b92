"""Builds a benchmark's tasks and writes them for the stock ``lm_eval`` command."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import StageSpec, UserError, explained, system_mistake
from earlyexp_bench.contracts.stages import Measurement, TokensInput
from earlyexp_bench.evaluation import export_tasks, task_prefix
from earlyexp_bench.evaluation.stored import plain_config
from earlyexp_bench.stages.domains import build_domain, paths_as_written
from earlyexp_bench.stages.evaluate import tasks_of

Task = tuple[str, dict[str, Any]]


def answer(question: dict[str, Any]) -> list[str]:
    """Write the tasks of ``{"directory", "stages"}`` and return their names.

    A stage is ``{"stage": a tokens stage's spec, "measurements": of its domain}``.

    Raises:
        UserError: A domain or a measurement is wrong, two tasks have one name, or the directory cannot be written.
    """
    directory = question["directory"]
    try:
        return export_tasks(Path(directory), _by_name(_all_tasks(question["stages"])))
    except OSError as error:
        raise (system_mistake(error, directory) or explained(error)) from error


def _all_tasks(stages: Iterable[dict[str, Any]]) -> Iterator[Task]:
    for asked in stages:
        spec = StageSpec.model_validate(asked["stage"])
        ref = TokensInput.model_validate(spec.identity).domain
        measurements = [Measurement.model_validate(values) for values in asked["measurements"]]
        with paths_as_written(spec):
            domain = build_domain(ref, spec)
            for measurement in measurements:
                name = task_prefix(ref.id) + _suffix(measurement, measurements)
                yield from tasks_of(measurement, domain, name).items()


def _suffix(measurement: Measurement, of_domain: list[Measurement]) -> str:
    """Name the role where the domain is measured on so many documents in one role and on others in another."""
    what = measurement.evaluator, measurement.params, measurement.split
    alike = (other for other in of_domain if (other.evaluator, other.params, other.split) == what)
    limits = {other.role: other.max_documents for other in alike}
    return f"_{measurement.role}" if len(set(limits.values())) > 1 else ""


def _by_name(tasks: Iterable[Task]) -> dict[str, dict[str, Any]]:
    """Collect tasks by name; one that two roles measure in the same way is one.

    Raises:
        UserError: Two different tasks have one name.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, config in tasks:
        if name in found and plain_config(name, found[name]) != plain_config(name, config):
            raise UserError(
                f"two tasks are called {name!r}: one evaluator with two settings, or two of one naming",
                expected="one setting of max_documents and params for every role that a domain has",
            )
        found[name] = config
    return found
