"""LoRA, replay and dropout, on a tiny Llama."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from earlyexp_bench.builtin._dropout import Dropout
from earlyexp_bench.builtin._lora import LoRA, untie
from earlyexp_bench.builtin._replay import Replay
from earlyexp_bench.builtin.methods import METHODS, DropoutParams, LoRAParams, ReplayParams
from earlyexp_bench.contracts import EarlyExpError, UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training import (
    MethodStack,
    build_model,
    export_model,
    finetuning_mixture,
    posttraining_mixture,
    train,
)
from earlyexp_testing import tiny_context, tiny_stage

IDS = torch.arange(1, 33).view(2, 16)
SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
         "num_key_value_heads": 2}  # fmt: skip
PLACES = ("embedding", "attention", "residual", "mlp")


@pytest.fixture
def make_other(tokenizer_directory):
    def make(config):
        return build_model(config, context=16, tokenizer=tokenizer_directory, seed=0, numerics=Numerics())

    return make


def logits(model):
    model.eval()
    with torch.no_grad():
        return model(input_ids=IDS, use_cache=False).logits


@pytest.mark.parametrize("place", PLACES)
def test_dropout_acts_in_each_place_in_training_only(make_model, method_context, place):
    model = make_model()
    for parameter in model.parameters():
        parameter.data *= 3  # far enough from zero for every place to show in the logits
    plain = logits(model)
    params = DropoutParams(p=0, **{place: 0.3})
    method = Dropout(params, method_context)
    method.prepare(model)
    assert torch.equal(logits(model), plain)
    model.train()
    first, second = (model(input_ids=IDS).logits for _ in range(2))
    assert not torch.equal(first, second)
    method.unwrap(model)
    assert torch.equal(model.train()(input_ids=IDS).logits, plain)


def test_dropout_leaves_nothing_in_what_is_saved(job, make_model, method_context, tokenizer_directory, tmp_path):
    model, untouched = make_model(), make_model()
    stack = MethodStack([("dropout", Dropout(DropoutParams(p=0.1), method_context))])
    stack.prepare(model)
    train(job, model, stack)
    export_model(stack.unwrap(model), tmp_path / "with", tokenizer_directory)
    export_model(untouched, tmp_path / "without", tokenizer_directory)
    assert (tmp_path / "with/config.json").read_text() == (tmp_path / "without/config.json").read_text()
    assert model.state_dict().keys() == untouched.state_dict().keys()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_dropout_is_the_same_in_two_runs_and_changes_the_result(job, trained, make_model, method_context):
    results = []
    for probability in (0.2, 0.2, 0.0):
        model = make_model()
        stack = MethodStack([("dropout", Dropout(DropoutParams(p=probability), method_context))])
        stack.prepare(model)
        train(job, model, stack)
        results.append(model.lm_head.weight.detach().clone())
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_dropout_without_a_place_is_loud(method_context, make_model):
    model = make_model()
    for layer in model.model.layers:
        layer.mlp = torch.nn.Identity()
    with pytest.raises(EarlyExpError, match="has no place for `residual`"):
        Dropout(DropoutParams(), method_context).prepare(model)


@pytest.mark.parametrize("targets", [("projection",), ("mlp",), ("head",), ("projection", "mlp", "head")])
@pytest.mark.parametrize("tied", [True, False])
def test_adapter_equals_merged_equals_reloaded(
    job, make_model, method_context, tokenizer_directory, tmp_path, targets, tied
):
    start = make_model(tie_word_embeddings=tied)
    frozen = start.model.layers[0].self_attn.q_proj.weight.detach().clone()
    plain = logits(start)
    method = LoRA(LoRAParams(rank=4, targets=targets), method_context)
    stack = MethodStack([("lora", method)])
    wrapped = stack.wrap(start)
    torch.testing.assert_close(logits(wrapped), plain)
    train(job, wrapped, stack)
    with_adapters = logits(wrapped)
    merged = stack.unwrap(wrapped)
    export_model(merged, tmp_path, tokenizer_directory)
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert (with_adapters - plain).abs().max() > 1e-3
    assert (with_adapters - logits(merged)).abs().max() < 1e-4
    assert torch.equal(logits(reloaded), logits(merged))
    assert torch.equal(merged.model.layers[0].self_attn.q_proj.weight, frozen)
    assert reloaded.config.tie_word_embeddings is (tied and "head" not in targets)


def test_an_untied_head_stays_untied_through_the_next_stage(job, make_model, tokenizer_directory, tmp_path):
    model = make_model()
    untie(model)
    with torch.no_grad():
        model.lm_head.weight[0, 0] += 1
    export_model(model, tmp_path / "two", tokenizer_directory)
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path / "two")
    train(job, reloaded, MethodStack([]))
    export_model(reloaded, tmp_path / "three", tokenizer_directory)
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "three")
    assert not torch.equal(again.lm_head.weight, again.model.embed_tokens.weight)
    assert torch.equal(again.lm_head.weight, reloaded.lm_head.weight)


GPT2 = {"model_type": "gpt2", "hidden_size": 16, "n_layer": 2, "n_head": 2}
ENDINGS = ("lora_A.default.weight", "lora_embedding_A.default")
OTHERS = {
    "gpt2": (GPT2, ("c_attn", "c_proj", "c_fc", "lm_head"), 2 * 4 + 1),
    "starcoder2": ({**SIZES, "model_type": "starcoder2"}, ("o_proj", "c_fc", "c_proj"), 2 * 3),
    "tied embedding": (
        {**SIZES, "model_type": "llama", "tie_word_embeddings": True},
        ("embed_tokens", "o_proj"),
        1 + 2,
    ),
    "phi3": ({**SIZES, "model_type": "phi3"}, ("projection", "gate_up_proj", "down_proj"), 2 * 3),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_modules_of_other_architectures_are_adapted_by_name(
    job, make_other, method_context, tokenizer_directory, tmp_path, kind
):
    config, targets, adapters = OTHERS[kind]
    model = make_other(config)
    start = {name: p.detach().clone() for name, p in model.state_dict().items()}
    stack = MethodStack([("lora", LoRA(LoRAParams(rank=2, targets=targets), method_context))])
    wrapped = stack.wrap(model)
    assert len([name for name, _ in wrapped.named_parameters() if name.endswith(ENDINGS)]) == adapters
    train(job, wrapped, stack)
    export_model(stack.unwrap(wrapped), tmp_path, tokenizer_directory)
    moved = [name for name, p in AutoModelForCausalLM.from_pretrained(tmp_path).state_dict().items()
             if not torch.equal(p, start[name])]  # fmt: skip
    assert len(moved) == adapters


def test_a_target_that_is_not_there_or_not_whole_is_refused_in_the_worker_too(make_model, make_other, method_context):
    mixtral = make_other({**SIZES, "model_type": "mixtral", "num_local_experts": 2})
    for model, targets, message in (
        (make_model(), ("projection", "c_fc"), "no module 'c_fc'"),
        (mixtral, ("projection", "down_proj"), r"experts\.down_proj in no module"),
    ):
        with pytest.raises(UserError, match=message):
            LoRA(LoRAParams(targets=targets), method_context).wrap(model)


def test_lora_that_trained_nothing_is_loud(make_model, method_context):
    method = LoRA(LoRAParams(rank=2), method_context)
    with pytest.raises(EarlyExpError, match="LoRA trained nothing"):
        method.unwrap(method.wrap(make_model()))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_lora_and_dropout_go_together_in_either_order(job, make_model, method_context, order):
    methods = [
        ("lora", LoRA(LoRAParams(rank=4, dropout=0.1), method_context)),
        ("dropout", Dropout(DropoutParams(p=0.1), method_context)),
    ]
    stack = MethodStack([methods[i] for i in order])
    model = stack.wrap(make_model())
    stack.prepare(model)
    train(job, model, stack)
    merged = stack.unwrap(model)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in merged.modules())
    assert torch.equal(merged.train()(input_ids=IDS).logits, logits(merged))


def test_lora_resumes_to_the_same_bits(job, make_model, method_context, tmp_path, monkeypatch):
    monkeypatch.setattr("earlyexp_bench.training.loop.REPORT_SECONDS", 0)

    def kill(progress):
        if progress["step"] == 5:
            raise KeyboardInterrupt

    def run(job):
        stack = MethodStack([("lora", LoRA(LoRAParams(rank=4), method_context))])
        model = stack.wrap(make_model())
        train(job, model, stack)
        return logits(stack.unwrap(model))

    whole = run(job)
    saving = replace(job, checkpoint_directory=tmp_path, checkpoint_seconds=0)
    with pytest.raises(KeyboardInterrupt):
        run(replace(saving, report=kill))
    assert torch.equal(run(saving), whole)


@pytest.fixture
def replay(method_context, make_sequences):
    general = make_sequences(1600, role="general")

    def make(stage, fraction):
        context = tiny_context(stage, tokens={"general": general})
        return Replay(ReplayParams(fraction=fraction), context)

    return make


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.5])
def test_replay_adds_to_post_training(replay, make_sequences, fraction):
    target = posttraining_mixture(make_sequences(320, role="target"), (0.0, 1.0), 1600, 0)
    mixed = replay("posttrain", fraction).mixture(target)
    tokens = mixed.tokens()
    assert tokens["target"] == 1600
    assert sum(tokens.values()) == pytest.approx(1600 / (1 - fraction), abs=16)
    kept = mixed.order[mixed.order[:, 0] == 0]
    assert np.array_equal(kept, target.order)
    assert mixed.main_tokens[-1] == 1600


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.5])
def test_replay_displaces_in_fine_tuning(replay, make_sequences, fraction):
    downstream = finetuning_mixture(make_sequences(1610), 0)
    tokens = replay("finetune", fraction).mixture(downstream).tokens()
    assert sum(tokens.values()) == 1610
    assert tokens["general"] == pytest.approx(fraction * 1610, abs=16)


def test_replay_is_spread_evenly_and_differs_from_pass_to_pass(replay, make_sequences):
    target = posttraining_mixture(make_sequences(320, role="target"), (0.0, 1.0), 1600, 0)
    mixed = replay("posttrain", 0.2).mixture(target)
    general = mixed.order[:, 0] == 1
    assert [int(part.sum()) for part in np.array_split(general, 5)] == [5] * 5
    drawn = mixed.order[general, 1]
    assert len(np.unique(drawn)) == len(drawn)


def test_replay_that_rounds_to_nothing_is_said(replay, make_sequences):
    with pytest.raises(UserError, match="is not one of 20 sequences"):
        replay("finetune", 0.001).mixture(finetuning_mixture(make_sequences(320), 0))


def test_light_halves_declare_what_the_heavy_ones_use():
    by_name = {method.name: method for method in METHODS}
    assert set(by_name) == {"lora", "replay", "dropout"}
    assert by_name["replay"].needs(ReplayParams(), "finetune").tokens == {"general"}
    assert by_name["replay"].cost(ReplayParams(fraction=0.5), tiny_stage(tokens=100)).update_tokens == {"general": 100}
    assert by_name["lora"].modules(LoRAParams(targets=("head", "c_fc"))) == ("lm_head", "c_fc")
    assert by_name["dropout"].modules(DropoutParams(p=0, mlp=0.1)) == ("down_proj",)
