"""What the host checks of a component's parameters and of its author's code, before anything runs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel, field_validator, model_validator
from typing_extensions import TypedDict

from earlyexp_bench.contracts import (
    Cost,
    DomainDefinition,
    EvaluatorDefinition,
    MethodDefinition,
    Needs,
    NoParams,
    UserError,
)
from earlyexp_bench.hooks import Registered, registry
from earlyexp_bench.planning import build_plan

Register = Callable[..., None]


class Inner(BaseModel):
    model_config = ConfigDict(extra="allow")

    rate: float = 1.0


class Linear(BaseModel):
    kind: Literal["linear"]
    slope: float = 1.0


class Flat(BaseModel):
    kind: Literal["flat"]


class Pair(TypedDict, total=False):
    left: int
    right: int


class Params(BaseModel):
    model_config = ConfigDict(extra="ignore")

    strength: float = 1.0
    inner: Inner = Inner()
    many: list[Inner] = []
    named: dict[str, Inner] = {}
    ramp: Annotated[Linear | Flat, Field(discriminator="kind")] | None = None
    pairs: tuple[Pair, ...] = ()
    free: dict[str, Any] = {}
    weight: float = Field(default=1.0, validation_alias=AliasChoices("lambda", "weight_of_it"))


class Renamed(BaseModel):
    strength: float = 1.0

    @model_validator(mode="before")
    @classmethod
    def _older_name(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {{"power": "strength"}.get(key, key): value for key, value in values.items()}


class Any_(RootModel[dict[str, float]]):
    pass


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    def add(kind: Any, definition: Any) -> None:
        entry = Registered("test/it", kind, "1", definition, "earlyexp-test", "1.2")
        monkeypatch.setitem(registry().components[kind], "test/it", entry)

    return add


def method(params: type[BaseModel] = NoParams, **functions: Any) -> MethodDefinition[Any]:
    made = type("It", (MethodDefinition,), {"Params": params, **functions})()
    made.name, made.version, made.implementation = "it", "1", "never:loaded"
    return made


def used(planned: Any, **params: Any) -> Any:
    """Plan a recipe that uses the method, and return the method as planned."""
    plan = planned({"recipes/early/posttraining": [{"use": "test/it", **params}]})
    return plan.methods["early"]["posttrain"][0]


WRITTEN = [
    ({"strenght": 5}, "strenght", "'strength'?"),
    ({"inner": {"rat": 1}}, r"inner\.rat", "'rate'?"),
    ({"many": [{"rate": 1}, {"rats": 1}]}, r"many\.1\.rats", "'rate'?"),
    ({"named": {"a": {"rte": 1}}}, r"named\.a\.rte", "'rate'?"),
    ({"ramp": {"kind": "linear", "slop": 1}}, r"ramp\.slop", "'slope'?"),
    ({"ramp": {"kind": "flat", "slope": 1}}, r"ramp\.slope", ""),
    ({"lamda": 1}, "lamda", "'lambda'?"),
    ({"pairs": [{"left": 1}, {"rigth": 1}]}, r"pairs\.1\.rigth", ""),
]


@pytest.mark.parametrize("extra", ["allow", "ignore", "forbid"])
@pytest.mark.parametrize(("written", "key", "expected"), WRITTEN)
def test_an_unknown_key_is_refused_whatever_the_author_configured(
    planned: Any, register: Register, extra: Any, written: dict[str, Any], key: str, expected: str
) -> None:
    register("method", method(type("Own", (Params,), {"model_config": ConfigDict(extra=extra)})))
    with pytest.raises(UserError, match=rf"changed.yaml:\d+: recipes\.early\.posttraining\.0\.{key}: unk") as caught:
        used(planned, **written)
    assert expected in caught.value.expected


def test_keys_that_some_field_takes_reach_the_key_by_the_fields_names(planned: Any, register: Register) -> None:
    register("method", method(Params))
    written = {"lambda": 3, "free": {"anything": 1}, "ramp": {"kind": "linear", "slope": 2}}
    assert used(planned, **written).use.params == {
        "weight": 3.0,
        "free": {"anything": 1},
        "ramp": {"kind": "linear", "slope": 2.0},
        "strength": 1.0,
        "inner": {"rate": 1.0},
        "many": [],
        "named": {},
        "pairs": [],
    }
    register("method", method(Any_))
    assert used(planned, whatever=2).use.params == {"whatever": 2.0}


def test_a_method_that_draws_by_batch_keeps_ranks_and_micro_batch_in_the_key_of_its_stage(
    planned: Any, register: Register
) -> None:
    register("method", method(draws_per_batch=True))

    def keys(size: int | None, processes: int) -> dict[str, set[str]]:
        cut = {"numerics": {"device": "cuda", "micro_batch": size}}
        plan = planned(cut | {"recipes/early/posttraining": ["test/it"]})
        plan = build_plan(replace(plan.loaded, processes=processes))
        of = {cell.recipe: cell.stages for cell in plan.cells}
        return {stage: {of[recipe][stage].key for recipe in of} for stage in ("pretrain", "posttrain")}

    whole = keys(None, 1)
    for other in (keys(4, 1), keys(None, 2)):
        assert other["pretrain"] == whole["pretrain"]
        assert len(other["posttrain"] & whole["posttrain"]) == 1  # the baseline's


def test_keys_that_an_author_renames_before_validation_are_the_authors(planned: Any, register: Register) -> None:
    register("method", method(Renamed))
    assert used(planned, power=2).use.params == {"strength": 2.0}
    with pytest.raises(UserError, match="powr: unknown key"):
        used(planned, powr=2)


def test_domains_and_evaluators_are_asked_alike(planned: Any, register: Register) -> None:
    common = {"name": "it", "version": "1", "implementation": "never:loaded", "description": "", "params": Params}
    register("domain", DomainDefinition(licence="", **common))
    with pytest.raises(UserError, match=r"domains\.own\.strenght: unknown key"):
        planned({"domains": {"own": {"use": "test/it", "strenght": 1}}, "pipelines/0/target": "own"})
    register("evaluator", EvaluatorDefinition(higher_is_better=True, range=(None, None), **common))
    entries = ["loss", "answer-loss", {"use": "test/it", "strenght": 1}]
    with pytest.raises(UserError, match=r"evaluators\.2\.strenght: unknown key") as caught:
        planned({"evaluators": entries})
    assert caught.value.expected == "'strength'?"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_refused_with_its_place(planned: Any, register: Register, value: Any) -> None:
    register("method", method(Params))
    with pytest.raises(UserError, match=r"posttraining\.0\.strength: is no finite number"):
        used(planned, strength=value)


class Broken(BaseModel):
    strength: float = 1.0

    @field_validator("strength")
    @classmethod
    def _known(cls, value: float) -> float:
        return {1.0: 1.0}[value]


class Forgetful(BaseModel):
    strength: float = Field(default=1.0, exclude=True)


def fails(*_: Any) -> Any:
    raise ZeroDivisionError("on purpose")


FAULTS: list[tuple[Any, dict[str, Any], str]] = [
    (method(Broken), {"strength": 2}, "its `Params` failed with KeyError: 2.0"),
    (method(Forgetful), {"strength": 2}, "its Params do not say the same after they were written as JSON"),
    *((method(**{name: fails}), {}, f"its `{name}` failed with ZeroDivisionError: on purpose")
      for name in ("needs", "cost", "outputs", "incompatible", "lr_scale")),
    (method(stages=None), {}, "its `stages` failed with TypeError"),
    (method(needs=lambda *_: None), {}, "its `needs` returned None, not Needs"),
    (method(needs=lambda *_: Needs(tokens=frozenset({"downstream"}))), {}, "its `needs` returned Needs"),
    (method(cost=lambda *_: {"general": 1}), {}, "its `cost` returned"),
    (method(cost=lambda *_: Cost(update_tokens={"general": -1})), {}, "its `cost` returned Cost"),
    (method(outputs=lambda *_: "final"), {}, "its `outputs` returned 'final', not a tuple"),
    (method(outputs=lambda *_: ("../up",)), {}, "its `outputs` returned"),
    (method(lr_scale=lambda *_: float("nan")), {}, "its `lr_scale` returned nan, not a finite number"),
    (method(incompatible=lambda *_: True), {}, "its `incompatible` returned True, not text or None"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "params", "said"), FAULTS, ids=[case[2] for case in FAULTS])
def test_an_authors_fault_is_said_to_be_the_plugins(
    planned: Any, register: Register, definition: Any, params: dict[str, Any], said: str
) -> None:
    register("method", definition)
    with pytest.raises(UserError, match=r"changed.yaml:\d+: recipes\.early\.posttraining\.0: test/it: ") as caught:
        used(planned, **params)
    assert said in caught.value.message
    assert "earlyexp-test 1.2" in caught.value.expected


@pytest.mark.parametrize("function", ["hash_inputs", "measure_train_bytes"])
def test_a_domains_functions_are_asked_alike(planned: Any, register: Register, function: str) -> None:
    made = DomainDefinition(
        name="it", version="1", implementation="never:loaded", description="", licence="", **{function: fails}
    )
    register("domain", made)
    with pytest.raises(UserError, match=rf"test/it: its `{function}` failed with ZeroDivisionError"):
        planned({"pipelines/0/target": "test/it"})


@pytest.mark.parametrize(("stage", "key"), [("pretrain", "pretraining"), ("finetune", "finetuning")])
def test_a_method_is_refused_where_it_cannot_act(planned: Any, register: Register, stage: Any, key: str) -> None:
    register("method", method(stages=frozenset({"pretrain", "posttrain", "finetune"} - {stage})))
    with pytest.raises(UserError, match=rf"recipes\.early\.{key}\.0: test/it cannot act in {key}") as caught:
        planned({f"recipes/early/{key}": ["test/it"]})
    assert "posttraining" in caught.value.expected and key not in caught.value.expected


def test_stage_1_has_no_text_that_its_recipe_does_not_bring(planned: Any, register: Register) -> None:
    register("method", method(needs=lambda *_: Needs(tokens=frozenset({"target"}))))
    assert planned({"recipes/early/pretraining": ["test/it"]})
    with pytest.raises(UserError, match=r"recipes\.baseline\.pretraining\.0: test/it reads target text"):
        planned({"recipes/baseline/pretraining": ["test/it"]})


def test_one_method_of_a_stage_yields_checkpoints(planned: Any, register: Register) -> None:
    register("method", method(outputs=lambda *_: ("half", "whole")))
    with pytest.raises(UserError, match=r"posttraining\.1: test/it and test/it both yield checkpoints"):
        planned({"recipes/early/posttraining": ["test/it", "test/it"]})
