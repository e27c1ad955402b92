"""Several of them in one stage, and what they say of themselves before anything runs."""

import re

import pytest
import torch

from earlyexp_bench.builtin._dropout import Dropout
from earlyexp_bench.builtin._lora import LoRA
from earlyexp_bench.builtin.methods import DropoutParams, LoRAParams
from earlyexp_bench.contracts import TRAINING_STAGES, CellContext, UserError
from earlyexp_bench.hooks import load_object, registry
from earlyexp_bench.training import Method
from earlyexp_mitigations import METHODS
from earlyexp_mitigations._ema import EMA
from earlyexp_mitigations._flow import FLOW
from earlyexp_mitigations._l2sp import L2SP
from earlyexp_mitigations._sam import SAM
from earlyexp_mitigations._wise_ft import WiseFT
from earlyexp_mitigations.averages import EMAParams, WiseFTParams
from earlyexp_mitigations.objectives import FLOWParams, SAMParams
from earlyexp_mitigations.penalties import FISHER, EWCParams, L2SPParams
from earlyexp_testing import tiny_stage

BY_NAME = {method.name: method for method in METHODS}


def cell(methods, model_type="llama"):
    return CellContext(
        **vars(tiny_stage()), model={"model_type": model_type}, track="added", methods=methods, numerics={}
    )


def reason(name, among):
    """Why a method with default parameters cannot run."""
    return BY_NAME[name].incompatible(BY_NAME[name].Params(), among)


def mixed(context, alphas):
    return (
        WiseFT(WiseFTParams(alphas=alphas), context),
        LoRA(LoRAParams(rank=4), context),
        Dropout(DropoutParams(p=0.1), context),
        L2SP(L2SPParams(strength=0.01), context),
        SAM(SAMParams(), context),
        FLOW(FLOWParams(), context),
        EMA(EMAParams(), context),
    )


def test_wise_ft_lora_dropout_l2sp_sam_flow_and_ema_train_together(job, run, same, make_model, context):
    start = {name: tensor.clone() for name, tensor in make_model().state_dict().items()}
    found = run(job, *mixed(context, (0.0, 0.5, 1.0)))
    assert same(found["alpha=0"], start)
    adapted = ("o_proj.weight", "gate_proj.weight", "up_proj.weight", "down_proj.weight", "lm_head.weight")
    for name, weight in start.items():
        assert torch.equal(found["alpha=1"][name], weight) != name.endswith(adapted), name
    for name, half in found["alpha=0.5"].items():
        torch.testing.assert_close(half, (start[name] + found["alpha=1"][name]) / 2)


def test_together_they_resume_to_the_same_bits(job, run, interrupted, same, context):
    found = interrupted(job, lambda: mixed(context, (1.0,)))
    assert same(found["alpha=1"], run(job, *mixed(context, (1.0,)))["alpha=1"])


def test_two_grids_in_one_stage_are_refused(job, run, context):
    grids = [WiseFT(WiseFTParams(), context) for _ in range(2)]
    with pytest.raises(UserError, match="both override `outputs`"):
        run(job, *grids)


@pytest.mark.parametrize("name", BY_NAME)
def test_each_is_registered_with_its_paper_and_a_heavy_half(name):
    definition = registry().method(f"mitigations/{name}").definition
    assert definition is BY_NAME[name]
    assert "20" in definition.reference and "arXiv" in definition.reference
    assert issubclass(load_object(definition.implementation), Method)
    assert definition.stages <= set(TRAINING_STAGES)
    described = definition.Params.model_json_schema()["properties"].values()
    assert all(field["description"] for field in described)


def test_free_points_are_named_by_their_share():
    definition = BY_NAME["wise-ft"]
    assert definition.outputs(WiseFTParams(alphas=(0, 0.1, 1 / 3))) == ("alpha=0", "alpha=0.1", "alpha=0.333333")


def test_what_ewc_needs_follows_where_its_fisher_information_comes_from():
    ewc = BY_NAME["ewc"]
    assert ewc.needs(EWCParams(), "finetune").tokens == {"general"}
    assert ewc.needs(EWCParams(fisher="target"), "finetune").tokens == {"target"}
    kept = ewc.needs(EWCParams(fisher="kept"), "finetune")
    assert (kept.tokens, kept.sidecars) == (frozenset(), {FISHER})
    assert ewc.cost(EWCParams(fisher="kept"), tiny_stage()).backward_tokens == 0
    assert ewc.cost(EWCParams(tokens=500), tiny_stage()).backward_tokens == 500


def test_sam_costs_twice_and_flow_a_forward_pass():
    assert BY_NAME["sam"].cost(SAMParams(), tiny_stage(tokens=1000)).backward_tokens == 1000
    assert BY_NAME["flow"].cost(FLOWParams(), tiny_stage(tokens=1000)).forward_tokens == 1000


@pytest.mark.parametrize(
    ("methods", "name", "why"),
    [
        (("builtin/lora", "mitigations/oplora"), "oplora", r"one set of adapters a stage \(builtin/lora\)"),
        (("mitigations/oplora", "mitigations/oplora"), "oplora", "listed twice"),
        (("mitigations/olora", "builtin/lora"), "olora", r"one set of adapters a stage \(builtin/lora\)"),
        (("mitigations/oplora", "mitigations/freezing"), "freezing", "would move its frozen layers"),
        (("builtin/lora", "mitigations/ewc"), "ewc", "which adapters do not train"),
        (("mitigations/ema", "builtin/lora"), "ema", "must be listed after builtin/lora"),
        (("mitigations/flow", "builtin/replay"), "flow", "must be listed after builtin/replay"),
    ],
)
def test_what_cannot_run_together_says_why(methods, name, why):
    assert re.search(why, reason(name, cell(methods)))
    assert reason(name, cell((f"mitigations/{name}",))) is None


def test_what_can_run_together_is_let_run():
    methods = ("builtin/replay", "builtin/lora", "mitigations/flow", "mitigations/ema", "mitigations/l2-sp")
    assert all(reason(name, cell(methods)) is None for name in ("flow", "ema", "l2-sp"))


def test_oplora_needs_linear_layers():
    assert "gpt2 keeps as convolutions" in reason("oplora", cell(("mitigations/oplora",), "gpt2"))
