"""What is known of an installed component before it is used: what it does, takes, needs and costs."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from earlyexp_bench.contracts import (
    TRAINING_STAGES,
    ClaimDefinition,
    DomainDefinition,
    EvaluatorDefinition,
    MethodDefinition,
    PlannedStage,
    TrainingStage,
    UserError,
)
from earlyexp_bench.hooks import Registered
from earlyexp_bench.hooks.listing import own_words
from earlyexp_bench.spec import LoadedBenchmark, load_benchmark
from earlyexp_bench.spec.takes import annotation_at, fields_at, in_words

Ask = Callable[[], Any]

# The stage for which a method's cost is given: rows of this length, and so many of them a step.
NOMINAL_TOKENS, NOMINAL_CONTEXT, NOMINAL_ROWS = 1_000_000, 1_000, 100


def describe(entry: Registered[Any]) -> dict[str, Any]:
    """Return what a component says of itself, as plain data; what its author's code fails to say is told as such."""
    about = {"id": entry.id, "kind": entry.kind, "version": entry.version}
    about |= {"distribution": entry.distribution, "distribution_version": entry.distribution_version}
    return about | {name: _said(ask) for name, ask in _OF_KIND[entry.kind](entry).items()}


def _said(ask: Ask) -> Any:  # noqa: ANN401 - plain data
    try:
        return to_jsonable_python(ask(), fallback=str, inf_nan_mode="strings")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever an author's code raises is told, not raised
        return f"its author's code fails: {type(error).__name__}: {error}"


def _method(entry: Registered[MethodDefinition[Any]]) -> dict[str, Ask]:
    method = entry.definition
    return {
        "description": lambda: method.description,
        "reference": lambda: method.reference,
        "stages": lambda: [stage for stage in TRAINING_STAGES if stage in method.stages],
        "needs": lambda: _by_stage(method, method.needs),
        "cost": lambda: _by_stage(method, lambda params, stage: method.cost(params, _nominal_stage(stage))),
        "learning_rate_factor": lambda: _by_default(method.Params, method.lr_scale),
        "outputs": lambda: _by_default(method.Params, method.outputs),
        "parameters": lambda: parameters(method.Params),
        "implementation": lambda: method.implementation,
    }


def _by_stage(method: MethodDefinition[Any], ask: Callable[[Any, TrainingStage], Any]) -> Any:  # noqa: ANN401
    """Ask for each stage that the method may act in, in the order of the pipeline."""
    stages = [stage for stage in TRAINING_STAGES if stage in method.stages]
    return _by_default(method.Params, lambda params: {stage: ask(params, stage) for stage in stages})


def _nominal_stage(stage: TrainingStage) -> PlannedStage:
    """Return a stage of a round size, to ask what a method would cost there."""
    batch = NOMINAL_ROWS * NOMINAL_CONTEXT
    return PlannedStage(stage, NOMINAL_TOKENS, NOMINAL_CONTEXT, batch, steps=NOMINAL_TOKENS // batch)


def _by_default(model: type[BaseModel], ask: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - whatever is asked for
    """Ask with every parameter at its default; where some have none, say that it depends on them."""
    required = [name for name, field in fields_at(model, ()).items() if field.is_required()]
    return f"depends on {', '.join(required)}" if required else ask(model())


def _domain(entry: Registered[DomainDefinition]) -> dict[str, Ask]:
    domain = entry.definition
    return {
        "description": lambda: domain.description,
        "licence": lambda: domain.licence,
        "trained_and_scored_on": lambda: domain.loss_on,
        "train_bytes": lambda: domain.train_bytes,
        "content_hash": lambda: domain.content_hash,
        "tasks": lambda: domain.tasks,
        "parameters": lambda: parameters(domain.params),
        "implementation": lambda: domain.implementation,
    }


def _evaluator(entry: Registered[EvaluatorDefinition]) -> dict[str, Ask]:
    evaluator = entry.definition
    return {
        "description": lambda: evaluator.description,
        "better": lambda: "higher" if evaluator.higher_is_better else "lower",
        "range": lambda: evaluator.range,
        "splits": lambda: evaluator.splits,
        "parameters": lambda: parameters(evaluator.params),
        "implementation": lambda: evaluator.implementation,
    }


def _claim(entry: Registered[ClaimDefinition[Any]]) -> dict[str, Ask]:
    claim = entry.definition
    return {
        "description": lambda: claim.statement,
        "reference": lambda: claim.reference,
        "parameters": lambda: parameters(claim.Params),
        "implementation": lambda: claim.implementation,
    }


def _executor(entry: Registered[Callable[..., Any]]) -> dict[str, Ask]:
    return {"description": lambda: (inspect.getdoc(entry.definition) or "").partition("\n\n")[0]}


def _benchmark(entry: Registered[Path]) -> dict[str, Ask]:
    said: dict[str, Any] = {**own_words(entry.definition), "file": str(entry.definition)}
    try:
        loaded = load_benchmark(entry.id)
        said |= _protocol(loaded)
        if unknown := loaded.unknown_claims:
            said["claims_not_installed"] = unknown
    except UserError as error:
        said["broken"] = str(error)
    return {name: functools.partial(said.__getitem__, name) for name in said}


def _protocol(loaded: LoadedBenchmark) -> dict[str, Any]:
    spec = loaded.spec
    return {
        "protocol": loaded.protocol,
        "model": spec.model.get("model_type") or spec.model.get("init_from"),
        "context": spec.context,
        "corpus": spec.pretraining.corpus,
        "pipelines": [pipeline.name for pipeline in spec.pipelines],
        "track": spec.track,
        "seeds": spec.seeds,
        "recipes": list(spec.recipes),
        "reference": spec.scoring.reference,
        "primary": spec.scoring.primary,
        "evaluators": [evaluator.use for evaluator in spec.evaluators],
        "claims": [claim.claim for claim in spec.claims],
    }


_OF_KIND: dict[str, Callable[[Registered[Any]], dict[str, Ask]]] = {
    "method": _method,
    "domain": _domain,
    "evaluator": _evaluator,
    "executor": _executor,
    "benchmark": _benchmark,
    "claim": _claim,
}


def parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return a row for each parameter: name, what it takes, its default or that it is required, its description."""
    return [
        {
            "name": name,
            "takes": in_words(annotation_at(model, (name,))) or _type_name(field.annotation),
            "required": field.is_required(),
            "default": None if field.is_required() else field.get_default(call_default_factory=True),
            "description": field.description or "",
        }
        for name, field in fields_at(model, ()).items()
    ]


def _type_name(annotation: Any) -> str:  # noqa: ANN401 - annotations
    return str(getattr(annotation, "__name__", annotation))
