"""Tiny corpora, models and jobs: hidden 16, two layers, context 16, vocabulary 64."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import (
    Job,
    MethodContext,
    MethodStack,
    TokenizedSplit,
    build_model,
    finetuning_mixture,
    make_deterministic,
    pack,
    train,
)
from earlyexp_testing import tiny_context

CONTEXT, VOCABULARY = 16, 64
MODEL = {
    "model_type": "llama",
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


@pytest.fixture(autouse=True)
def settled():
    make_deterministic(Numerics())


@pytest.fixture(scope="session")
def make_split():
    def make(documents=40, seed=0, longest=30):
        """Documents of 1 to `longest` tokens; id 0 never occurs in them; the answer is the second half."""
        random = np.random.default_rng(seed)
        lengths = random.integers(1, longest + 1, documents)
        ids = random.integers(1, VOCABULARY, int(lengths.sum())).cumsum() % (VOCABULARY - 1) + 1
        return TokenizedSplit(ids, np.concatenate([[0], np.cumsum(lengths)]), lengths // 2, lengths * 3)

    return make


@pytest.fixture(scope="session")
def make_sequences(make_split):
    def make(tokens=320, *, role="downstream", seed=0, context=CONTEXT, **options):
        split = make_split(documents=tokens // 8, seed=len(role))
        return pack(split, tokens=tokens, context=context, seed=seed, role=role, **options)

    return make


@pytest.fixture(scope="session")
def tokenizer_directory(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("tokenizer")
    words = {"<|endoftext|>": 0} | {f"w{i}": i for i in range(1, VOCABULARY)}
    end = "<|endoftext|>"
    made = Tokenizer(models.WordLevel(words, unk_token=end))
    PreTrainedTokenizerFast(tokenizer_object=made, bos_token=end, eos_token=end, pad_token=end).save_pretrained(
        directory
    )
    return directory


@pytest.fixture(scope="session")
def make_model(tokenizer_directory):
    def make(seed=0, **changes):
        return build_model(
            MODEL | changes, context=CONTEXT, tokenizer=tokenizer_directory, seed=seed, numerics=Numerics()
        )

    return make


@pytest.fixture
def job(make_sequences) -> Job:
    """Ten steps of 32 tokens on one source."""
    return Job(
        stage="finetune",
        seed=0,
        mixture=finetuning_mixture(make_sequences(), 0),
        optimization=Optimization(learning_rate=1e-2, batch_tokens=32),
        numerics=Numerics(),
    )


@pytest.fixture
def trained(make_model):
    """Train a fresh model; return its weights and the outcome."""

    def run(job, methods=(), **changes):
        stack = MethodStack([(type(method).__name__, method) for method in methods])
        model = stack.wrap(make_model())
        stack.prepare(model)
        outcome = train(replace(job, **changes), model, stack)
        return {name: tensor.detach().clone() for name, tensor in model.named_parameters()}, outcome

    return run


@pytest.fixture
def method_context() -> MethodContext:
    return tiny_context()
