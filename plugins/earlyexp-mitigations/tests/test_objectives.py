"""SAM and FLOW: where the gradient is taken, and what each sequence weighs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from earlyexp_bench.builtin._dropout import Dropout
from earlyexp_bench.builtin._replay import Replay
from earlyexp_bench.builtin.methods import DropoutParams, ReplayParams
from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training import Batch, row_losses
from earlyexp_mitigations._flow import FLOW
from earlyexp_mitigations._l2sp import L2SP
from earlyexp_mitigations._sam import SAM
from earlyexp_mitigations.objectives import FLOWParams, SAMParams
from earlyexp_mitigations.penalties import L2SPParams


@pytest.mark.parametrize("micro_batch", [None, 1])
@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_sam_without_a_radius_is_the_plain_optimizer_to_the_bit(job, run, same, context, micro_batch, dropout):
    job = replace(job, numerics=Numerics(micro_batch=micro_batch))
    drops = [Dropout(DropoutParams(p=dropout), context) for _ in range(2)]
    plain = run(job, drops[0])["final"]
    assert same(run(job, SAM(SAMParams(rho=0.0), context), drops[1])["final"], plain)
    assert not same(run(job, SAM(SAMParams(rho=0.5), context))["final"], plain)


class Watched(SAM):
    """Writes down the weights at which each gradient is taken, and the gradient."""

    def __init__(self, params, context):
        super().__init__(params, context)
        self.points, self.gradients = [], []

    def prepare(self, model):
        super().prepare(model)
        self.model = model

    def step(self, backward, apply):
        def noted():
            self.points.append(self.flat(self.model.parameters()))
            loss = backward()
            self.gradients.append(self.flat(p.grad for p in self.model.parameters()))
            return loss

        return super().step(noted, apply)

    def flat(self, tensors):
        return torch.cat([tensor.detach().flatten() for tensor in tensors]).double()


@pytest.mark.parametrize("micro_batch", [None, 1, 3])
@pytest.mark.parametrize("rho", [0.05, 0.5])
def test_sam_climbs_rho_along_the_gradient_of_the_whole_global_batch(job, run, make_model, context, micro_batch, rho):
    method = Watched(SAMParams(rho=rho), context)
    run(job, method, numerics=Numerics(micro_batch=micro_batch))
    ids, scored = (torch.from_numpy(array) for array in job.mixture.batch(0, 4))
    model = make_model()
    losses, counts = row_losses(model, ids, scored)
    (losses.sum() / counts.sum()).backward()
    gradient = method.flat(p.grad for p in model.parameters())
    climbed = method.points[1] - method.points[0]
    assert climbed.norm().item() == pytest.approx(rho, rel=1e-4)
    assert torch.nn.functional.cosine_similarity(climbed, gradient, dim=0).item() == pytest.approx(1, abs=1e-5)
    assert len(method.points) == 2 * 5
    # The second gradient belongs to the second point alone.
    torch.nn.utils.vector_to_parameters(method.points[1].float(), model.parameters())
    model.zero_grad()
    losses, counts = row_losses(model, ids, scored)
    (losses.sum() / counts.sum()).backward()
    there = method.flat(p.grad for p in model.parameters())
    torch.testing.assert_close(method.gradients[1], there, rtol=1e-3, atol=1e-6)


def test_sam_comes_back_before_it_descends(job, run, make_model, context):
    still = job.optimization.model_copy(update={"learning_rate": 1e-30, "weight_decay": 0.0})
    final = run(job, SAM(SAMParams(rho=0.5), context), optimization=still)["final"]
    for name, weight in make_model().state_dict().items():
        torch.testing.assert_close(final[name], weight, rtol=0, atol=1e-25)


def test_sam_sees_penalties_too(job, run, context):
    methods = Watched(SAMParams(), context), L2SP(L2SPParams(strength=1e3), context)
    run(job, *methods)
    away, climbed = methods[0].points[2] - methods[0].points[0], methods[0].points[3] - methods[0].points[2]
    # After a step away from the start the penalty, so strong, is all of the gradient.
    assert torch.nn.functional.cosine_similarity(away, climbed, dim=0) > 0.99


def base_losses(model, sequences):
    ids, scored = torch.from_numpy(sequences.ids).long(), torch.from_numpy(sequences.scored)
    with torch.no_grad():
        losses, counts = row_losses(model.eval(), ids, scored)
    return (losses / counts).double().numpy()


def weights_of(method, sequences):
    return method.sample_weights(Batch(torch.from_numpy(sequences.ids).long(), torch.from_numpy(sequences.scored)))


@pytest.mark.parametrize("temperature", [None, 2.0])
def test_flow_weights_are_the_formula(job, make_model, context, temperature):
    method, sequences = FLOW(FLOWParams(temperature=temperature), context), job.mixture.sources["downstream"]
    assert method.mixture(job.mixture) is job.mixture
    model = make_model().train()
    method.prepare(model)
    assert model.training
    losses = base_losses(make_model(), sequences)
    expected = np.exp(-losses / (temperature or np.median(losses)))
    np.testing.assert_allclose(weights_of(method, sequences).numpy(), expected, rtol=1e-5)
    assert expected.std() > 0.02 * expected.mean()


def test_flow_measures_with_dropout_off_and_keeps_to_the_starting_model(job, run, make_model, context):
    class Watching(FLOW):
        def sample_weights(self, batch):
            seen.append((batch.ids[0, 1].item(), super().sample_weights(batch)[0].item()))
            return super().sample_weights(batch)

    seen = []
    order = np.concatenate([job.mixture.order] * 2)
    twice = replace(job, mixture=replace(job.mixture, order=order), numerics=Numerics(micro_batch=1))
    run(twice, Dropout(DropoutParams(p=0.3), context), Watching(FLOWParams(), context))
    assert seen[:20] == seen[20:]
    losses = base_losses(make_model(), job.mixture.sources["downstream"])
    weights = np.exp(-losses / np.median(losses))[job.mixture.order[:, 1]]
    np.testing.assert_allclose([weight for _, weight in seen[:20]], weights, rtol=1e-5)


def test_flow_weights_replayed_sequences_too(job, run, context):
    replay = Replay(ReplayParams(fraction=0.2), context)
    run(job, replay, FLOW(FLOWParams(), context))
    with pytest.raises(EarlyExpError, match="list `flow` after what adds sequences"):
        run(job, FLOW(FLOWParams(), context), replay)


@pytest.mark.parametrize("make", [lambda c: SAM(SAMParams(), c), lambda c: FLOW(FLOWParams(), c)])
def test_they_resume_to_the_same_bits(job, run, interrupted, same, context, make):
    dropout = DropoutParams(p=0.1)
    found = interrupted(job, lambda: (make(context), Dropout(dropout, context)))
    assert same(found["final"], run(job, make(context), Dropout(dropout, context))["final"])
