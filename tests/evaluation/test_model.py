import random

import pytest
import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.evaluation.model import load_lm


def instances(kind, arguments):
    return [Instance(request_type=kind, doc={}, arguments=args, idx=0) for args in arguments]


@pytest.fixture(scope="module")
def stock(checkpoint):
    return HFLM(pretrained=str(checkpoint), device="cpu", batch_size=7)


@pytest.fixture(scope="module")
def lm(checkpoint):
    return load_lm(checkpoint, Numerics(eval_batch_tokens=512))


def test_rolling_losses_are_those_of_lm_evals_own_class_for_documents_shorter_and_longer_than_the_window(
    lm, stock, riddles
):
    requests = instances("loglikelihood_rolling", [(d.text,) for d in riddles.documents("test")])
    expected = stock.loglikelihood_rolling(requests, disable_tqdm=True)
    assert lm.loglikelihood_rolling(requests) == pytest.approx(expected, abs=1e-4)
    lengths = [lm.scored_tokens[request.args] for request in requests]
    assert min(lengths) < lm.max_length < max(lengths)
    assert lengths == [len(stock.tok_encode(request.args[0])) for request in requests]


def test_continuation_losses_are_those_of_lm_evals_own_class(lm, stock):
    pairs = [
        ("", "stone winter"),
        ("sun moon ", "river"),
        ("sun moon", " river stone."),
        ("sun " * 90, " tea"),
        ("Question: Ångström\n", "copper lantern"),
        ("<|endoftext|>moon", " tea"),
    ]
    requests = instances("loglikelihood", pairs)
    ours, theirs = lm.loglikelihood(requests), stock.loglikelihood(requests, disable_tqdm=True)
    assert [value for value, _ in ours] == pytest.approx([value for value, _ in theirs], abs=1e-4)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in theirs]


def test_the_end_token_written_in_a_document_is_text_as_in_training(lm, stock):
    documents = ["<|endoftext|>moon", "sun<|endoftext|>", "<|endoftext|>" * 40]
    requests = instances("loglikelihood_rolling", [(text,) for text in documents])
    assert lm.loglikelihood_rolling(requests) == pytest.approx(
        stock.loglikelihood_rolling(requests, disable_tqdm=True), abs=1e-4
    )
    for text in documents:
        assert lm.eot_token_id not in lm.tok_encode(text)
        assert lm.tokenizer.decode(lm.tok_encode(text)) == text


def test_only_the_likeliest_next_token_is_called_greedy(lm):
    context, vocabulary = lm.tok_encode("sun moon"), range(lm.model.config.vocab_size)
    scored = lm._loglikelihood_tokens([(("", ""), context, [token]) for token in vocabulary])
    likeliest = max(vocabulary, key=lambda token: scored[token][0])
    assert [token for token in vocabulary if scored[token][1]] == [likeliest]


def test_generation_is_that_of_lm_evals_own_class_and_stops_where_told(lm, stock):
    free = {"max_gen_toks": 12, "until": []}
    contexts = ["sun moon", "river stone winter", "copper"]
    requests = instances("generate_until", [(context, free) for context in contexts])
    ours = lm.generate_until(requests)
    alone = [stock.generate_until([request], disable_tqdm=True)[0] for request in requests]
    assert ours == alone
    stop = ours[0][2]
    cut = lm.generate_until(instances("generate_until", [("sun moon", {**free, "until": [stop]})]))[0]
    assert cut == ours[0].split(stop)[0]


def test_sampling_is_refused(lm):
    with pytest.raises(UserError, match="sampling"):
        lm.generate_until(instances("generate_until", [("sun", {"do_sample": True, "temperature": 0.7})]))


def test_a_documents_loss_does_not_depend_on_what_it_is_scored_with(checkpoint, riddles):
    texts = [d.text for d in riddles.documents("test")]
    requests = instances("loglikelihood_rolling", [(text,) for text in texts])
    together = load_lm(checkpoint, Numerics(eval_batch_tokens=8192)).loglikelihood_rolling(requests)
    single = load_lm(checkpoint, Numerics(eval_batch_tokens=1))
    alone = [single.loglikelihood_rolling([request])[0] for request in requests]
    tokens = [single.scored_tokens[request.args] for request in requests]
    for a, b, n in zip(together, alone, tokens, strict=True):
        assert a / n == pytest.approx(b / n, abs=1e-5)


def test_order_of_requests_does_not_matter(lm, riddles):
    requests = instances("loglikelihood_rolling", [(d.text,) for d in riddles.documents("test")])
    order = random.Random(3).sample(range(len(requests)), len(requests))
    forward = lm.loglikelihood_rolling(requests)
    shuffled = lm.loglikelihood_rolling([requests[i] for i in order])
    assert shuffled == pytest.approx([forward[i] for i in order], abs=1e-4)


def test_an_answer_longer_than_the_window_is_scored_whole(lm):
    answer = " stone" * (2 * lm.max_length)
    ((value, _),) = lm.loglikelihood(instances("loglikelihood", [("moon", answer)]))
    counted = lm.scored_tokens["moon", answer]
    assert counted > lm.max_length
    # The first window predicts the same tokens in the same context as the answer cut there.
    first = lm.tokenizer.decode(lm.tok_encode("moon" + answer)[1 : lm.max_length])
    ((part, _),) = lm.loglikelihood(instances("loglikelihood", [("moon", first)]))
    assert value < part < 0


def test_an_answer_that_merges_into_the_prompts_last_token_still_counts(lm):
    assert len(lm.tok_encode("sun moon")) <= len(lm.tok_encode("sun mo"))
    ((value, _),) = lm.loglikelihood(instances("loglikelihood", [("sun mo", "on")]))
    assert value < 0
    assert lm.scored_tokens["sun mo", "on"] == len(lm.tok_encode("on"))


def test_checkpoints_are_scored_in_the_dtype_they_were_exported_in(checkpoint, tmp_path):
    lm = load_lm(checkpoint, Numerics())
    lm.model.to(torch.bfloat16).save_pretrained(tmp_path)
    lm.tokenizer.save_pretrained(tmp_path)
    request = instances("loglikelihood_rolling", [("sun moon river",)])
    (half,) = load_lm(tmp_path, Numerics(precision="fp32")).loglikelihood_rolling(request)
    (full,) = load_lm(checkpoint, Numerics(precision="bf16")).loglikelihood_rolling(request)
    assert half != full
    assert half == pytest.approx(full, rel=0.02)
