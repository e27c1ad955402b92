"""OPLoRA, O-LoRA and freezing: what moves and what cannot."""

from dataclasses import replace

import pytest
import torch

from earlyexp_bench.contracts import EarlyExpError, UserError
from earlyexp_mitigations._freezing import Freezing
from earlyexp_mitigations._olora import OLoRA
from earlyexp_mitigations._oplora import OPLoRA, ProjectedAdapter
from earlyexp_mitigations.subspaces import OLORA, FreezingParams, OLoRAParams, OPLoRAParams

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture
def tuned(job, run, make_model, context):
    def tune(preserved, tied=True):
        method = OPLoRA(OPLoRAParams(rank=4, preserved=preserved), context)
        start = {name: tensor.clone() for name, tensor in make_model(tied=tied).state_dict().items()}
        return start, run(job, method, model=make_model(tied=tied))["final"]

    return tune


@pytest.mark.parametrize("preserved", [None, 1, 5])
def test_the_update_is_orthogonal_to_the_top_directions_on_both_sides(tuned, preserved):
    start, final = tuned(preserved)
    preserved = preserved or 2  # an eighth of 16
    for name in start:
        if name.split(".")[-2] not in LINEAR:
            continue
        update = (final[name] - start[name]).double()
        left, values, right = torch.linalg.svd(start[name].double(), full_matrices=False)
        assert update.norm() > 1e-2
        assert (left[:, :preserved].T @ update).norm() < 1e-5 * update.norm() + 1e-6
        assert (update @ right[:preserved].T).norm() < 1e-5 * update.norm() + 1e-6
        # So the top singular triples are those of the tuned weights too.
        image = final[name].double() @ right[:preserved].T
        torch.testing.assert_close(image, left[:, :preserved] * values[:preserved], rtol=0, atol=1e-5)


@pytest.mark.parametrize("tied", [True, False])
def test_the_update_has_low_rank_and_nothing_else_moves(tuned, tied):
    start, final = tuned(2, tied)
    assert final.keys() == start.keys()
    for name in start:
        if name.split(".")[-2] in LINEAR:
            values = torch.linalg.svdvals((final[name] - start[name]).double())
            assert values[4] < 1e-4 * values[0]
        else:
            assert torch.equal(final[name], start[name])


def test_the_adapter_computes_what_merging_writes(context):
    torch.manual_seed(0)
    layer = torch.nn.Linear(12, 20)
    adapter = ProjectedAdapter(layer, rank=3, scale=2.0, preserved=4)
    inputs = torch.randn(5, 12)
    torch.testing.assert_close(adapter(inputs), layer(inputs))
    torch.nn.init.normal_(adapter.up)
    merged = torch.nn.functional.linear(inputs, layer.weight + adapter.update(), layer.bias)
    torch.testing.assert_close(adapter(inputs), merged, rtol=1e-4, atol=1e-4)


def test_more_directions_than_there_are_is_refused_with_the_layer(make_model, context):
    with pytest.raises(UserError, match=r"32 preserved directions leave nothing of 0\.self_attn\.q_proj"):
        OPLoRA(OPLoRAParams(preserved=32), context).wrap(make_model())


def test_an_adapter_that_trained_nothing_is_loud(make_model, context):
    method = OPLoRA(OPLoRAParams(rank=2, preserved=2), context)
    with pytest.raises(EarlyExpError, match="14 adapters trained nothing"):
        method.unwrap(method.wrap(make_model()))


def test_oplora_resumes_to_the_same_bits(job, run, interrupted, same, context):
    def make():
        return (OPLoRA(OPLoRAParams(rank=2, preserved=2), context),)

    assert same(interrupted(job, make)["final"], run(job, *make())["final"])


def test_another_seed_starts_from_other_adapters(job, run, same, context):
    finals = [
        run(job, OPLoRA(OPLoRAParams(rank=2, preserved=2), replace(context, seed=seed)))["final"] for seed in (0, 1)
    ]
    assert not same(*finals)


def kept_by(job, run, context, **params):
    """Train with O-LoRA; return what it keeps."""
    method = OLoRA(OLoRAParams(rank=2, **params), context)
    run(job, method)
    return method.sidecar(None)


def overlap(kept, later):
    """Mean absolute cosine between the rows of two stages' A."""
    cosines = [
        torch.nn.functional.normalize(kept[name]) @ torch.nn.functional.normalize(later[name]).T for name in kept
    ]
    return torch.stack([cosine.abs().mean() for cosine in cosines]).mean().item()


def test_olora_alone_is_plain_lora_and_keeps_its_subspace(job, run, make_model, context):
    method = OLoRA(OLoRAParams(rank=2), context)
    start = {name: tensor.clone() for name, tensor in make_model().state_dict().items()}
    final = run(job, method)["final"]
    kept = method.sidecar(None)
    assert len(kept) == 14
    for name, down in kept.items():
        weight = f"model.layers.{name}.weight"
        update = (final[weight] - start[weight]).double()
        basis, _ = torch.linalg.qr(down.double().T)
        assert update.norm() > 1e-2
        assert (update - update @ basis @ basis.T).norm() < 1e-4 * update.norm()
    assert method.penalty(None) is None


def test_the_penalty_of_olora_is_the_formula(make_model, context):
    generator = torch.Generator().manual_seed(5)
    first = OLoRA(OLoRAParams(rank=3), context)
    first.wrap(make_model())
    kept = {name: torch.randn(tensor.shape, generator=generator) for name, tensor in first.sidecar(None).items()}
    later = OLoRA(
        OLoRAParams(rank=2, orthogonal_to_earlier=True, strength=0.7), replace(context, sidecars={OLORA: kept})
    )
    model = later.wrap(make_model())
    downs = {name.removesuffix(".down"): p for name, p in model.model.layers.named_parameters() if "down" in name}
    downs = {name: p for name, p in downs.items() if name in kept}
    expected = 0.7 * sum(((kept[name] @ down.detach().T) ** 2).sum().item() for name, down in downs.items())
    assert len(downs) == 14
    assert later.penalty(model).item() == pytest.approx(expected, rel=1e-5)


def test_olora_keeps_out_of_the_earlier_subspace(job, run, context):
    kept = kept_by(job, run, context)
    after = replace(context, seed=1, sidecars={OLORA: kept})
    held = kept_by(job, run, after, orthogonal_to_earlier=True, strength=100.0)
    free = kept_by(job, run, after, orthogonal_to_earlier=True, strength=0.0)
    own = [{name: rows[2:] for name, rows in found.items()} for found in (held, free)]
    assert all(torch.equal(held[name][:2], kept[name]) for name in kept)
    assert overlap(kept, own[0]) < 0.8 * overlap(kept, own[1])


def test_an_earlier_adapter_that_is_missing_is_named(job, run, make_model, context):
    kept = kept_by(job, run, context)
    del kept["1.mlp.up_proj"]
    method = OLoRA(OLoRAParams(orthogonal_to_earlier=True), replace(context, sidecars={OLORA: kept}))
    with pytest.raises(EarlyExpError, match=r"no earlier adapter of 1\.mlp\.up_proj with 32 inputs"):
        method.wrap(make_model())


@pytest.mark.parametrize(("fraction", "frozen"), [(0.25, 1), (0.7, 2), (0.75, 3), (1.0, 4)])
@pytest.mark.parametrize("embeddings", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_frozen_layers_stay_and_everything_else_moves(
    job, run, make_model, context, fraction, frozen, embeddings, tied
):
    start = make_model(layers=4, tied=tied).state_dict()
    method = Freezing(FreezingParams(fraction=fraction, embeddings=embeddings), context)
    final = run(job, method, model=make_model(layers=4, tied=tied))["final"]
    still = tuple(f"model.layers.{number}." for number in range(frozen))
    if embeddings:
        still += ("model.embed_tokens", "lm_head") if tied else ("model.embed_tokens",)
    for name, weight in start.items():
        assert torch.equal(final[name], weight) == name.startswith(still), name


def test_a_share_that_is_no_layer_is_refused(make_model, context):
    with pytest.raises(UserError, match=r"0\.2 of 2 layers is none"):
        Freezing(FreezingParams(fraction=0.2), context).wrap(make_model())


def test_freezing_resumes_to_the_same_bits(job, run, interrupted, same, context):
    def make():
        return (Freezing(FreezingParams(fraction=0.5), context),)

    assert same(interrupted(job, make)["final"], run(job, *make())["final"])
