"""Starting from a checkpoint: every weight is its, the tokenizer is its, and what cannot be is said."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, processors
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BertConfig,
    BloomConfig,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.checkpoint import identify_checkpoint
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.stages.tokenizer import train_bpe
from earlyexp_bench.training import export_model, find_checkpoint, load_start, take_tokenizer
from earlyexp_bench.worker.probe import probe_checkpoint

LLAMA = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "vocab_size": 320,
    "max_position_embeddings": 64,
}
END = "</s>"


def write_checkpoint(directory, config=None, **changes):
    config = config or LlamaConfig(**{**LLAMA, **changes})
    torch.manual_seed(3)
    AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(directory)
    tokenizer = train_bpe(iter(["some words of a text"] * 20), 300)
    tokenizer.add_special_tokens(["<s>", END])
    start = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", start)])
    tokenizer.enable_truncation(5)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token=END).save_pretrained(directory)
    return directory


@pytest.fixture
def checkpoint(tmp_path):
    return write_checkpoint(tmp_path / "checkpoint")


def start(checkpoint, tmp_path, context=32):
    take_tokenizer(checkpoint, tmp_path / "tokenizer")
    return load_start(checkpoint, context=context, tokenizer=tmp_path / "tokenizer", numerics=Numerics())


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_every_weight_is_the_checkpoints_and_the_window_is_the_context(checkpoint, tmp_path):
    model = start(checkpoint, tmp_path)
    theirs = load_file(checkpoint / "model.safetensors")
    assert {name for name, _ in model.named_parameters()} == set(theirs)
    assert all(torch.equal(p, theirs[name].float()) for name, p in model.named_parameters())
    assert model.dtype == torch.float32
    export_model(model, tmp_path / "out", tmp_path / "tokenizer")
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    ids = torch.arange(1, 33)[None]
    original = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    assert torch.equal(again(ids).logits, original(ids).logits)
    assert again.config.max_position_embeddings == 32


def test_the_tokenizer_adds_nothing_cuts_nothing_and_has_one_token_between_documents(checkpoint, tmp_path):
    take_tokenizer(checkpoint, tmp_path / "tokenizer")
    taken = PreTrainedTokenizerFast.from_pretrained(tmp_path / "tokenizer")
    text = "some words of a text that is longer"
    assert taken.bos_token == taken.eos_token == taken.pad_token == END
    assert taken.decode(taken.encode(text)) == text
    assert taken.get_vocab() == Tokenizer.from_file(str(checkpoint / "tokenizer.json")).get_vocab()


def test_a_checkpoint_of_the_hub_is_found_without_network_where_it_was_downloaded(checkpoint, tmp_path, monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    cache = tmp_path / "hub"
    shutil.copytree(checkpoint, cache / "models--owner--name" / "snapshots" / commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    found = find_checkpoint("owner/name", commit)
    assert load_file(found / "model.safetensors").keys() == load_file(checkpoint / "model.safetensors").keys()
    with pytest.raises(UserError, match=r"owner/name at f{40}: cannot be had(.|\n)*downloaded before"):
        find_checkpoint("owner/name", "f" * 40)


def test_identity_is_content_and_tells_weights_from_tokenizer(checkpoint, tmp_path):
    before = identify_checkpoint(str(checkpoint), None)
    moved = tmp_path / "moved"
    shutil.move(checkpoint, moved)
    assert identify_checkpoint(str(moved), None) == before
    (moved / "README.md").write_text("words")
    assert identify_checkpoint(str(moved), None) == before
    edit(moved / "tokenizer_config.json", eos_token="<s>")
    after = identify_checkpoint(str(moved), None)
    assert (after.weights == before.weights, after.tokenizer == before.tokenizer) == (True, False)
    edit(moved / "config.json", rms_norm_eps=1e-3)
    assert identify_checkpoint(str(moved), None).weights != before.weights


@pytest.mark.parametrize(
    ("source", "revision", "message"),
    [
        ("owner/name", None, r"has no revision(.|\n)*commit sha"),
        ("owner/name", "main", r"'main', which may come to mean another(.|\n)*commit sha"),
        ("no/such/folder", None, r"no directory and no id(.|\n)*save_pretrained"),
    ],
)
def test_what_is_no_checkpoint_is_refused(source, revision, message):
    with pytest.raises(UserError, match=message):
        identify_checkpoint(source, revision)


def drop_a_weight(directory):
    weights = load_file(directory / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, directory / "model.safetensors", {"format": "pt"})


def add_a_weight(directory):
    weights = load_file(directory / "model.safetensors")
    save_file(weights | {"model.extra": torch.zeros(3)}, directory / "model.safetensors", {"format": "pt"})


def split_and_lose_a_shard(directory):
    AutoModelForCausalLM.from_pretrained(directory).save_pretrained(directory, max_shard_size="20KB")
    (directory / "model.safetensors").unlink()
    sorted(directory.glob("model-*.safetensors"))[1].unlink()


DAMAGES = {
    "missing weight": (drop_a_weight, r"model\.safetensors: the weights lack 'lm_head\.weight'"),
    "left over": (add_a_weight, r"model\.safetensors: the weights hold 'model\.extra'"),
    "broken file": (lambda d: (d / "model.safetensors").write_bytes(b"no"), "cannot be loaded"),
    "other size": (lambda d: edit(d / "config.json", hidden_size=24), "cannot be loaded"),
    "head of its own": (lambda d: edit(d / "config.json", tie_word_embeddings=True), "tie_word_embeddings is true"),
    "an adapter beside it": (
        lambda d: (d / "adapter_config.json").write_text("{}"),
        r"adapter_config\.json: is an adapter",
    ),
    "a shard is gone": (split_and_lose_a_shard, "cannot be loaded"),
    "quantised": (lambda d: edit(d / "config.json", quantization_config={"quant_method": "fp8"}), "is quantised"),
    "no model": (lambda d: edit(d / "config.json", model_type="lama"), "cannot be loaded"),
    "no end": (lambda d: edit(d / "tokenizer_config.json", eos_token=None), "has no eos_token"),
    "no tokenizer": (lambda d: (d / "tokenizer.json").write_text("{}"), r"tokenizer\.json: cannot be read"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_one_message(checkpoint, tmp_path, damage):
    harm, message = DAMAGES[damage]
    harm(checkpoint)
    with pytest.raises(UserError, match=message) as caught:
        start(checkpoint, tmp_path)
    assert str(checkpoint) in str(caught.value)
    assert caught.value.expected


def test_a_vocabulary_smaller_than_the_tokenizer_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"the tokenizer has the token \d+, the embedding has 260 rows"):
        start(write_checkpoint(tmp_path / "small", vocab_size=260), tmp_path)


@pytest.mark.parametrize(
    ("config", "context", "message"),
    [
        (LlamaConfig(**LLAMA), 65, "longer than the checkpoint's max_position_embeddings, 64"),
        (GPT2Config(n_embd=16, n_layer=1, n_head=2, vocab_size=320, n_positions=64), 32, "hang on its"),
        (
            LlamaConfig(**LLAMA, rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}),
            32,
            "hang on its",
        ),
    ],
)
def test_a_context_that_the_model_cannot_have_is_refused(tmp_path, config, context, message):
    with pytest.raises(UserError, match=message) as caught:
        start(write_checkpoint(tmp_path / "one", config), tmp_path, context)
    assert caught.value.where == "context"


ADAPTERS = {
    "beside the weights": lambda folder: (folder / "adapter_config.json").write_text("{}"),
    "alone": lambda folder: (folder / "model.safetensors").rename(folder / "adapter_model.safetensors"),
    "of the hub": lambda folder: (folder / "adapter_model.safetensors").write_bytes(b""),
}


@pytest.mark.parametrize("case", ADAPTERS)
def test_an_adapter_is_told_apart_from_weights_and_the_remedy_is_to_merge_it(checkpoint, tmp_path, case):
    ADAPTERS[case](checkpoint)
    with pytest.raises(UserError, match="is an adapter, not weights") as caught:
        start(checkpoint, tmp_path) if case == "of the hub" else identify_checkpoint(str(checkpoint), None)
    assert "adapter_" in caught.value.where
    assert "merge_and_unload().save_pretrained" in caught.value.expected


SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "vocab_size": 320}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8, "intermediate_size": 32}
WITHOUT_SDPA = {
    "gemma2": Gemma2Config(**SIZES, **HEADS, max_position_embeddings=64),
    "bloom": BloomConfig(hidden_size=16, n_layer=2, n_head=2, vocab_size=320),
    "mamba": MambaConfig(**SIZES, state_size=4),
}


@pytest.mark.parametrize("kind", WITHOUT_SDPA)
def test_a_checkpoint_without_sdpa_starts_with_eager_attention_and_only_so(tmp_path, kind):
    checkpoint = write_checkpoint(tmp_path / kind, WITHOUT_SDPA[kind])
    refused = probe_checkpoint(str(checkpoint), None, 32, Numerics())
    assert (refused.key, refused.expected) == ("numerics.attention", "numerics: {attention: eager}")
    assert f"{kind} has no sdpa attention" in refused.error
    accepted = probe_checkpoint(str(checkpoint), None, 32, Numerics(attention="eager"))
    assert accepted.error is None
    assert accepted.flops_per_token > 0


def test_a_checkpoint_that_looks_ahead_is_refused(tmp_path):
    config = BertConfig(**SIZES, num_attention_heads=2, intermediate_size=32, max_position_embeddings=64)
    checkpoint = write_checkpoint(tmp_path / "bert", config)
    answer = probe_checkpoint(str(checkpoint), None, 64, Numerics())
    assert answer.key == "model.init_from"
    assert "later tokens change" in answer.error
    assert "is_decoder: true" in answer.expected
    edit(checkpoint / "config.json", is_decoder=True)
    assert probe_checkpoint(str(checkpoint), None, 64, Numerics()).error is None


def test_a_checkpoint_of_a_type_with_its_own_tokenizer_class_keeps_its_own(tmp_path):
    """A distilled Qwen2 often has another family's tokenizer."""
    checkpoint = write_checkpoint(tmp_path / "qwen2", Qwen2Config(**SIZES, **HEADS, max_position_embeddings=64))
    model = start(checkpoint, tmp_path)
    export_model(model, tmp_path / "out", tmp_path / "tokenizer")
    texts = ["some 12345 words", f"{END} at the start", "  a\n\n b"]
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer" / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    trained = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    assert AutoTokenizer.from_pretrained(tmp_path / "out")(texts)["input_ids"] == trained
