"""Tasks for the stock ``lm_eval`` command: chosen here, built and written by a worker."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from earlyexp_bench.contracts import DomainDefinition, StageSpec
from earlyexp_bench.contracts.stages import DomainRef, EvaluateInput, Measurement, TokensInput
from earlyexp_bench.hooks import Registered, registry
from earlyexp_bench.options import Options
from earlyexp_bench.planning.asking import ask_worker
from earlyexp_bench.planning.cells import build_plan
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.planning.prepare import load

Choice = Iterator[tuple[StageSpec, list[Measurement]]]


def export_benchmark(options: Options, directory: Path) -> list[str]:
    """Write every task that a benchmark measures, as it measures it.

    Returns:
        The names for ``lm_eval --tasks``, sorted.

    Raises:
        UserError: The benchmark or its data are wrong, or two tasks want one name.
    """
    return _write(_measured(build_plan(load(options))), directory)


def export_installed(directory: Path) -> list[str]:
    """Write the tasks of every installed domain that needs no parameters, by every such evaluator, on all documents."""
    return _write(_installed(), directory)


def _measured(plan: Plan) -> Choice:
    """Yield the tokens stage of each domain with what the plan's evaluations measure of it, each once."""
    measured: dict[str, dict[str, Measurement]] = defaultdict(dict)
    for node in plan.nodes:
        if node.spec.kind == "evaluate":
            for measurement in EvaluateInput.model_validate(node.spec.identity).measurements:
                if measurement.domain is not None:
                    measured[measurement.domain.digest][measurement.model_dump_json()] = measurement
    for node in plan.nodes:
        if node.spec.kind == "tokens":
            domain = TokensInput.model_validate(node.spec.identity).domain
            yield node.spec, list(measured[domain.digest].values())


def _installed() -> Choice:
    evaluators = [entry for entry in registry().all("evaluator") if _without_parameters(entry)]
    for entry in filter(_without_parameters, registry().all("domain")):
        definition: DomainDefinition = entry.definition
        ref = DomainRef(id=entry.id, data={"sha256": definition.content_hash} if definition.content_hash else {})
        spec = StageSpec(kind="tokens", identity=TokensInput(domain=ref).model_dump(mode="json"))
        measurements = [
            Measurement(evaluator=evaluator.id, domain=ref, role="target", split=split)
            for evaluator in evaluators
            for split in evaluator.definition.splits
        ]
        yield spec, measurements


def _without_parameters(entry: Registered[Any]) -> bool:
    """Tell whether a component can be used by its name alone."""
    if getattr(entry.definition, "hash_inputs", None) is not None:
        return False  # its data are named by parameters
    try:
        entry.definition.params.model_validate({})
    except ValidationError:
        return False
    return True


def _write(chosen: Choice, directory: Path) -> list[str]:
    stages = [_question(spec, measurements) for spec, measurements in chosen if measurements]
    names: list[str] = ask_worker("--export-tasks", {"directory": str(directory.resolve()), "stages": stages}, {})
    return names


def _question(spec: StageSpec, measurements: Iterable[Measurement]) -> dict[str, Any]:
    return {
        "stage": spec.model_dump(mode="json"),
        "measurements": [measurement.model_dump(mode="json") for measurement in measurements],
    }
