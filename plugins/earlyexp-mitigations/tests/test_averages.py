"""WiSE-FT and EMA: what is averaged, exactly."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from earlyexp_bench.builtin._lora import LoRA
from earlyexp_bench.builtin.methods import LoRAParams
from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.contracts.stages import Convergence
from earlyexp_bench.training import Method, Stopping, Windows
from earlyexp_mitigations._ema import EMA
from earlyexp_mitigations._wise_ft import WiseFT
from earlyexp_mitigations.averages import EMAParams, WiseFTParams
from earlyexp_testing import tiny_sequences


@pytest.mark.parametrize("tied", [True, False])
def test_wise_ft_is_exact_at_both_ends_and_halfway_between(job, run, same, make_model, context, tied):
    start = {name: tensor.clone() for name, tensor in make_model(tied=tied).state_dict().items()}
    plain = run(job, model=make_model(tied=tied))["final"]
    method = WiseFT(WiseFTParams(alphas=(0, 0.5, 1)), context)
    found = run(job, method, model=make_model(tied=tied))
    assert list(found) == ["alpha=0", "alpha=0.5", "alpha=1"]
    assert same(found["alpha=0"], start)
    assert same(found["alpha=1"], plain)
    for name, half in found["alpha=0.5"].items():
        torch.testing.assert_close(half, (start[name] + plain[name]) / 2)


def test_wise_ft_takes_what_is_no_number_from_the_end(context):
    method = WiseFT(WiseFTParams(alphas=(0.5,)), context)
    found = method.outputs({"seen": torch.tensor(3)}, {"seen": torch.tensor(8)})
    assert found["alpha=0.5"]["seen"].item() == 8


@pytest.mark.parametrize("alphas", [(), (0.5, 0.5), (1.2,), (-0.1, 1), (0.5, 0.5000001)])
def test_alphas_that_make_no_sense_are_refused(alphas):
    with pytest.raises(ValidationError):
        WiseFTParams(alphas=alphas)


class Diary(Method):
    """Writes down the weights after every step."""

    def prepare(self, model):
        self.weights = [self.copy(model)]

    def after_step(self, model, step):
        self.weights.append(self.copy(model))

    def copy(self, model):
        return {name: parameter.detach().double() for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("decay", [0.0, 0.25, 0.999])
def test_ema_is_the_closed_form(job, run, context, decay):
    diary = Diary(None, context)
    found = run(job, diary, EMA(EMAParams(decay=decay), context))["final"]
    decays = [min(decay, (1 + t) / (10 + t)) for t in range(1, len(diary.weights))]
    for name in diary.weights[0]:
        expected = diary.weights[0][name]
        for d, weights in zip(decays, diary.weights[1:], strict=True):
            expected = d * expected + (1 - d) * weights[name]
        torch.testing.assert_close(found[name].double(), expected, rtol=1e-5, atol=1e-6)


def test_ema_leaves_training_alone(job, run, same, context):
    diaries = Diary(None, context), Diary(None, context)
    plain = run(job, diaries[0])["final"]
    averaged = run(job, diaries[1], EMA(EMAParams(), context))["final"]
    assert all(same(*pair) for pair in zip(diaries[0].weights, diaries[1].weights, strict=True))
    assert not same(plain, averaged)


def test_ema_resumes_to_the_same_bits(job, run, interrupted, same, context):
    def make():
        return (EMA(EMAParams(), context),)

    assert same(interrupted(job, make)["final"], run(job, *make())["final"])


def test_ema_after_early_stopping_is_the_average_at_the_best_weights(job, run, context):
    held_out = tiny_sequences(3, seed=9).ids.astype(np.int64)
    windows = Windows(held_out[:, :-1], held_out[:, 1:], np.full(3, 31))
    # No later evaluation is ever so much better than the first one, which comes after one step.
    rule = Convergence(max_tokens=10**6, eval_every=0.2, patience=3, min_delta=100.0)
    diary = Diary(None, context)
    found = run(job, diary, EMA(EMAParams(), context), stopping=Stopping(rule, windows))["final"]
    assert len(diary.weights) == 1 + 4
    for name, first in diary.weights[0].items():
        expected = 2 / 11 * first + 9 / 11 * diary.weights[1][name]
        torch.testing.assert_close(found[name].double(), expected, rtol=1e-5, atol=1e-6)


def test_the_average_of_adapters_is_merged(job, run, make_model, context):
    diary = Diary(None, context)
    lora = LoRA(LoRAParams(rank=2, targets=("mlp",)), context)
    found = run(job, lora, diary, EMA(EMAParams(decay=0.0), context))["final"]
    last = run(job, LoRA(LoRAParams(rank=2, targets=("mlp",)), context))["final"]
    for name, tensor in last.items():
        torch.testing.assert_close(found[name], tensor)


def test_an_average_of_merged_adapters_is_loud(job, run, context):
    lora = LoRA(LoRAParams(rank=2, targets=("mlp",)), context)
    with pytest.raises(EarlyExpError, match="list `ema` after what adds adapters"):
        run(job, EMA(EMAParams(), context), lora)


def test_wise_ft_interpolates_to_the_average(job, run, same, context):
    averaged = run(job, EMA(EMAParams(), context))["final"]
    both = run(job, EMA(EMAParams(), context), WiseFT(WiseFTParams(alphas=(1.0,)), context))
    assert same(both["alpha=1"], averaged)
