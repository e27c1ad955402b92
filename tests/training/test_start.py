"""Starting from a checkpoint: every weight is its, the tokenizer is its, and what cannot be is said."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, processors
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, PreTrainedTokenizerFast

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.checkpoint import identify_checkpoint
from earlyexp_bench.contracts.inputs import Numerics
from earlyexp_bench.stages.tokenizer import train_bpe
from earlyexp_bench.training import export_model, find_checkpoint, load_start, take_tokenizer

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


DAMAGES = {
    "missing weight": (drop_a_weight, r"model\.safetensors: the weights lack 'lm_head\.weight'"),
    "left over": (add_a_weight, r"model\.safetensors: the weights hold 'model\.extra'"),
    "broken file": (lambda d: (d / "model.safetensors").write_bytes(b"no"), "cannot be loaded"),
    "other size": (lambda d: edit(d / "config.json", hidden_size=24), "cannot be loaded"),
    "head of its own": (lambda d: edit(d / "config.json", tie_word_embeddings=True), "tie_word_embeddings is true"),
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
