"""A Llama of hidden size 16, a stream of 20 sequences of 16 tokens, and a loop over them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from earlyexp_bench.contracts.inputs import Numerics, Optimization
from earlyexp_bench.training import Job, MethodContext, MethodStack, Sequences, finetuning_mixture, settle, train

CONTEXT, VOCABULARY = 16, 64


@pytest.fixture(autouse=True)
def settled():
    settle(Numerics())


@pytest.fixture(scope="session")
def make_model():
    def make(seed=0, **changes):
        torch.manual_seed(seed)
        config = LlamaConfig(
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=changes.pop("layers", 2),
            num_attention_heads=2,
            num_key_value_heads=2,
            vocab_size=VOCABULARY,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=changes.pop("tied", True),
        )
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        for parameter in model.parameters():
            parameter.data *= 3  # far enough from zero for the losses of sequences to differ
        return model

    return make


@pytest.fixture(scope="session")
def make_sequences():
    def make(count=20, seed=0):
        random = np.random.default_rng(seed)
        ids = random.integers(1, VOCABULARY, (count, CONTEXT)).astype(np.int32)
        scored = random.random((count, CONTEXT)) < 0.8
        scored[:, 0] = False
        return Sequences(ids, scored, np.full(count, CONTEXT), count)

    return make


@pytest.fixture
def context(make_sequences):
    """Of a fine-tuning stage that may read an earlier stream."""
    streams = {"general": make_sequences(12, seed=7), "target": make_sequences(10, seed=8)}
    return MethodContext(stage="finetune", seed=0, device=torch.device("cpu"), tokens=streams)


@pytest.fixture
def job(make_sequences):
    """Five steps of four sequences."""
    return Job(
        stage="finetune",
        seed=0,
        mixture=finetuning_mixture(make_sequences(), 0),
        optimization=Optimization(learning_rate=1e-2, batch_tokens=4 * CONTEXT),
        numerics=Numerics(),
    )


@pytest.fixture
def run(make_model):
    """Train a fresh model with methods to the end of the stage; return its outputs by name."""

    def go(job, *methods, model=None, **changes):
        job = replace(job, **changes)
        stack = MethodStack([(type(method).__name__, method) for method in methods])
        model = model or make_model()
        start = state(model)
        mixture = stack.mixture(job.mixture)
        wrapped = stack.wrap(model)
        stack.prepare(wrapped)
        train(replace(job, mixture=mixture), wrapped, stack)
        return stack.outputs(start, state(stack.unwrap(wrapped)))

    return go


@pytest.fixture
def interrupted(run, tmp_path, monkeypatch):
    """Run a job that is killed after its third step and goes on with fresh objects."""
    monkeypatch.setattr("earlyexp_bench.training.loop.REPORT_SECONDS", 0)

    def kill(progress):
        if progress["step"] == 3:
            raise KeyboardInterrupt

    def go(job, make_methods):
        saving = {"checkpoint_directory": tmp_path, "checkpoint_seconds": 0}
        with pytest.raises(KeyboardInterrupt):
            run(job, *make_methods(), report=kill, **saving)
        return run(job, *make_methods(), **saving)

    return go


def state(model):
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


@pytest.fixture
def same():
    def compare(first, second):
        return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)

    return compare
