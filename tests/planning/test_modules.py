"""A method that names modules is refused at plan time where the model lacks one, with the line and what would do."""

from typing import Any

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning.modules import check_modules
from earlyexp_bench.planning.probe import ModelProbe

LLAMA = ("self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")
FUSED = ("mlp.experts.gate_up_proj", "mlp.experts.down_proj")
SETTING = "model.layers.*.self_attn.attention_dropout"


def probe_of(modules: tuple[str, ...], not_linear: tuple[str, ...] = (), settings: tuple[str, ...] = ()) -> ModelProbe:
    paths = tuple(f"model.layers.*.{name}" for name in modules)
    return ModelProbe(
        parameters=1, flops_per_token=1, modules=(*paths, "lm_head"), not_linear=not_linear, settings=settings
    )


# Modules as the probe finds them: of a gpt2, phi3, mixtral, qwen2_moe and a Mamba.
LACKING = {
    "gpt2": (probe_of(("attn.c_attn", "attn.c_proj", "mlp.c_fc")), "acts on o_proj, gate_proj, up_proj, down_proj"),
    "phi3": (probe_of(("self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj")), "acts on gate_proj, up_proj, which"),
    "mixtral": (probe_of(("self_attn.o_proj",), FUSED), "acts on gate_proj, up_proj, down_proj, which"),
    "a shared expert": (probe_of(LLAMA, FUSED), r"would act on a part: mlp\.experts\.down_proj"),
    "mamba": (probe_of(("mixer.in_proj", "mixer.out_proj")), "acts on o_proj, gate_proj"),
}


@pytest.mark.parametrize("kind", LACKING)
def test_lora_is_refused_where_it_would_adapt_a_part(planned: Any, kind: str) -> None:
    probe, message = LACKING[kind]
    plan = planned({"recipes/early/finetuning": ["lora"]})
    with pytest.raises(UserError, match=rf"changed\.yaml:\d+: recipes\.early\.finetuning(.|\n)*{message}") as caught:
        check_modules(plan, probe)
    assert "name what it has" in caught.value.expected
    assert probe.modules[0].rpartition(".")[2] in caught.value.expected


def test_names_that_the_model_has_are_accepted(planned: Any) -> None:
    gpt2, _ = LACKING["gpt2"]
    check_modules(planned({"recipes/early/finetuning": [{"use": "lora", "targets": ["c_fc", "attn.c_proj"]}]}), gpt2)
    check_modules(planned({"recipes/early/finetuning": ["lora"]}), probe_of(LLAMA))
    for wrong in ("c_fcc", "mlp", "attn", "fc"):
        with pytest.raises(UserError, match="which this model lacks"):
            check_modules(planned({"recipes/early/finetuning": [{"use": "lora", "targets": [wrong]}]}), gpt2)
    with pytest.raises(UserError, match=r"finetuning\.0\.targets"):
        planned({"recipes/early/finetuning": [{"use": "lora", "targets": ["*"]}]})


def test_dropout_needs_the_places_that_it_drops_in(planned: Any) -> None:
    gpt2, _ = LACKING["gpt2"]
    everywhere = planned({"recipes/early/posttraining": ["dropout"]})
    check_modules(everywhere, probe_of(LLAMA, settings=(SETTING,)))
    with pytest.raises(UserError, match="acts on attention_dropout, which"):
        check_modules(everywhere, probe_of(LLAMA))
    only_embedding = {"use": "dropout", "p": 0, "embedding": 0.1}
    check_modules(planned({"recipes/early/posttraining": [only_embedding]}), gpt2)


def test_what_adapts_every_linear_layer_wants_no_other_matrices(planned: Any) -> None:
    plan = planned({"recipes/early/posttraining": ["oplora"]})
    check_modules(plan, probe_of(LLAMA))
    with pytest.raises(UserError, match=r"oplora acts on linear layers(.|\n)*mlp\.experts\.down_proj"):
        check_modules(plan, probe_of(("self_attn.o_proj",), FUSED))


def test_a_recipe_that_is_skipped_anyway_asks_for_nothing(planned: Any) -> None:
    plan = planned({"model": {"model_type": "gpt2"}, "recipes/early/posttraining": ["oplora"]})
    assert all(cell.skipped for cell in plan.cells if cell.recipe == "early")
    check_modules(plan, probe_of(("attn.c_attn",), ("attn.c_attn.weight",)))
