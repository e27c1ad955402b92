import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from earlyexp_bench.contracts import Diverged, UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import MethodStack, finetuning_mixture, train


class Killed(Exception):
    pass


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_two_runs_give_the_same_bits_and_learn(job, trained):
    first, outcome = trained(job)
    torch.rand(1000)  # what happened to the global generator before does not matter
    second, _ = trained(job)
    assert equal(first, second)
    assert outcome.steps == 10
    assert outcome.stopped == "budget"
    assert outcome.loss < math.log(64)


def test_the_seed_matters(job, trained, make_sequences):
    first, _ = trained(job)
    second, _ = trained(job, mixture=finetuning_mixture(make_sequences(seed=1), 1))
    assert not equal(first, second)


@pytest.mark.parametrize("kill_at", [1, 4, 9])
def test_a_killed_run_resumes_to_the_same_bits(job, trained, tmp_path, monkeypatch, kill_at):
    whole, outcome = trained(job)

    def kill(progress):
        if progress["step"] == kill_at:
            raise Killed

    monkeypatch.setattr("earlyexp_bench.training.loop.REPORT_SECONDS", 0)
    interrupted = replace(job, checkpoint_directory=tmp_path / "checkpoint", checkpoint_seconds=0)
    with pytest.raises(Killed):
        trained(interrupted, report=kill)
    steps = []
    resumed, resumed_outcome = trained(interrupted, report=lambda p: steps.append(p["step"]))
    assert steps == list(range(kill_at + 1, 11))
    assert equal(whole, resumed)
    assert resumed_outcome == outcome


def test_another_machine_starts_over(job, trained, tmp_path, monkeypatch):
    monkeypatch.setattr("earlyexp_bench.training.loop.REPORT_SECONDS", 0)
    saving = replace(job, checkpoint_directory=tmp_path, checkpoint_seconds=0)
    trained(saving)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "ANOTHER")
    steps = []
    trained(saving, report=lambda p: steps.append(p["step"]))
    assert steps[0] == 1


def test_micro_batches_add_up_to_the_global_batch(job, trained):
    whole, _ = trained(job)
    parts, _ = trained(job, numerics=Numerics(micro_batch=1))
    for name in whole:
        torch.testing.assert_close(whole[name], parts[name], rtol=1e-3, atol=1e-4)


def test_the_last_batch_is_partial(make_sequences, job, trained):
    mixture = finetuning_mixture(make_sequences(tokens=330), 0)
    _, outcome = trained(job, mixture=mixture)
    assert outcome.steps == math.ceil(330 / 32)
    assert mixture.tokens(outcome.rows) == {"downstream": 330}


def test_padding_is_not_trained_on(make_sequences, job, trained):
    sequences = make_sequences(tokens=330)
    filled = replace(sequences, ids=np.where(np.arange(16) < sequences.lengths[:, None], sequences.ids, 5))
    first, _ = trained(job, mixture=finetuning_mixture(sequences, 0))
    second, _ = trained(job, mixture=finetuning_mixture(filled, 0))
    assert equal(first, second)


def test_a_loss_that_is_not_finite_is_a_divergence(job, make_model):
    model = make_model()
    with torch.no_grad():
        model.model.norm.weight[0] = math.nan
    with pytest.raises(Diverged, match="step 0"):
        train(job, model, MethodStack([]))


def test_a_rate_that_explodes_is_a_divergence(job, make_model):
    with torch.no_grad(), pytest.raises(Diverged), torch.enable_grad():
        model = make_model()
        for parameter in model.parameters():
            parameter.data.mul_(1e20)
        train(job, model, MethodStack([]))


def test_a_batch_that_cuts_sequences_is_refused(job, trained):
    with pytest.raises(UserError, match="no multiple of the context 16"):
        trained(job, optimization=Optimization(learning_rate=1e-2, batch_tokens=40))


def test_progress_says_where_it_is(job, trained):
    told = []
    trained(job, report=told.append)
    assert told[-1]["step"] == told[-1]["steps"] == 10
    assert told[-1]["tokens_per_second"] > 0


def test_bf16_keeps_fp32_weights(job, trained):
    weights, outcome = trained(job, numerics=Numerics(precision="bf16"))
    full, _ = trained(job)
    assert math.isfinite(outcome.loss)
    assert all(tensor.dtype == torch.float32 for tensor in weights.values())
    assert not equal(weights, full)


@pytest.mark.parametrize("implementation", ["foreach", "fused", "for-loop"])
def test_every_optimizer_implementation_trains(job, trained, implementation):
    reference, _ = trained(job)
    weights, _ = trained(job, numerics=Numerics(optimizer_implementation=implementation))
    for name in reference:
        torch.testing.assert_close(weights[name], reference[name], rtol=1e-3, atol=1e-4)
