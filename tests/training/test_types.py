"""Types of models: what works is trained and opens as it was; what cannot work is refused with the remedy."""

import pytest
import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM, AutoTokenizer

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.stages.tokenizer import END_OF_TEXT, save_bpe, train_bpe
from earlyexp_bench.training import build_model, export_model, load_tokenizer, training_flops_per_token
from earlyexp_bench.worker.probe import known_keys, probe

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
WIDE = {**SIZES, "intermediate_size": 64}
GROUPED = {**WIDE, "num_key_value_heads": 2}
MAMBA = {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}
LINEAR = {f"linear_{name}": 4 for name in ("num_value_heads", "num_key_heads", "key_head_dim", "value_head_dim")}
EAGER = Numerics(attention="eager")
CONTEXT, VOCABULARY = 24, 300
DECODER = "`is_decoder: true` in the model's configuration"

WORKING = {
    "llama": (GROUPED, Numerics()),
    "gpt2": (SIZES, Numerics()),
    "qwen2": (GROUPED, Numerics(precision="bf16")),
    "mixtral": ({**GROUPED, "num_local_experts": 3}, Numerics()),
    "phi3": (GROUPED, Numerics()),
    "starcoder2": (GROUPED, Numerics()),
    "gemma2": ({**GROUPED, "head_dim": 16}, EAGER),
    "bloom": ({"hidden_size": 32, "n_layer": 2, "n_head": 2}, EAGER),
    "mamba": (MAMBA, EAGER),
    "bert": ({**WIDE, "is_decoder": True}, Numerics()),
}
REFUSED = {
    "gemma2": ({**GROUPED, "head_dim": 16}, "no sdpa attention", "numerics.attention", "numerics: {attention: eager}"),
    "bloom": ({"hidden_size": 32, "n_layer": 2, "n_head": 2}, "no sdpa attention", "numerics.attention", "eager"),
    "mamba": (MAMBA, "no sdpa attention", "numerics.attention", "numerics: {attention: eager}"),
    "bert": (WIDE, "later tokens change what is predicted of earlier ones", "model", DECODER),
    "electra": ({**WIDE, "embedding_size": 32}, "later tokens change", "model", DECODER),
    "bert-generation": (WIDE, "later tokens change", "model", DECODER),
    "big_bird": (WIDE, "later tokens change", "model", f"{DECODER}, which hides later tokens, and numerics: {{"),
    "camembert": (WIDE, "fewer positions than", "model", "llama"),
    "qwen3_5_text": ({**GROUPED, "head_dim": 16, **LINEAR}, "only contain LinearAttention layers", "model", "llama"),
    "bart": ({"d_model": 32}, "is an encoder-decoder", "model", "llama"),
    "llama4": ({}, "inside another", "model", "model_type: llama4_text"),
    "gemma3": ({}, "inside another", "model", "model_type: gemma3_text"),
}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tokenizer")
    save_bpe(train_bpe(iter(["in 1984 and 19845, some words of a text"] * 20), VOCABULARY), directory)
    return directory


@pytest.mark.parametrize("kind", WORKING)
def test_a_model_that_can_be_trained_passes_the_probe(kind):
    model, numerics = WORKING[kind]
    answer = probe({"model_type": kind, **model}, CONTEXT, VOCABULARY, numerics)
    assert answer.error is None, answer
    assert answer.parameters > 0
    assert answer.flops_per_token > 0


@pytest.mark.parametrize("kind", REFUSED)
def test_a_model_that_cannot_is_refused_with_the_remedy(kind):
    model, why, key, remedy = REFUSED[kind]
    answer = probe({"model_type": kind, **model}, CONTEXT, VOCABULARY, Numerics())
    assert answer.error is not None
    assert why in answer.error
    assert answer.key == key
    assert remedy in answer.expected


def test_a_large_model_is_tried_by_a_small_copy_of_it():
    sizes = {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 20, "num_attention_heads": 32}
    for kind, leaks in (("llama", False), ("phi3", False), ("falcon", False), ("bert", True)):
        known = known_keys(CONFIG_MAPPING[kind])
        model = {key: value for key, value in sizes.items() if key in known}
        answer = probe({"model_type": kind, **model}, 256, 64_000, Numerics())
        assert ("later tokens" in (answer.error or "")) is leaks
        assert leaks or answer.parameters > 1e9


def test_the_probe_counts_flops_as_the_stages_do(tokenizer):
    for kind, (model, numerics) in {"mamba": WORKING["mamba"], "gemma2": WORKING["gemma2"]}.items():
        config = {"model_type": kind, **model}
        built = build_model(config, context=CONTEXT, tokenizer=tokenizer, seed=0, numerics=numerics)
        said = probe(config, CONTEXT, built.config.vocab_size, numerics).flops_per_token
        assert said == training_flops_per_token(built, CONTEXT)


# Among them one of each kind that AutoTokenizer treats in its own way; glm4_moe, cohere and jamba are no one's example.
@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3_5_moe_text", "glm4_moe", "cohere", "gemma", "mistral"])
def test_what_is_exported_opens_as_it_was_trained_whatever_the_type(kind, tokenizer, tmp_path):
    model = build_model(
        {"model_type": kind, **GROUPED, "head_dim": 16}, context=CONTEXT, tokenizer=tokenizer, seed=0, numerics=EAGER
    )
    export_model(model, tmp_path, tokenizer)
    texts = ["1984 19845 3.14", " a  b\n\n c ", f"{END_OF_TEXT}text{END_OF_TEXT}", "e\u0301 I'LL", ""]
    trained = load_tokenizer(tokenizer)(texts)["input_ids"]
    assert AutoTokenizer.from_pretrained(tmp_path)(texts)["input_ids"] == trained
    assert load_tokenizer(tmp_path)(texts)["input_ids"] == trained
    assert not any(load_tokenizer(tokenizer).eos_token_id in ids for ids in trained)
    assert AutoTokenizer.from_pretrained(tmp_path).decode(trained[0]) == texts[0]


def test_a_qwen2_is_scored_on_the_tokens_that_it_was_trained_on(tokenizer, tmp_path):
    model = build_model(
        {"model_type": "qwen2", **GROUPED}, context=CONTEXT, tokenizer=tokenizer, seed=0, numerics=Numerics()
    )
    export_model(model, tmp_path, tokenizer)
    ids = torch.tensor(AutoTokenizer.from_pretrained(tmp_path)(["in 1984 and 19845"])["input_ids"])
    # Its tokenizer class would part every digit from the next.
    assert "1984" in [load_tokenizer(tokenizer).decode([one]).strip() for one in ids[0].tolist()]
    assert torch.equal(AutoModelForCausalLM.from_pretrained(tmp_path)(ids).logits, model.eval()(ids).logits)
