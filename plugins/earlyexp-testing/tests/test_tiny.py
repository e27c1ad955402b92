"""What `earlyexp_testing` offers to authors of methods: small, the same every time, and alive."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import earlyexp_testing as testing
from earlyexp_bench.builtin._lora import LoRA
from earlyexp_bench.builtin.methods import LoRAParams
from earlyexp_bench.training import Method, row_losses
from earlyexp_testing import tiny_context, tiny_job, tiny_model, tiny_sequences, tiny_stage, train_tiny
from earlyexp_testing.conformance.method_points import POINTS


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_models_are_equal_by_their_arguments_and_draw_from_no_shared_state():
    state = torch.get_rng_state()
    first, again, other = weights(tiny_model()), weights(tiny_model()), weights(tiny_model(1))
    assert same(first, again)
    assert not same(first, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("model_type", ["gpt2", "qwen2", "gpt_neox"])
def test_other_architectures_run_on_the_same_sequences(model_type):
    model = tiny_model(model_type=model_type)
    assert model.config.model_type == model_type
    ids = torch.from_numpy(tiny_sequences(3).ids).long()
    assert model(input_ids=ids).logits.shape == (3, 32, model.config.vocab_size)
    assert sum(parameter.numel() for parameter in model.parameters()) < 100_000


def test_sequences_are_the_same_every_time_and_differ_by_role_and_by_what_is_trained_on():
    first, again = tiny_sequences(12), tiny_sequences(12)
    assert np.array_equal(first.ids, again.ids)
    assert first.ids.shape == first.scored.shape == (12, 32)
    assert first.full.tolist() == list(range(12))
    assert not np.array_equal(first.ids, tiny_sequences(12, "target").ids)
    assert tiny_sequences(12, loss_on="answer").scored.sum() < 0.8 * first.scored.sum()


def test_a_few_steps_teach_something_and_a_method_takes_part():
    start = tiny_model()
    plain = train_tiny(tiny_model())["final"]
    assert same(plain, train_tiny(tiny_model())["final"])
    trained = tiny_model()
    trained.load_state_dict(plain)
    assert mean_loss(trained) < mean_loss(start) - 0.05
    adapted = train_tiny(tiny_model(), LoRA(LoRAParams(rank=2, targets=("mlp",)), tiny_context()))["final"]
    moved = {name for name, tensor in adapted.items() if not torch.equal(tensor, start.state_dict()[name])}
    assert moved and all("mlp" in name for name in moved)


def mean_loss(model):
    sequences = tiny_sequences(20, seed=5)
    with torch.no_grad():
        losses, counts = row_losses(
            model.eval(), torch.from_numpy(sequences.ids).long(), torch.from_numpy(sequences.scored)
        )
    return (losses.sum() / counts.sum()).item()


def test_the_context_is_that_of_the_job_and_the_stage():
    class Asks(Method):
        def after_step(self, model, step):
            steps.append(step)

    steps = []
    context = tiny_context("posttrain", seed=3)
    assert (context.stage, context.seed, context.planned) == ("posttrain", 3, tiny_stage("posttrain"))
    assert context.tokens.keys() == {"general", "target"}
    train_tiny(tiny_model(), Asks(None, context), job=tiny_job("posttrain"))
    assert len(steps) == context.planned.steps == tiny_stage().steps
    rule = context.optimization
    assert rule == tiny_job("posttrain").optimization == replace(tiny_job(), stage="pretrain").optimization


def test_every_point_of_a_method_is_watched_by_the_kit():
    points = {name for name, value in vars(Method).items() if callable(value) and not name.startswith("_")}
    assert points == {*POINTS, "step"}


def test_the_package_itself_is_light_and_says_what_it_has_not():
    code = "import sys, earlyexp_testing as t; t.tiny_stage(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert all(hasattr(testing, name) for name in testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'near_duplicates'"):
        _ = testing.near_duplicates
