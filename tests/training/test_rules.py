"""Schedule, weight decay, losses: rules that the protocol states in numbers."""

import math

import numpy as np
import pytest
import torch
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window
from torch.nn import functional

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Convergence, Optimization
from earlyexp_bench.training import (
    EarlyStopping,
    TokenizedSplit,
    document_windows,
    posttraining_mixture,
    row_losses,
    training_flops_per_token,
    training_loss,
    validation_loss,
)
from earlyexp_bench.training.optimizer import build_optimizer
from earlyexp_bench.training.schedule import Schedule
from earlyexp_bench.training.stopping import evaluation_steps


def test_schedule_warms_up_then_falls_to_a_tenth():
    rule = Optimization(learning_rate=1.0, batch_tokens=1)
    rates = [Schedule(rule, 100).rate(step) for step in range(100)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[52] == pytest.approx(0.1 + 0.9 * (1 + math.cos(math.pi * 48 / 95)) / 2)
    assert rates[-1] == pytest.approx(0.1)


@pytest.mark.parametrize(("floor", "last"), [(None, 0.1), (0.02, 0.02), (0.5, 0.1), (0.0, 0.0)])
def test_schedule_ends_at_the_lower_of_floor_and_a_tenth(floor, last):
    rule = Optimization(learning_rate=1.0, batch_tokens=1, min_learning_rate=floor)
    assert Schedule(rule, 10).rate(9) == pytest.approx(last)


def test_warm_up_in_steps_may_outlast_the_stage():
    rule = Optimization(learning_rate=1.0, batch_tokens=1, warmup_steps=500)
    assert Schedule(rule, 100).rate(99) == pytest.approx(0.2)


STABLE = Optimization(learning_rate=1.0, batch_tokens=1, schedule="warmup-stable-decay", min_learning_rate=0.0)


def rates(schedule):
    return [schedule.rate(step) for step in range(schedule.stop)]


def test_a_stable_rate_decays_over_the_last_fifth_of_the_cap():
    found = rates(Schedule(STABLE, 100))
    assert found[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert set(found[5:80]) == {1.0}
    assert found[80:] == pytest.approx([1 - k / 20 for k in range(1, 21)])


def test_a_stable_rate_without_further_gain_decays_at_once_over_a_fifth_of_what_it_comes_to():
    found = rates(Schedule(STABLE, 100).ended(40))
    assert len(found) == 50
    assert set(found[5:40]) == {1.0}
    assert found[40:] == pytest.approx([1 - k / 10 for k in range(1, 11)])


def test_a_decay_that_runs_is_not_begun_again_and_none_passes_the_cap():
    schedule = Schedule(STABLE, 100)
    assert schedule.ended(80) == schedule.ended(97) == schedule
    assert schedule.ended(79).stop == 99


def test_a_cosine_without_further_gain_stops_where_it_is():
    schedule = Schedule(Optimization(learning_rate=1.0, batch_tokens=1), 100)
    assert rates(schedule.ended(40)) == rates(schedule)[:40]


def test_weight_decay_acts_on_matrices_only(make_model):
    model = make_model()
    groups = build_optimizer(model, Optimization(learning_rate=1, batch_tokens=1), Numerics()).param_groups
    decays = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    assert {name for name, p in model.named_parameters() if decays[id(p)] == 0} == {
        name for name, _ in model.named_parameters() if "norm" in name
    }
    assert len(decays) == len(list(model.parameters()))
    without = build_optimizer(model, Optimization(learning_rate=1, batch_tokens=1), Numerics(), weight_decay=False)
    assert all(group["weight_decay"] == 0 for group in without.param_groups)


def test_training_loss_and_gradient_equal_those_of_torch():
    torch.manual_seed(0)
    logits = torch.randn(3, 50, 11, requires_grad=True)
    ids, weights = torch.randint(0, 11, (3, 50)), torch.rand(3, 50)
    plain = functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    expected = (plain * weights[:, 1:].flatten()).sum()
    loss = training_loss(logits, ids, weights)
    torch.testing.assert_close(loss, expected)
    for ours, theirs in zip(
        torch.autograd.grad(3 * loss, logits), torch.autograd.grad(3 * expected, logits), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


def test_row_losses_agree_with_the_training_loss(make_model, make_sequences):
    model, sequences = make_model(), make_sequences(loss_on="answer")
    ids, scored = torch.from_numpy(sequences.ids[:]).long(), torch.from_numpy(sequences.scored[:])
    sums, counts = row_losses(model, ids, scored)
    total = training_loss(model(input_ids=ids).logits, ids, scored.float())
    torch.testing.assert_close(sums.sum(), total)
    assert counts.tolist() == scored.sum(dim=1).tolist()


def test_windows_are_those_of_lm_eval(make_split):
    split = make_split(documents=20, longest=50)
    windows = document_windows(split, 16)
    found = []
    for inputs, targets, length in zip(windows.inputs, windows.targets, windows.lengths, strict=True):
        found.append((inputs[:length].tolist(), targets[targets != -100].tolist()))
    expected = []
    for first, last in zip(split.offsets[:-1], split.offsets[1:], strict=True):
        for pair in get_rolling_token_windows(split.ids[first:last].tolist(), 0, 16, 1):
            before, targets = make_disjoint_window(pair)
            expected.append((before + targets[:-1], targets))
    assert sorted(found) == sorted(expected)


def test_validation_loss_is_a_mean_over_tokens_whatever_the_batch(make_model, make_split):
    model, split = make_model(), make_split(documents=9)
    total, tokens = 0.0, 0
    with torch.no_grad():
        for first, last in zip(split.offsets[:-1], split.offsets[1:], strict=True):
            for before, targets in get_rolling_token_windows(split.ids[first:last].tolist(), 0, 16, 1):
                logits = model(input_ids=torch.tensor([before])).logits[0, -len(targets) :]
                total += float(functional.cross_entropy(logits, torch.tensor(targets), reduction="sum"))
                tokens += len(targets)
    for batch_tokens in (16, 50, 10_000):
        loss = validation_loss(model, document_windows(split, 16), batch_tokens)
        assert loss == pytest.approx(total / tokens, rel=1e-5)


def test_answer_validation_counts_answers_only(make_model, make_split):
    split = make_split(documents=9)
    windows = document_windows(split, 16, loss_on="answer")
    assert (windows.targets != -100).sum() == (split.lengths - split.answer_starts).sum()
    assert validation_loss(make_model(), windows, 64) > 0


def test_judge_waits_for_more_than_min_delta():
    stopping = EarlyStopping(Convergence(max_tokens=1, patience=2, min_delta=0.1))
    assert stopping.improved(1, 3.0)
    assert not stopping.improved(2, 2.95)
    assert stopping.improved(3, 2.85)
    assert not stopping.improved(4, 2.8)
    assert not stopping.converged
    assert not stopping.improved(5, 2.8)
    assert stopping.converged
    assert (stopping.best_loss, stopping.best_tokens) == (2.85, 3)


def test_without_patience_nothing_ends_before_the_cap():
    stopping = EarlyStopping(Convergence(max_tokens=1, patience=None))
    for tokens in range(50):
        stopping.improved(tokens, 3.0)
    assert not stopping.converged


@pytest.mark.parametrize(
    ("curve", "fall"),
    [
        ([(50, 3.0)], None),
        ([(50, 3.0), (100, 2.9)], 0.1),
        ([(50, 3.0), (100, 2.9), (150, 2.8)], 0.1),
        ([(50, 5.0), (100, 3.0), (150, 2.9), (200, 2.96)], 0.02),
        ([(50, 5.0), (100, 3.0), (150, 2.9), (200, 2.8), (204, 2.5)], 0.5 / (104 / 50)),  # the last step's own
    ],
)
def test_the_fall_at_the_end_is_that_of_the_last_pass(curve, fall):
    stopping = EarlyStopping(Convergence(max_tokens=1), curve=curve)
    found = stopping.last_fall(pass_tokens=100)
    assert found is None if fall is None else found == pytest.approx(fall)


def test_evaluations_come_every_half_pass_and_at_the_end(make_sequences):
    mixture = posttraining_mixture(make_sequences(320, role="target"), (0.0, 1.0), 800, 0)
    steps = evaluation_steps(mixture, 2, 0.5)
    assert steps.tolist() == [5, 10, 15, 20, 25]
    assert evaluation_steps(mixture, 7, 0.5).tolist() == [2, 3, 5, 6, 8]


def test_flops_count_matrices_and_attention(make_model):
    tied, untied = make_model(), make_model(tie_word_embeddings=False)
    parameters = sum(p.numel() for p in tied.parameters())
    assert training_flops_per_token(tied, 16) == 6 * parameters + 12 * 2 * 16 * 16
    assert training_flops_per_token(untied, 16) == training_flops_per_token(tied, 16)


def test_early_stopping_may_look_at_the_first_documents_only() -> None:
    split = TokenizedSplit(np.arange(10), np.array([0, 4, 7, 10]), np.array([0, 1, 2]), np.array([5, 6, 7]))
    first = split.first(2)
    assert first.ids.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert first.byte_counts.tolist() == [5, 6]
    assert split.first(None) is split.first(99) is split
