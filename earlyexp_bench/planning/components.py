"""Domains and methods of a benchmark, looked up and with their parameters validated."""

import difflib
from contextlib import ContextDecorator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from earlyexp_bench.contracts import DomainDefinition, KeyPath, MethodDefinition, NoParams, TrainingStage, UserError
from earlyexp_bench.contracts.paths import shown_from
from earlyexp_bench.contracts.stages import DomainRef, Measurement, MethodUse, Role
from earlyexp_bench.hooks import registry
from earlyexp_bench.planning.authors import ANSWERS, Owner, asked, guarded, located
from earlyexp_bench.planning.parameters import Written, component_parameters, data_directory
from earlyexp_bench.spec import LoadedBenchmark, Source, Use
from earlyexp_bench.spec.models import EvaluatorUse, StageKey

SPEC_KEYS: dict[TrainingStage, StageKey] = {
    "pretrain": "pretraining",
    "posttrain": "posttraining",
    "finetune": "finetuning",
}
LOSS, ANSWER_LOSS = "builtin/loss", "builtin/answer-loss"


@dataclass(frozen=True)
class PlannedDomain:
    """A domain as a benchmark uses it; ``location`` holds the parameters that say where its data lie."""

    ref: DomainRef
    location: dict[str, Any]
    definition: DomainDefinition
    version: str
    train_bytes: int | None


@dataclass(frozen=True)
class PlannedMethod:
    """A method as a recipe uses it; its definition's functions say whose fault it is when they fail.

    Attributes:
        package: Name and version of the distribution that brings it.
    """

    use: MethodUse
    params: BaseModel
    definition: MethodDefinition[Any]
    version: str
    where: str
    package: tuple[str, str]


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
    entry = located(lambda: registry().domain(use.use), loaded.where(where))
    definition, owner = entry.definition, Owner.of(entry, loaded.where(where))
    params = component_parameters(owner, definition.params, Written(use.params, loaded.source, where))
    dumped = dict(params.dumped)
    location = {key: dumped.pop(key) for key in sorted(definition.located_by & set(dumped))}
    shown = shown_from(data_directory(loaded.source), location)
    hashes = _of_data(owner, "hash_inputs", definition.hash_inputs, params.values, shown)
    train_bytes = _of_data(owner, "measure_train_bytes", definition.measure_train_bytes, params.values, shown)
    declared = {"sha256": definition.content_hash} if definition.content_hash else {}
    ref = DomainRef(id=entry.id, params=dumped, data=declared if hashes is None else hashes)
    return PlannedDomain(ref, location, definition, entry.version, train_bytes or definition.train_bytes)


def _of_data(owner: Owner, name: str, ask: Any, params: BaseModel, shown: ContextDecorator) -> Any:  # noqa: ANN401
    """Ask a function of a domain about its data, if it has it; errors name files as the benchmark does."""
    return None if ask is None else asked(owner, name, lambda: shown(ask)(params), ANSWERS[name])


def plan_methods(loaded: LoadedBenchmark, recipe: str) -> dict[TrainingStage, list[PlannedMethod]]:
    """Look up the methods of a recipe, stage by stage, and validate their parameters.

    Raises:
        UserError: One does not exist, its plugin is broken, it cannot act there, or its parameters are wrong.
    """
    source, written = loaded.recipe_sources[recipe], loaded.spec.recipes[recipe]
    return {
        stage: [
            _plan_method(source, ("recipes", recipe, key, index), stage, use)
            for index, use in enumerate(getattr(written, key))
        ]
        for stage, key in SPEC_KEYS.items()
    }


def _plan_method(source: Source, path: KeyPath, stage: TrainingStage, use: Use) -> PlannedMethod:
    entry = located(lambda: registry().method(use.use), source.where((*path, "use")))
    definition, owner = entry.definition, Owner.of(entry, source.where(path))
    _refuse_stage(owner, definition, stage)
    params = component_parameters(owner, definition.Params, Written(use.params, source, path))
    return PlannedMethod(
        use=MethodUse(id=entry.id, params=params.dumped),
        params=params.values,
        definition=guarded(definition, owner),
        version=entry.version,
        where=owner.where,
        package=(entry.distribution, entry.distribution_version),
    )


def _refuse_stage(owner: Owner, definition: MethodDefinition[Any], stage: TrainingStage) -> None:
    stages = asked(owner, "stages", lambda: set(definition.stages))
    if stage not in stages:
        allowed = " or ".join(key for name, key in SPEC_KEYS.items() if name in stages)
        raise UserError(f"{owner.id} cannot act in {SPEC_KEYS[stage]}", where=owner.where, expected=f"it in {allowed}")


def plan_evaluators(loaded: LoadedBenchmark) -> list[PlannedEvaluator]:
    """Look up evaluators; a name that none has is taken for one of lm-eval's own tasks.

    Raises:
        UserError: One is ambiguous, listed twice, or its parameters are wrong.
    """
    planned = [_plan_evaluator(loaded, index, use) for index, use in enumerate(loaded.spec.evaluators)]
    for index, one in enumerate(planned):
        if any((one.id, one.params) == (other.id, other.params) for other in planned[:index]):
            where = loaded.where(("evaluators", index))
            raise UserError(f"{one.id} is listed twice", where=where, expected="each evaluator once")
    return planned


def check_losses(
    loaded: LoadedBenchmark, domains: dict[str, PlannedDomain], evaluators: list[PlannedEvaluator]
) -> None:
    """Refuse a benchmark that does not measure what its boards are scored on.

    Raises:
        UserError: `loss` is not listed; or a domain is trained and scored on answers alone, and `answer-loss` is not.
    """
    roles = [loaded.spec.pretraining.corpus]
    roles += [name for pipeline in loaded.spec.pipelines for name in (pipeline.target, pipeline.downstream)]
    answers = [name for name in roles if domains[name].definition.loss_on == "answer"]
    wanted = {LOSS: "boards are scored on it"}
    if answers:
        wanted[ANSWER_LOSS] = f"{answers[0]} is scored on its answers"
    for id_, reason in wanted.items():
        if all(evaluator.id != id_ for evaluator in evaluators):
            raise UserError(f"{id_} is not listed: {reason}", where=loaded.where(("evaluators",)), expected=id_)


def _plan_evaluator(loaded: LoadedBenchmark, index: int, use: EvaluatorUse) -> PlannedEvaluator:
    path: KeyPath = ("evaluators", index)
    where = loaded.where(path)
    if not registry().has("evaluator", use.use) and "/" not in use.use:
        return _by_name(loaded, path, use)
    entry = located(lambda: registry().evaluator(use.use), where)
    written = Written(use.params, loaded.source, path, beside=("max_documents",))
    params = component_parameters(Owner.of(entry, where), entry.definition.params, written)
    return PlannedEvaluator(use, entry.id, entry.version, entry.definition.splits, params.dumped)


def _by_name(loaded: LoadedBenchmark, path: KeyPath, use: EvaluatorUse) -> PlannedEvaluator:
    """Plan a task by its name; whether lm-eval knows it is asked of a worker."""
    known = [entry.id.rpartition("/")[2] for entry in registry().all("evaluator")]
    if use.params and (close := difflib.get_close_matches(use.use, known, n=1)):  # a task has no parameters
        where = loaded.where((*path, "use"))
        raise UserError(f"no evaluator {use.use!r} is installed", where=where, expected=f"{close[0]!r}?")
    written = Written(use.params, loaded.source, path, beside=("max_documents",))
    component_parameters(Owner(use.use, "lm-eval", loaded.where(path)), NoParams, written)
    if isinstance(use.max_documents, dict):
        raise UserError(
            f"{use.use} is measured once, not by role",
            where=loaded.where((*path, "max_documents")),
            expected="one number",
        )
    return PlannedEvaluator(use, use.use, None, ("test",), {})
