"""EWC and L2-SP: the formula, its gradient, and where they pull to."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from earlyexp_bench.builtin._dropout import Dropout
from earlyexp_bench.builtin.methods import DropoutParams
from earlyexp_bench.contracts import EarlyExpError, UserError
from earlyexp_bench.training import MethodStack, row_losses
from earlyexp_mitigations._ewc import EWC
from earlyexp_mitigations._fisher import Fisher
from earlyexp_mitigations._l2sp import L2SP
from earlyexp_mitigations.penalties import FISHER, EWCParams, FisherParams, L2SPParams
from earlyexp_testing import tiny_sequences


def moved(model):
    """Move every weight by a known amount; return that by name."""
    torch.manual_seed(1)
    steps = {name: torch.randn_like(parameter) * 0.01 for name, parameter in model.named_parameters()}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter += steps[name]
    return steps


def squared_gradients(model, sequences, rows):
    """The Fisher information's diagonal, by its definition: one gradient for each sequence."""
    model.eval()
    total = {name: torch.zeros_like(parameter) for name, parameter in model.named_parameters()}
    for row in rows:
        model.zero_grad()
        ids, scored = torch.from_numpy(sequences.ids[[row]]).long(), torch.from_numpy(sequences.scored[[row]])
        losses, counts = row_losses(model, ids, scored)
        (losses / counts).sum().backward()
        for name, parameter in model.named_parameters():
            total[name] += parameter.grad**2 / len(rows)
    model.zero_grad()
    return total


@pytest.mark.parametrize("stream", ["general", "target"])
def test_ewc_is_the_formula_in_value_and_gradient(make_model, context, stream):
    model, sequences = make_model().train(), context.tokens[stream]
    method = EWC(EWCParams(strength=50.0, fisher=stream, tokens=10**6), context)
    method.prepare(model)
    assert model.training
    fisher = squared_gradients(make_model(), sequences, range(sequences.count))
    assert method.penalty(model).item() == 0.0
    steps = moved(model)
    penalty = method.penalty(model)
    expected = 25.0 * sum((fisher[name] * step**2).sum() for name, step in steps.items())
    torch.testing.assert_close(penalty.detach(), expected)
    penalty.backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, 50.0 * fisher[name] * steps[name], rtol=1e-3, atol=1e-8)


def test_the_fisher_information_is_of_as_many_tokens_as_stated(make_model, context):
    sequences = context.tokens["general"]
    method = Fisher(FisherParams(data="general", tokens=3 * 32 + 31), context)
    found = method.sidecar(make_model())
    sums = {
        rows: squared_gradients(make_model(), sequences, rows)["model.norm.weight"]
        for rows in ((a, b, c) for a in range(12) for b in range(a) for c in range(b))
    }
    assert any(torch.allclose(found["model.norm.weight"], total) for total in sums.values())
    with pytest.raises(UserError, match="31 tokens are not one sequence of 32"):
        Fisher(FisherParams(data="general", tokens=31), context).sidecar(make_model())


def test_the_fisher_information_is_measured_with_dropout_off(make_model, context):
    dropping, plain = make_model().train(), make_model()
    Dropout(DropoutParams(p=0.5), context).prepare(dropping)
    found = [Fisher(FisherParams(), context).sidecar(model) for model in (dropping, plain)]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[1])


def test_other_seeds_sample_other_sequences(make_model, context):
    params = FisherParams(data="general", tokens=32)
    found = [Fisher(params, replace(context, seed=seed)).sidecar(make_model()) for seed in (0, 0, 1)]
    assert torch.equal(found[0]["model.norm.weight"], found[1]["model.norm.weight"])
    assert not torch.equal(found[0]["model.norm.weight"], found[2]["model.norm.weight"])


def test_fisher_leaves_training_alone_and_is_what_ewc_reads(job, run, same, make_model, context):
    assert same(run(job, Fisher(FisherParams(), context))["final"], run(job)["final"])
    kept = Fisher(FisherParams(), context).sidecar(make_model())
    reading = EWC(EWCParams(fisher="kept"), replace(context, tokens={}, sidecars={FISHER: kept}))
    measuring = EWC(EWCParams(fisher="target"), context)
    penalties = []
    for method in (reading, measuring):
        model = make_model()
        method.prepare(model)
        moved(model)
        penalties.append(method.penalty(model))
    assert torch.equal(*penalties)
    assert penalties[0] > 0


def test_ewc_without_the_fisher_information_of_a_weight_says_which(make_model, context):
    kept = Fisher(FisherParams(), context).sidecar(make_model())
    del kept["model.norm.weight"]
    method = EWC(EWCParams(fisher="kept"), replace(context, sidecars={FISHER: kept}))
    with pytest.raises(EarlyExpError, match=r"no Fisher information of the parameter model\.norm\.weight"):
        method.prepare(make_model())


def distance_under_sgd(model, sequences, method, strength):
    """Distance to the start where plain gradient descent on loss + penalty comes to rest."""
    method.prepare(model)
    start = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5 / strength)
    ids, scored = torch.from_numpy(sequences.ids).long(), torch.from_numpy(sequences.scored)
    for _ in range(40):
        losses, counts = row_losses(model, ids, scored)
        optimizer.zero_grad()
        (losses.sum() / counts.sum() + method.penalty(model)).backward()
        optimizer.step()
    return torch.cat([(p.detach() - s).flatten() for p, s in zip(model.parameters(), start, strict=True)]).norm()


@pytest.mark.parametrize("name", ["ewc", "l2-sp"])
def test_the_distance_falls_as_one_over_the_strength(make_model, context, name):
    generator = torch.Generator().manual_seed(3)
    fisher = {n: 0.5 + torch.rand(p.shape, generator=generator) for n, p in make_model().named_parameters()}
    distances = []
    for strength in (1e3, 2e3, 4e3):
        if name == "ewc":
            method = EWC(EWCParams(strength=strength, fisher="kept"), replace(context, sidecars={FISHER: fisher}))
        else:
            method = L2SP(L2SPParams(strength=strength), context)
        distances.append(distance_under_sgd(make_model(), tiny_sequences(), method, strength))
    np.testing.assert_allclose(np.divide(distances[:-1], distances[1:]), 2.0, rtol=0.02)


def test_l2sp_is_the_formula_in_value_and_gradient(make_model, context):
    model = make_model()
    method = L2SP(L2SPParams(strength=0.3), context)
    method.prepare(model)
    assert method.penalty(model).item() == 0.0
    steps = moved(model)
    penalty = method.penalty(model)
    torch.testing.assert_close(penalty.detach(), 0.15 * sum((step**2).sum() for step in steps.values()))
    penalty.backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, 0.3 * steps[name], rtol=1e-3, atol=1e-7)


def test_l2sp_pulls_to_the_start_where_weight_decay_pulls_to_zero(job, run, make_model, context):
    start = dict(make_model().named_parameters())
    # Nothing to learn: only the pull is left.
    sequences = job.mixture.sources["downstream"]
    silent = replace(sequences, scored=np.zeros(sequences.ids.shape, dtype=bool))
    job = replace(job, mixture=replace(job.mixture, sources={"downstream": silent}))
    pulled, decayed = run(job, L2SP(L2SPParams(strength=1.0), context))["final"], run(job)["final"]
    for name, weight in start.items():
        assert torch.equal(pulled[name], weight)
        if weight.ndim == 2:
            assert decayed[name].norm() < weight.norm()


@pytest.mark.parametrize(("method", "params"), [(L2SP, L2SPParams), (EWC, EWCParams)])
def test_a_penalty_holds_the_trained_model_nearer_to_the_start(job, run, make_model, context, method, params):
    start, distances = make_model().state_dict(), []
    for strength in (0.0, 1e4):
        final = run(job, method(params(strength=strength), context))["final"]
        distances.append(sum(float((final[n] - start[n]).square().sum()) for n in start) ** 0.5)
    assert 0 < distances[1] < 0.9 * distances[0]


@pytest.mark.parametrize("method", [L2SP(L2SPParams(), None), EWC(EWCParams(), None)])
def test_penalties_take_the_place_of_weight_decay(method):
    assert MethodStack([("it", method)]).replaces_weight_decay
    assert not MethodStack([("it", Fisher(FisherParams(), None))]).replaces_weight_decay


def test_penalties_resume_to_the_same_bits(job, run, interrupted, same, context):
    def make():
        return EWC(EWCParams(strength=1e3), context), L2SP(L2SPParams(), context)

    assert same(interrupted(job, make)["final"], run(job, *make())["final"])
