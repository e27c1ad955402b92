"""Work that recipes, pipelines and seeds have in common is planned once."""

from collections import Counter
from typing import Any

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import Plan

SECOND = [
    {"target": "procedural-target", "downstream": "procedural-downstream"},
    {"target": "procedural-target", "downstream": "procedural-general"},
]


def count(plan: Plan) -> Counter[str]:
    return Counter(node.spec.kind for node in plan.nodes)


def test_one_pretraining_serves_every_recipe_with_the_same_exposure(planned: Any) -> None:
    recipes = {
        "baseline": {"exposure": {"fraction": 0}},
        "early": {"exposure": {"fraction": 1}},
        "replay": {"posttraining": [{"use": "replay", "fraction": 0.01}]},
        "early+replay": {"exposure": {"fraction": 1.0}, "posttraining": [{"use": "replay", "fraction": 0.01}]},
    }
    plan = planned({"recipes": recipes, "pipelines": SECOND, "seeds": [0, 1]})
    assert count(plan)["tokenizer"] == 1
    assert count(plan)["tokens"] == 3
    assert count(plan)["pretrain"] == 2 * 2  # exposures × seeds
    assert count(plan)["posttrain"] == 4 * 2  # recipes × seeds: the target is the same in both pipelines
    assert count(plan)["finetune"] == len(plan.cells) == 4 * 2 * 2 * 2


def test_each_training_text_is_compared_with_each_test_split_once(planned: Any) -> None:
    plan = planned({"pipelines": SECOND})
    names = ("procedural-general", "procedural-target", "procedural-downstream")
    assert count(plan)["contamination"] == 3 * 3
    first, second = plan.contamination.values()
    assert set(first) == {(one, other) for one in names for other in names}
    assert set(second) == {(one, other) for one in names[:2] for other in names[:2]}
    assert set(second.values()) <= set(first.values())


def test_a_placebo_is_a_training_text_where_it_can_be_one(planned: Any) -> None:
    placebo = {"exposure": {"fraction": 1, "source": "procedural-downstream"}}
    plan = planned({"pipelines": SECOND, "recipes/placebo": placebo})
    related, unrelated = plan.contamination.values()
    assert {trained for trained, _ in unrelated} - {tested for _, tested in unrelated} == {"procedural-downstream"}
    assert {trained for trained, _ in related} == {tested for _, tested in related}


def test_a_recipe_with_scaled_rates_keeps_the_nominal_ones_and_shares_all_but_stage_three(planned: Any) -> None:
    plan = planned({"recipes/faster": {"rates_scale": 4}, "finetuning/sweep": {"learning_rate": [1e-3, 4e-3, 1.6e-2]}})
    stages = {node.key: node.spec for node in plan.nodes}
    cells = {
        name: {cell.sweep["finetuning.learning_rate"]: cell.stages for cell in plan.cells if cell.recipe == name}
        for name in ("baseline", "faster")
    }
    assert list(cells["faster"]) == list(cells["baseline"]) == [1e-3, 4e-3, 1.6e-2]
    rates = [stages[ran["finetune"].key].identity["optimization"]["learning_rate"] for ran in cells["faster"].values()]
    assert rates == [4e-3, 1.6e-2, 6.4e-2]
    # The baseline has run at two of these rates already.
    assert [cells["faster"][rate] for rate in (1e-3, 4e-3)] == [cells["baseline"][rate] for rate in (4e-3, 1.6e-2)]
    assert cells["faster"][1e-3]["posttrain"] == cells["baseline"][1e-3]["posttrain"]


def test_a_baseline_does_not_know_the_target(planned: Any) -> None:
    other = [{"target": "procedural-downstream", "downstream": "procedural-target"}]
    first, second = planned(), planned({"pipelines": other})
    baseline = next(node.key for node in first.nodes if node.spec.kind == "pretrain")
    assert baseline in {node.key for node in second.nodes}


def test_other_details_of_no_exposure_are_no_difference(planned: Any) -> None:
    changed = planned({"recipes/baseline": {"exposure": {"fraction": 0, "placement": "late", "repeats": 3}}})
    assert {n.key for n in changed.nodes} == {n.key for n in planned().nodes}


def test_matched_full_exposure_has_no_stage_2(planned: Any) -> None:
    plan = planned({"track": "matched", "posttraining/until": "one-pass"})
    early = next(cell for cell in plan.cells if cell.recipe == "early")
    assert early.stages["posttrain"] == early.stages["pretrain"]
    assert count(plan)["posttrain"] == 1


def test_the_stage_that_runs_first_comes_first(planned: Any) -> None:
    order = {node.key: node.priority for node in planned().nodes}
    for node in planned().nodes:
        assert all(order[parent.key] < node.priority for parent in node.spec.parents.values())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("pretraining/tokens", 10**9, "pretraining.tokens"),
        ("target_tokens", 10**7, "target_tokens"),
        ("finetuning/tokens", 10**8, "finetuning.tokens"),
    ],
)
def test_a_budget_beyond_the_data_is_refused_before_anything_runs(
    planned: Any, path: str, value: int, where: str
) -> None:
    with pytest.raises(UserError, match=rf"{where}.*whose train split has at most"):
        planned({path: value})


def test_the_control_that_trains_longer_may_use_up_the_corpus_to_the_last_token(planned: Any) -> None:
    longer = {"exposure": {"fraction": 1, "source": "general"}}
    available = planned().domains["procedural-general"].train_bytes
    most = available // 64 * 64 - 64 * 157  # the 10,000 tokens of the target are 157 sequences
    assert planned({"recipes/longer": longer, "pretraining/tokens": most})
    with pytest.raises(UserError, match=f"pretraining.tokens: {most + 64 + 64 * 157:,} tokens are asked of"):
        planned({"recipes/longer": longer, "pretraining/tokens": most + 64})


def test_an_unknown_domain_method_and_parameter_are_named_with_their_place(planned: Any) -> None:
    with pytest.raises(UserError, match=r"pipelines\.0\.target: no domain 'jazz/tunes'(.|\n)*earlyexp-jazz"):
        planned({"pipelines/0/target": "jazz/tunes"})
    with pytest.raises(UserError, match=r"recipes\.early\.posttraining\.0\.use: no method 'replya'(.|\n)*replay"):
        planned({"recipes/early/posttraining": [{"use": "replya"}]})
    with pytest.raises(UserError, match=r"recipes\.early\.posttraining\.0\.fractoin: unknown key(.|\n)*fraction"):
        planned({"recipes/early/posttraining": [{"use": "replay", "fractoin": 0.1}]})


def test_controls_train_as_long_as_what_they_control_for(planned: Any) -> None:
    recipes = {
        "baseline": {"exposure": {"fraction": 0}},
        "early": {"exposure": {"fraction": 1}},
        "longer": {"exposure": {"fraction": 1, "source": "general"}},
        "placebo": {"exposure": {"fraction": 1, "source": "procedural-downstream"}},
        "never": {"skip_posttraining": True},
    }
    pipelines = [{"target": "procedural-target", "downstream": "procedural-general"}]
    plan = planned({"recipes": recipes, "pipelines": pipelines})
    cells = {cell.recipe: cell for cell in plan.cells}
    nodes = {node.key: node for node in plan.nodes}
    tokens = {name: nodes[cell.stages["pretrain"].key].update_tokens for name, cell in cells.items()}
    assert tokens["early"] == tokens["longer"] == tokens["placebo"] == tokens["baseline"] + plan.spec.target_tokens
    assert len({cells[name].stages["pretrain"].key for name in recipes}) == 4
    assert cells["never"].stages["posttrain"] == cells["baseline"].stages["pretrain"]


def test_a_placebo_that_is_fine_tuned_on_later_is_skipped_with_the_reason(planned: Any) -> None:
    recipe = {"exposure": {"fraction": 1, "source": "procedural-downstream"}}
    plan = planned({"recipes/early": recipe})
    assert {cell.skipped for cell in plan.cells if cell.recipe == "early"} == {
        "a placebo must be unrelated text, and procedural-downstream is the downstream domain here"
    }


def test_another_draw_shares_nothing_but_the_data(planned: Any) -> None:
    plan = planned({"recipes/early": {"exposure": {"fraction": 0}, "draw": 1}})
    first, second = (
        {c.stages["pretrain"].key for c in plan.cells if c.recipe == name} for name in ("baseline", "early")
    )
    assert first.isdisjoint(second)
    assert {node.spec.seed for node in plan.nodes if node.spec.kind == "pretrain"} == {0, 1_000_000}


def test_sizes_of_the_target_are_pipelines_of_one_board(planned: Any) -> None:
    one = {"target": "procedural-target", "downstream": "procedural-downstream"}
    plan = planned({"pipelines": [{**one, "target_tokens": 2_000}, one]})
    assert [pipeline.name for pipeline in plan.spec.pipelines] == [
        "procedural-target→procedural-downstream 2K",
        "procedural-target→procedural-downstream",
    ]
    assert count(plan)["pretrain"] == 3
    convergence = {
        node.spec.identity["target_tokens"]: node.spec.identity["convergence"].get("eval_every", 0.5)
        for node in plan.nodes
        if node.spec.kind == "posttrain"
    }
    assert {size * passes for size, passes in convergence.items()} == {plan.spec.target_tokens * 0.5}
