"""A key holds every parameter, defaults filled in: a default that moves under an unchanged version is another key."""

from typing import Any

import pytest
from pydantic import BaseModel, create_model

from earlyexp_bench.contracts import DomainDefinition, EvaluatorDefinition, MethodDefinition, stages
from earlyexp_bench.hooks import registry
from earlyexp_bench.hooks.registry import Registered

INPUTS = {
    "tokenizer": stages.TokenizerInput,
    "tokens": stages.TokensInput,
    "contamination": stages.ContaminationInput,
    "pretrain": stages.PretrainInput,
    "posttrain": stages.PosttrainInput,
    "finetune": stages.FinetuneInput,
    "evaluate": stages.EvaluateInput,
}
USES = {
    "method": {"recipes/early/posttraining": [{"use": "test/it"}]},
    "evaluator": {"evaluators": ["loss", "answer-loss", {"use": "test/it"}]},
    "domain": {"domains": {"own": {"use": "test/it"}}, "pipelines/0/target": "own"},
}


def definition(kind: str, params: type[BaseModel]) -> Any:
    if kind == "method":
        made = type("It", (MethodDefinition,), {"Params": params})()
        made.name, made.version, made.implementation = "it", "1", "never:loaded"
        return made
    common = {"name": "it", "version": "1", "implementation": "never:loaded", "description": "", "params": params}
    if kind == "domain":
        return DomainDefinition(licence="", **common)
    return EvaluatorDefinition(higher_is_better=True, range=(None, None), **common)


@pytest.fixture
def plan_with(planned: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Plan `smoke` with a component of a kind whose parameter has this default, written out or not."""

    def plan(kind: Any, default: float, written: float | None = None) -> Any:
        params = create_model("Params", strength=(float, default))
        entry = Registered("test/it", kind, "1", definition(kind, params), "earlyexp-test", "1.2")
        monkeypatch.setitem(registry().components[kind], "test/it", entry)
        changes = USES[kind]
        if written is not None:
            changes = {path: _written(value, written) for path, value in changes.items()}
        return planned(changes)

    return plan


def _written(value: Any, strength: float) -> Any:
    if isinstance(value, dict):
        value = {name: _written(inner, strength) for name, inner in value.items()}
        return value | {"strength": strength} if "use" in value else value
    return [_written(inner, strength) for inner in value] if isinstance(value, list) else value


def keys(plan: Any) -> set[str]:
    return {node.key for node in plan.nodes}


@pytest.mark.parametrize("kind", USES)
def test_a_default_that_moves_under_an_unchanged_version_gives_other_keys_and_another_protocol(
    plan_with: Any, kind: str
) -> None:
    before, moved = plan_with(kind, 0.25), plan_with(kind, 0.5)
    assert keys(before) != keys(moved)
    assert before.loaded.protocol != moved.loaded.protocol


@pytest.mark.parametrize("kind", USES)
def test_a_default_that_is_written_out_says_nothing_new(plan_with: Any, kind: str) -> None:
    left_out, written = plan_with(kind, 0.25), plan_with(kind, 0.25, written=0.25)
    assert keys(left_out) == keys(written)
    assert left_out.loaded.protocol == written.loaded.protocol


def test_every_field_of_every_stage_is_in_its_key(planned: Any) -> None:
    recipes = {"posttraining": ["lora"], "finetuning": ["replay", "dropout"], "exposure": {"fraction": 1}}
    for node in planned({"recipes/early": recipes}).nodes:
        assert node.spec.identity == INPUTS[node.spec.kind].model_validate(node.spec.identity).model_dump(mode="json")
        for use in node.spec.identity.get("methods", ()):
            assert use["params"].keys() == registry().method(use["id"]).definition.Params.model_fields.keys()


@pytest.mark.parametrize("exposure", [{}, {"fraction": 0}, {"fraction": 0, "placement": "late", "repeats": 2}])
def test_no_exposure_is_none_however_it_is_written(planned: Any, exposure: dict[str, Any]) -> None:
    changes = {"recipes/baseline": {"exposure": exposure} if exposure else {}}
    assert keys(planned(changes)) == keys(planned())


@pytest.mark.parametrize(
    "change", [{"track": "added"}, {"recipes/early/skip_posttraining": False}, {"notes": {"a": "b"}}]
)
def test_a_benchmark_that_writes_its_defaults_out_is_the_same_protocol(planned: Any, change: dict[str, Any]) -> None:
    assert planned(change).loaded.protocol == planned().loaded.protocol
