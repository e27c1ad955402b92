"""Every field a benchmark can say is of one kind: identity, numerics or neither; and behaves as its kind says."""

import types
import typing
from typing import Any

import pytest
from pydantic import BaseModel

from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.planning.prepare import load
from earlyexp_bench.spec import Benchmark, Use
from earlyexp_bench.spec.models import ClaimUse

# Field to a value that differs from smoke's.
IDENTITY = {
    "model": {"model_type": "llama", "hidden_size": 64},
    "context": 32,
    "tokenizer.vocab_size": 600,
    "tokenizer.train_on": ["procedural-general"],
    "tokenizer.bytes_per_domain": 1000,
    "tokenizer.sha256": "0" * 64,
    "pretraining.corpus": "procedural-target",
    "pretraining.tokens": 90_000,
    "pretraining.learning_rate": 1e-3,
    "pretraining.batch_tokens": 512,
    "pretraining.min_learning_rate": 1e-5,
    "pretraining.schedule": "warmup-stable-decay",
    "pretraining.decay_fraction": 0.3,
    "pretraining.warmup_fraction": 0.1,
    "pretraining.warmup_steps": 7,
    "pretraining.weight_decay": 0.2,
    "pipelines.target": "procedural-general",
    "pipelines.downstream": "procedural-general",
    "target_tokens": 9_000,
    "posttraining.until": "one-pass",
    "posttraining.max_tokens": 50_000,
    "posttraining.eval_every": 1.0,
    "posttraining.patience": 5,
    "posttraining.min_delta": 0.01,
    "posttraining.eval_documents": 10,
    "posttraining.keep": "last",
    "posttraining.batch_tokens": 512,
    "posttraining.min_learning_rate": 1e-5,
    "posttraining.schedule": "warmup-stable-decay",
    "posttraining.decay_fraction": 0.3,
    "posttraining.warmup_fraction": 0.1,
    "posttraining.warmup_steps": 7,
    "posttraining.weight_decay": 0.2,
    "posttraining.sweep": {"learning_rate": [1e-3]},
    "finetuning.tokens": 10_000,
    "finetuning.repeats": 2,
    "finetuning.batch_tokens": 512,
    "finetuning.min_learning_rate": 1e-5,
    "finetuning.schedule": "warmup-stable-decay",
    "finetuning.decay_fraction": 0.3,
    "finetuning.warmup_fraction": 0.1,
    "finetuning.warmup_steps": 7,
    "finetuning.weight_decay": 0.2,
    "finetuning.sweep": {"learning_rate": [1e-3]},
    "evaluators.use": "builtin/loss",  # an id and its short name are one evaluator
    "evaluators.max_documents": 50,
    "seeds": [1],
    "track": "matched",
    "recipes.exposure.fraction": 0.5,
    "recipes.exposure.mode": "replace",
    "recipes.exposure.placement": "late",
    "recipes.exposure.repeats": 2,
    "recipes.exposure.source": "general",
    "recipes.skip_posttraining": True,
    "recipes.draw": 1,
    "recipes.rates_scale": 0.5,
    "pipelines.target_tokens": 9_000,
    "recipes.pretraining": [{"use": "dropout"}],
    "recipes.posttraining": [{"use": "replay"}],
    "recipes.finetuning": [{"use": "dropout"}],
}
SAME_IN_OTHER_WORDS = {"evaluators.use"}
NUMERICS = {
    "numerics.device": "cuda",
    "numerics.precision": "bf16",
    "numerics.instruction_set": "portable",
    "numerics.cpu_threads": 2,
    "numerics.micro_batch": 4,
    "numerics.eval_batch_tokens": 100,
    "numerics.attention": "eager",
    "numerics.optimizer_implementation": "for-loop",
    "numerics.compile": True,
    "numerics.draws": "by-batch",
}
NEITHER = {
    "id": "other",
    "version": 2,
    "description": "other words",
    "notes": {"a": "b"},
    "domains": {"unused": {"use": "files"}},
    "recipes.description": "other words",
    "scoring.reference": "early",
    "scoring.primary": "baseline",
    "scoring.metric_version": 3,  # there is one, smoke's
    "scoring.control": "longer",
    "pipelines.levels": [3.0, 2.0, 1.0],
    "scoring.family": 9,
    "scoring.contamination_threshold": 0.5,
    "claims": [{"claim": "R4", "reference": "baseline", "exposed": "early"}],
    "budget": {"finetuning": 1_000_000},
}
PLACES = {"pipelines": "pipelines/0", "evaluators": "evaluators/0", "recipes": "recipes/early"}


def fields(model: type[BaseModel], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, field in model.model_fields.items():
        inner = [m for m in models_in(field.annotation) if m not in (Use, ClaimUse)]
        inner = inner if len(inner) == 1 else []  # alternatives are one field
        found += [f for m in inner for f in fields(m, f"{prefix}{name}.")] if inner else [f"{prefix}{name}"]
    return found


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, list, dict, typing.Annotated):
        return [m for argument in typing.get_args(annotation) for m in models_in(argument)]
    return []


def test_every_field_is_of_exactly_one_kind() -> None:
    classified = [*IDENTITY, *NUMERICS, *NEITHER]
    assert sorted(fields(Benchmark)) == sorted(classified)


def path_of(field: str) -> str:
    head, _, rest = field.partition(".")
    return f"{PLACES.get(head, head)}/{rest}".replace(".", "/").rstrip("/")


def keys(plan: Plan) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in plan.nodes:
        found.setdefault(node.spec.kind, set()).add(node.key)
    return found


@pytest.mark.parametrize("field", sorted(set(IDENTITY) - SAME_IN_OTHER_WORDS))
def test_identity_changes_some_key(planned: Any, field: str) -> None:
    goes_with = {"posttraining/until": "one-pass"} if field == "track" else {}
    assert keys(planned({path_of(field): IDENTITY[field]} | goes_with)) != keys(planned(goes_with))


@pytest.mark.parametrize("field", sorted(NUMERICS))
def test_numerics_change_the_key_of_every_stage_that_makes_tensors(planned: Any, field: str) -> None:
    native = {"numerics/instruction_set": "native"}  # which goes with whatever else there is
    before, after = keys(planned(native)), keys(planned(native | {path_of(field): NUMERICS[field]}))
    for kind in ("tokenizer", "tokens"):
        assert before[kind] == after[kind]
    for kind in ("pretrain", "posttrain", "finetune", "evaluate"):
        assert not before[kind] & after[kind]


@pytest.mark.parametrize("field", sorted([*NEITHER, *SAME_IN_OTHER_WORDS]))
def test_what_is_neither_changes_no_key(planned: Any, field: str) -> None:
    value = {**NEITHER, **IDENTITY}[field]
    goes_with = {"recipes/longer": {"exposure": {"fraction": 0}}} if field == "scoring.control" else {}
    assert keys(planned({path_of(field): value} | goes_with)) == keys(planned(goes_with))


def test_how_the_batches_of_a_gpu_are_cut_is_in_no_key(planned: Any) -> None:
    whole, cut = ({"numerics": {"device": "cuda", "micro_batch": size}} for size in (None, 4))
    assert keys(planned(whole)) == keys(planned(cut))


def test_how_many_ranks_train_a_stage_is_told_to_its_worker_and_in_no_key() -> None:
    alone, together = (build_plan(load(Options("smoke", processes=processes))) for processes in (1, 2))
    assert keys(alone) == keys(together)
    ranks = {node.spec.kind: node.spec.processes for node in together.nodes}
    assert {kind for kind, processes in ranks.items() if processes == 2} == {"pretrain", "posttrain", "finetune"}
