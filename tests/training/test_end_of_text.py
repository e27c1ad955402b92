"""The end-of-text token pads as well, and its embedding learns like any other, in every stage and from any start."""

import itertools

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training import MethodStack, export_model, load_model, load_start, take_tokenizer, train

END = 0
TYPES = {
    "llama": {},
    "starcoder2": {},
    "bert": {"is_decoder": True},
    "opt": {"ffn_dim": 32, "word_embed_proj_dim": 16},
}


@pytest.fixture(params=TYPES)
def built(request, make_model):
    return make_model(model_type=request.param, tie_word_embeddings=False, **TYPES[request.param])


def end_row(model):
    return model.get_input_embeddings().weight[END].detach().clone()


def trained(job, model):
    train(job, model, MethodStack([]))
    return model


def test_it_is_drawn_as_the_others_are(built, make_model):
    rows = built.get_input_embeddings().weight.detach()
    others = rows[1:].std(dim=1)
    assert others.min() * 0.5 < rows[END].std() < others.max() * 2
    same = make_model(model_type=built.config.model_type, tie_word_embeddings=False, **TYPES[built.config.model_type])
    assert torch.equal(end_row(same), rows[END])


def test_it_learns_from_random_weights_and_in_every_later_stage(built, job, tokenizer_directory, tmp_path):
    model, rows = built, [end_row(built)]
    for stage in ("pretrain", "posttrain", "finetune"):
        rows.append(end_row(trained(job, model)))
        export_model(model, tmp_path / stage, tokenizer_directory)
        model = load_model(tmp_path / stage, Numerics())
        assert torch.equal(end_row(model), rows[-1])
    assert all((one - other).abs().min() > 0 for one, other in itertools.pairwise(rows))


def test_it_learns_from_somebodys_checkpoint(built, job, tokenizer_directory, tmp_path):
    export_model(built, tmp_path / "theirs", tokenizer_directory)
    take_tokenizer(tmp_path / "theirs", tmp_path / "tokenizer")
    model = load_start(tmp_path / "theirs", context=16, tokenizer=tmp_path / "tokenizer", numerics=Numerics())
    assert torch.equal(end_row(model), end_row(built))
    assert (end_row(trained(job, model)) - end_row(built)).abs().min() > 0


def test_what_is_exported_still_names_it_and_opens_the_same(built, job, tokenizer_directory, tmp_path):
    model = trained(job, built).eval()
    export_model(model, tmp_path / "out", tokenizer_directory)
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    assert {again.config.bos_token_id, again.config.eos_token_id, again.config.pad_token_id} == {END}
    assert AutoTokenizer.from_pretrained(tmp_path / "out").pad_token_id == END
    ids = torch.tensor([[END, 5, 6, END, 7, 8]])
    assert torch.equal(again(ids, use_cache=False).logits, model(ids, use_cache=False).logits)
