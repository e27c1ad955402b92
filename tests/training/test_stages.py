"""The three training stages on a store: what they write and what they say."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from outputs import output_of
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from earlyexp_bench.contracts import Diverged, ParentRef, Record, StageSpec, StoreError, UserError
from earlyexp_bench.hooks import Registered, load_object, registry
from earlyexp_bench.stages import _training, finetune, posttrain, pretrain
from earlyexp_bench.stages.context import StageContext
from earlyexp_bench.store import Store
from earlyexp_bench.training import Method, Observer, document_windows, load_split, save_tokens, validation_loss

KINDS = {"pretrain": pretrain, "posttrain": posttrain, "finetune": finetune}
RULE = {"learning_rate": 1e-2, "batch_tokens": 64}
MODEL = {
    "model_type": "llama",
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


@dataclass
class House:
    """A store with a tokenizer and three domains; runs stages and keeps them."""

    store: Store
    refs: dict[str, ParentRef]
    told: list = field(default_factory=list)
    observer: Observer | None = None

    def run(self, kind, identity, parents, seed=0, **runtime):
        spec = StageSpec(
            kind=kind,
            identity=identity,
            numerics={"device": "cpu"},
            parents={role: self.refs.get(ref, ref) for role, ref in parents.items()},
            seed=seed,
            runtime=runtime,
        )
        work = self.store.open_stage(spec)
        result = KINDS[kind].run(StageContext(work, spec, self.store, self.told.append, self.observer))
        outputs, found = result.outputs, result.output
        record = Record(key=spec.key, payload=spec.payload(), status="done", output=found, outputs=outputs)
        self.store.commit(work, record)
        return result, ParentRef(kind=kind, key=spec.key, output=outputs[0])

    def directory(self, ref):
        return self.store.directory(ref.kind, ref.key) / ref.output

    def weights(self, ref):
        return load_file(self.directory(ref) / "model.safetensors")

    def pretrain(self, exposure=None, **options):
        identity = {"model": MODEL, "context": 16, "tokens": 960, "optimization": RULE, **options}
        parents = {"tokenizer": "tokenizer", "general": "general"}
        if exposure:
            identity["exposure"] = {"target_tokens": 320, **exposure}
            parents["target"] = "target"
        return self.run("pretrain", identity, parents)

    def posttrain(self, model, general=False, **options):
        identity = {"context": 16, "target_tokens": 320, "optimization": RULE, **options}
        parents = {"model": model, "target": "target"}
        if general:
            identity["general_tokens"], parents["general"] = 960, "general"
        return self.run("posttrain", identity, parents)

    def finetune(self, model, general=False, kept=None, **options):
        identity = {"context": 16, "tokens": 500, "optimization": RULE, **options}
        parents = {"model": model, "downstream": "downstream"}
        parents |= {f"sidecar of {name}": stage for name, stage in (kept or {}).items()}
        if general:
            identity["general_tokens"], parents["general"] = 960, "general"
        return self.run("finetune", identity, parents)


@pytest.fixture
def house(tmp_path, make_split, tokenizer_directory):
    store, refs = Store(tmp_path), {}
    for number, name in enumerate(["tokenizer", "general", "target", "downstream"]):
        kind = "tokenizer" if name == "tokenizer" else "tokens"
        spec = StageSpec(kind=kind, identity={"name": name})
        work = store.open_stage(spec)
        (work / "final").mkdir()
        if kind == "tokenizer":
            for path in tokenizer_directory.iterdir():
                (work / "final" / path.name).write_bytes(path.read_bytes())
        else:
            splits = {"train": make_split(80, seed=number), "validation": make_split(10, seed=10 + number)}
            save_tokens(work, splits)
        store.commit(work, Record(key=spec.key, payload=spec.payload(), status="done", output=output_of(kind)))
        refs[name] = ParentRef(kind=kind, key=spec.key)
    return House(store, refs)


def test_three_stages_end_in_a_checkpoint_that_anyone_can_open(house):
    pre, first = house.pretrain(exposure={"fraction": 0.5})
    post, second = house.posttrain(first, convergence={"max_tokens": 1280, "patience": 2})
    fine, third = house.finetune(second)
    assert pre.tokens == {"general": 960, "target": 160}
    assert pre.output.steps == math.ceil((960 + 160) / 64)
    assert pre.output.stopped_at_tokens == pre.output.planned_tokens == 1120
    assert post.tokens["target"] == post.output.stopped_at_tokens <= 1280
    assert fine.tokens == {"downstream": 500}
    assert fine.output.stopped == "budget"
    directory = house.directory(third)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(directory), AutoTokenizer.from_pretrained(directory)
    assert model.config.max_position_embeddings == 16
    assert model.config.vocab_size == len(tokenizer) == 64
    assert {model.config.bos_token_id, model.config.eos_token_id, model.config.pad_token_id} == {0}
    assert model.num_parameters() == fine.output.parameters
    assert pre.flops > 6 * 1120 * pre.output.parameters


def test_stages_do_not_depend_on_what_ran_before_them_in_the_process(house):
    _, first = house.pretrain()
    torch.rand(5)
    np.random.default_rng().random()
    house.store.discard(house.store.directory(first.kind, first.key))
    bits = None
    for _ in range(2):
        _, again = house.pretrain()
        weights = house.weights(again)
        bits = bits or weights
        assert all(torch.equal(bits[name], weights[name]) for name in bits)
        house.store.discard(house.store.directory(again.kind, again.key))


def test_the_best_weights_are_restored(house):
    _, model = house.pretrain()
    # A rate that overfits a small target soon.
    rule = {"learning_rate": 3e-2, "batch_tokens": 32, "weight_decay": 0.0}
    post, ref = house.posttrain(
        model, target_tokens=96, optimization=rule, convergence={"max_tokens": 6000, "patience": 3, "min_delta": 0}
    )
    validation = post.output.validation
    curve = {point.tokens: point.loss for point in validation.curve}
    assert post.output.stopped == "converged"
    assert post.output.stopped_at_tokens < 6000
    assert list(curve)[-1] == post.output.stopped_at_tokens > validation.best_at_tokens
    assert curve[validation.best_at_tokens] == validation.best_loss < min(curve.values()) + 1e-3  # nats that count
    target = house.store.directory("tokens", house.refs["target"].key)
    saved = AutoModelForCausalLM.from_pretrained(house.directory(ref))
    loss = validation_loss(saved, document_windows(load_split(target, "validation"), 16), 8192)
    assert loss == pytest.approx(validation.best_loss, rel=1e-6)


def test_a_stage_that_reaches_its_cap_says_so(house):
    _, model = house.pretrain()
    post, _ = house.posttrain(model, convergence={"max_tokens": 640, "patience": 50})
    assert post.output.stopped == "cap"
    assert post.output.stopped_at_tokens == 640
    assert [point.tokens for point in post.output.validation.curve] == [192, 320, 512, 640]


def test_what_still_falls_at_its_cap_has_not_converged(house):
    _, model = house.pretrain(optimization={"learning_rate": 0.1, "batch_tokens": 64})  # so badly that all helps
    slow = {"learning_rate": 3e-3, "batch_tokens": 64}
    falling, _ = house.posttrain(model, optimization=slow, convergence={"max_tokens": 320, "patience": None})
    validation = falling.output.validation
    assert falling.output.stopped == "cap"
    (first, before), (last, after) = [(point.tokens, point.loss) for point in validation.curve]
    assert validation.last_fall == pytest.approx((before - after) / (last - first) * 160)
    assert validation.last_fall > 1e-3
    assert not validation.converged
    lenient, _ = house.posttrain(
        model, optimization=slow, convergence={"max_tokens": 320, "patience": None, "min_delta": 1.0}
    )
    assert lenient.output.validation.converged


def test_the_last_weights_may_be_kept_instead_of_the_best(house):
    _, model = house.pretrain()
    rule = {"learning_rate": 3e-2, "batch_tokens": 32, "weight_decay": 0.0}
    convergence = {"max_tokens": 1500, "patience": None, "keep": "last"}
    post, ref = house.posttrain(model, target_tokens=96, optimization=rule, convergence=convergence)
    validation = post.output.validation
    assert validation.best_at_tokens < validation.curve[-1].tokens == post.output.stopped_at_tokens
    target = house.store.directory("tokens", house.refs["target"].key)
    saved = AutoModelForCausalLM.from_pretrained(house.directory(ref))
    loss = validation_loss(saved, document_windows(load_split(target, "validation"), 16), 8192)
    assert loss == pytest.approx(validation.curve[-1].loss, rel=1e-6)


STABLE = RULE | {"schedule": "warmup-stable-decay", "decay_fraction": 0.25}


def test_a_stable_rate_that_brings_no_more_ends_in_a_decay_whose_last_step_is_evaluated(house):
    _, model = house.pretrain()
    convergence = {"max_tokens": 6000, "patience": 1, "min_delta": 9.0}
    post, _ = house.posttrain(model, optimization=STABLE, convergence=convergence)
    # The first evaluation is the best, whatever it is; the second ends the stable part, at step 5 of the plan.
    assert (post.output.stopped, post.output.steps) == ("converged", 7)
    assert [point.tokens for point in post.output.validation.curve] == [192, 320, 448]
    assert post.output.stopped_at_tokens == 448


def test_matched_track_trains_on_the_rest_in_one_pass(house):
    _, model = house.pretrain(exposure={"fraction": 0.25})
    post, _ = house.posttrain(model, remainder=(0.25, 1.0))
    assert post.tokens == {"target": 240}
    assert post.output.stopped == "budget"
    with pytest.raises(UserError, match="nothing of D_post is left"):
        house.posttrain(model, remainder=(1.0, 1.0))


def test_methods_run_in_both_tuning_stages(house):
    _, model = house.pretrain()
    methods = [
        {"id": "builtin/replay", "params": {"fraction": 0.2}},
        {"id": "builtin/lora", "params": {"rank": 2, "targets": ["head"]}},
        {"id": "builtin/dropout"},
    ]
    post, second = house.posttrain(model, general=True, methods=methods)
    fine, third = house.finetune(second, general=True, methods=methods[:1])
    assert post.tokens == {"target": 320, "general": 80}
    assert sum(fine.tokens.values()) == 500
    assert fine.tokens["general"] == 96
    assert "lm_head.weight" in house.weights(third)


@pytest.mark.parametrize(("rule", "patience", "killed_at"), [(RULE, 9, 11), (STABLE, 1, 4), (STABLE, 1, 6)])
def test_a_killed_stage_goes_on_to_the_same_bits(house, monkeypatch, rule, patience, killed_at):
    monkeypatch.setattr("earlyexp_bench.training.loop.REPORT_SECONDS", 0)
    _, model = house.pretrain()
    convergence = {"max_tokens": 1280, "patience": patience, "min_delta": 9.0 if rule is STABLE else 1e-3}
    whole, ref = house.posttrain(model, optimization=rule, convergence=convergence)
    assert whole.output.steps > killed_at
    bits = house.weights(ref)
    house.store.discard(house.store.directory(ref.kind, ref.key))
    spec_parents = {"model": model, "target": "target"}
    identity = {"context": 16, "target_tokens": 320, "optimization": rule, "convergence": convergence}

    class Told(list):
        def append(self, progress):
            if progress.get("step") == killed_at:
                raise KeyboardInterrupt

    house.told = Told()
    with pytest.raises(KeyboardInterrupt):
        house.run("posttrain", identity, spec_parents, checkpoint_seconds=0)
    house.told = []
    resumed, ref = house.run("posttrain", identity, spec_parents, checkpoint_seconds=0)
    assert next(p["step"] for p in house.told if "step" in p) == killed_at + 1
    assert resumed == whole
    assert all(torch.equal(bits[name], tensor) for name, tensor in house.weights(ref).items())


class Told(Observer):
    """Notes every point that it is told of, and does there what an observer does that looks no closer."""

    def __init__(self):
        self.points = []

    def __getattribute__(self, name):
        if name in vars(Observer) and not name.startswith("_"):
            self.points.append(name)
        return super().__getattribute__(name)


def test_an_observer_is_told_of_every_point_in_order_and_decides_no_bit(house):
    _, model = house.pretrain()
    options = {"general": True, "methods": [{"id": "builtin/replay", "params": {"fraction": 0.25}}]}
    options["convergence"] = {"max_tokens": 640, "patience": 3}
    alone, ref = house.posttrain(model, **options)
    bits = house.weights(ref)
    house.store.discard(house.store.directory(ref.kind, ref.key))
    house.observer = Told()
    watched, ref = house.posttrain(model, **options)
    assert watched == alone
    assert all(torch.equal(bits[name], tensor) for name, tensor in house.weights(ref).items())
    points = house.observer.points
    assert set(points) == {name for name in vars(Observer) if not name.startswith("_")}
    steps = [point for point in points if point in ("batch", "passed", "stepped")]
    assert steps == ["batch", "passed", "stepped"] * watched.output.steps
    assert [point for point in points if point not in (*steps, "validating")] == [
        *("started", "make", "prepared", "trained", "unwrapped", "keeping"),
    ]


def test_a_rate_beyond_reason_is_a_divergence(house):
    with pytest.raises(Diverged):
        house.pretrain(optimization={"learning_rate": 1e30, "batch_tokens": 64})


class Keeps(Method):
    """Leaves the average of its stage's starting weights for later."""

    def prepare(self, model):
        self.kept = torch.stack([p.detach().mean() for p in model.parameters()])

    def sidecar(self, model):
        return {"means": self.kept}


class Reads(Keeps):
    seen = None

    def prepare(self, model):
        Reads.seen = self.context.sidecars["test/keeps"]["means"]

    def sidecar(self, model):
        return {}


class Halfway(Method):
    def outputs(self, start, final):
        return {"none": start, "half": {n: (start[n] + final[n]) / 2 for n in final}, "final": final}


class Asks(Method):
    """Remembers what it is told of its stage."""

    def prepare(self, model):
        Asks.told = self.context


@pytest.fixture
def own_methods(monkeypatch):
    """Register `test/keeps`, `test/reads` and `test/halfway` for one test."""
    from earlyexp_bench.contracts import MethodDefinition, Needs

    class Light(MethodDefinition):
        version = "1"

        def __init__(self, name, needs=None, outputs=("final",)):
            self.name, self.wanted, self.named = name, needs or Needs(), outputs
            self.implementation = name

        def needs(self, params, stage):
            return self.wanted

        def outputs(self, params):
            return self.named

    light = {
        "keeps": Light("keeps"),
        "reads": Light("reads", needs=Needs(sidecars=frozenset({"test/keeps"}))),
        "halfway": Light("halfway", outputs=("none", "half", "final")),
        "asks": Light("asks"),
    }
    heavy = {"keeps": Keeps, "reads": Reads, "halfway": Halfway, "asks": Asks}
    known = registry().components["method"]
    for name, definition in light.items():
        entry = Registered(f"test/{name}", "method", "1", definition, "test", "1")
        monkeypatch.setitem(known, f"test/{name}", entry)
    monkeypatch.setattr(_training, "load_object", lambda name: heavy.get(name) or load_object(name))


def test_a_sidecar_reaches_the_stages_after(house, own_methods):
    _, model = house.pretrain(methods=[{"id": "test/keeps"}])
    _, second = house.posttrain(model)
    house.finetune(second, methods=[{"id": "test/reads"}], kept={"test/keeps": model})
    path = house.directory(model).parent / "sidecars" / "test__keeps.safetensors"
    assert torch.equal(Reads.seen, load_file(path)["means"])


def test_a_sidecar_that_nobody_kept_is_missed_by_name(house, own_methods):
    _, model = house.pretrain()
    with pytest.raises(StoreError, match=r"test/keeps kept nothing for later stages in the pretrain stage"):
        house.finetune(model, methods=[{"id": "test/reads"}], kept={"test/keeps": model})


def test_a_method_may_yield_several_checkpoints(house, own_methods):
    _, model = house.pretrain()
    result, ref = house.finetune(model, methods=[{"id": "test/halfway"}])
    assert result.outputs == ("none", "half", "final")
    outputs = {name: house.weights(ref.model_copy(update={"output": name})) for name in result.outputs}
    start = house.weights(model)
    for name in start:
        assert torch.equal(outputs["none"][name], start[name])
        torch.testing.assert_close(outputs["half"][name], (start[name] + outputs["final"][name]) / 2)


def test_a_method_is_told_how_its_stage_will_go_with_replayed_text_counted(house, own_methods):
    _, model = house.pretrain()
    methods = [{"id": "test/asks"}, {"id": "builtin/replay", "params": {"fraction": 0.5}}]
    for kind, run in (("posttrain", house.posttrain), ("finetune", house.finetune)):
        result, _ = run(model, general=True, methods=methods)
        planned = Asks.told.planned
        assert (planned.stage, planned.context, planned.batch_tokens) == (kind, 16, 64)
        assert planned.steps == result.output.steps
        assert planned.tokens == result.output.planned_tokens == sum(result.tokens.values())
        assert Asks.told.optimization.learning_rate == RULE["learning_rate"]
