"""Domains and methods of a benchmark, looked up and with their parameters validated."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from earlyexp_bench.contracts import DomainDefinition, MethodDefinition, NoParams, UserError
from earlyexp_bench.contracts.inputs import DomainRef, Measurement, MethodUse
from earlyexp_bench.hooks import Registered, registry
from earlyexp_bench.spec import KeyPath, LoadedBenchmark, Source, Use
from earlyexp_bench.spec.messages import user_error
from earlyexp_bench.spec.models import EvaluatorUse, Role


@dataclass(frozen=True)
class PlannedDomain:
    """A domain as a benchmark uses it; ``location`` holds the parameters that say where its data lie."""

    name: str
    ref: DomainRef
    location: dict[str, Any]
    definition: DomainDefinition
    version: str
    train_bytes: int | None


@dataclass(frozen=True)
class PlannedMethod:
    """A method as a recipe uses it."""

    use: MethodUse
    params: BaseModel
    definition: MethodDefinition[Any]
    version: str


@dataclass(frozen=True)
class PlannedEvaluator:
    """An evaluator as a benchmark uses it; ``version`` is None for one of lm-eval's own tasks."""

    entry: EvaluatorUse
    id: str
    version: str | None
    splits: tuple[str, ...]
    params: dict[str, Any]

    def measurements(self, role: Role, domain: DomainRef) -> list[Measurement]:
        """Return this evaluator's measurements of one domain."""
        common = {"evaluator": self.id, "params": self.params, "max_documents": self.entry.limit(role)}
        return [
            Measurement.model_validate({**common, "role": role, "domain": domain, "split": split})
            for split in self.splits
        ]


def plan_domain(loaded: LoadedBenchmark, name: str, path: KeyPath) -> PlannedDomain:
    """Look up a domain by name, first among those that the benchmark makes itself.

    Raises:
        UserError: It does not exist, its plugin is broken, or its parameters or data are wrong.
    """
    own = loaded.spec.domains.get(name)
    use = own or Use(use=name)
    where: KeyPath = ("domains", name) if own else path
    entry: Registered[DomainDefinition] = _located(lambda: registry().domain(use.use), loaded.where(where))
    definition = entry.definition
    params = _params(definition.params, use.params, loaded.source, where)
    with _data_directory(loaded.source):
        data = _located(lambda: _identity(definition, params), loaded.where(where))
        train_bytes = definition.measure_train_bytes(params) if definition.measure_train_bytes else None
    dumped = params.model_dump(mode="json", exclude_defaults=True)
    location = {key: dumped.pop(key) for key in sorted(definition.located_by & set(dumped))}
    ref = DomainRef(id=entry.id, params=dumped, data=data)
    return PlannedDomain(name, ref, location, definition, entry.version, train_bytes or definition.train_bytes)


def plan_methods(loaded: LoadedBenchmark, recipe: str, stage_key: str, uses: list[Use]) -> list[PlannedMethod]:
    """Look up the methods of one stage of a recipe and validate their parameters."""
    source = loaded.recipe_sources[recipe]
    result = []
    for index, use in enumerate(uses):
        path: KeyPath = ("recipes", recipe, stage_key, index)
        entry = _located(lambda use=use: registry().method(use.use), source.where((*path, "use")))
        definition: MethodDefinition[Any] = entry.definition
        params = _params(definition.Params, use.params, source, path)
        dumped = params.model_dump(mode="json", exclude_defaults=True)
        result.append(PlannedMethod(MethodUse(id=entry.id, params=dumped), params, definition, entry.version))
    return result


def plan_evaluators(loaded: LoadedBenchmark) -> list[PlannedEvaluator]:
    """Look up evaluators; a name that none has is taken for one of lm-eval's own tasks."""
    result = []
    for index, use in enumerate(loaded.spec.evaluators):
        if not registry().has("evaluator", use.use):
            if "/" in use.use:
                _located(lambda use=use: registry().evaluator(use.use), loaded.where(("evaluators", index)))
            _params(NoParams, use.params, loaded.source, ("evaluators", index), beside=("max_documents",))
            result.append(PlannedEvaluator(use, use.use, None, ("test",), {}))
            continue
        entry = registry().evaluator(use.use)
        path: KeyPath = ("evaluators", index)
        params = _params(entry.definition.params, use.params, loaded.source, path, beside=("max_documents",))
        dumped = params.model_dump(mode="json", exclude_defaults=True)
        result.append(PlannedEvaluator(use, entry.id, entry.version, entry.definition.splits, dumped))
    return result


def _identity(definition: DomainDefinition, params: BaseModel) -> dict[str, str]:
    if definition.hash_inputs is not None:
        return definition.hash_inputs(params)
    return {"sha256": definition.content_hash} if definition.content_hash else {}


def _params(
    model: type[BaseModel], values: dict[str, Any], source: Source, path: KeyPath, beside: Sequence[str] = ()
) -> BaseModel:
    """Validate a component's parameters; ``beside`` are keys that the entry knows besides them."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        data: Any = values
        for part in reversed(path):
            data = {part: data}
        raise user_error(error, model, replace(source, data=data), path, beside) from error


def _located(call: Any, where: str) -> Any:  # noqa: ANN401 - returns what the call returns
    """Add where it was written to a `UserError` that does not know."""
    try:
        return call()
    except UserError as error:
        if error.where:
            raise
        raise UserError(error.message, where=where, expected=error.expected) from error


def _data_directory(source: Source) -> contextlib.AbstractContextManager[None]:
    """Paths in a benchmark are relative to its file."""
    return contextlib.chdir(data_directory(source))


def data_directory(source: Source) -> Path:
    """Return the directory that paths in a benchmark are relative to."""
    parent = Path(source.name).resolve().parent
    return parent if parent.is_dir() else Path.cwd()
