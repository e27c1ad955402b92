"""The tiny model of `earlyexp_testing`, its weights large enough for the losses of sequences to differ."""

from dataclasses import replace

import pytest
import torch

from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import Observer, finetuning_mixture
from earlyexp_testing import tiny_context, tiny_job, tiny_model, tiny_sequences, train_tiny


@pytest.fixture(scope="session")
def make_model():
    def make(seed=0, layers=2, tied=True):
        model = tiny_model(seed, num_hidden_layers=layers, tie_word_embeddings=tied)
        for parameter in model.parameters():
            parameter.data *= 3
        return model

    return make


@pytest.fixture
def context():
    """Of a fine-tuning stage that may read an earlier stream."""
    return tiny_context(tokens={role: tiny_sequences(12, role) for role in ("general", "target")})


@pytest.fixture
def job():
    """Five steps of four sequences."""
    sequences = tiny_sequences(20)
    rule = Optimization(learning_rate=1e-2, batch_tokens=4 * sequences.ids.shape[1])
    return tiny_job(mixture=finetuning_mixture(sequences, 0), optimization=rule)


@pytest.fixture
def run(make_model):
    """Train a fresh model with methods to the end of the stage; return its outputs by name."""

    def go(job, *methods, model=None, **changes):
        return train_tiny(model or make_model(), *methods, job=replace(job, **changes))

    return go


class KilledAt3(Observer):
    """Ends training after its third step, as Ctrl-C does."""

    def stepped(self, step):
        if step == 3:
            raise KeyboardInterrupt


@pytest.fixture
def interrupted(run, tmp_path):
    """Run a job that is killed after its third step and goes on with fresh objects."""

    def go(job, make_methods):
        saving = {"checkpoint_directory": tmp_path, "checkpoint_seconds": 0}
        with pytest.raises(KeyboardInterrupt):
            run(job, *make_methods(), observer=KilledAt3(), **saving)
        return run(job, *make_methods(), **saving)

    return go


@pytest.fixture
def same():
    def compare(first, second):
        return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)

    return compare
