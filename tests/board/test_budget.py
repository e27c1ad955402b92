"""Token budgets: a recipe that trains on more than the benchmark's own is disqualified, with the numbers."""

import pytest

from earlyexp_bench.board.budget import budgets, may_go_over_budget, over_budget
from earlyexp_bench.planning import build_plan
from earlyexp_bench.scoring import CellResult, Losses
from earlyexp_bench.spec import load_benchmark

CAP = 60_000  # of smoke's stage 2


@pytest.fixture
def planned(tmp_path):
    recipes = tmp_path / "mine.yaml"
    recipes.write_text("recipes: {mine: {posttraining: [{use: replay, fraction: 0.5}]}}")

    def plan(*overrides):
        return build_plan(load_benchmark("smoke", recipes=recipes, overrides=overrides))

    return plan


def cell(plan, recipe, **stages):
    losses = Losses(1.0, 2.0, 3.0, 4.0)
    (pipeline,) = plan.spec.pipelines
    return CellResult(recipe, pipeline.name, 0, {}, test=losses, validation=losses, ledger=stages)


def test_the_budget_is_what_the_benchmarks_own_recipes_plan(planned):
    assert budgets(planned()) == {"pretrain": 110_000, "posttrain": CAP, "finetune": 40_000}


def test_a_benchmark_may_write_its_budget(planned):
    plan = planned("budget={posttraining: 90K}")
    assert budgets(plan)["posttrain"] == 90_000
    assert over_budget(plan, [cell(plan, "mine", posttrain={"target": 45_000, "general": 45_000})]) == {}


def test_a_recipe_over_the_budget_is_named_with_the_numbers(planned):
    plan = planned()
    own = cell(plan, "early", pretrain={"general": 100_000, "target": 10_000}, posttrain={"target": CAP})
    converged = cell(plan, "mine", posttrain={"target": 20_000, "general": 20_000})
    over = cell(plan, "mine", posttrain={"target": CAP, "general": CAP})
    assert over_budget(plan, [own, converged]) == {}
    assert over_budget(plan, [own, converged, over]) == {
        "mine": "120,000 tokens in posttraining, where the budget is 60,000"
    }


def test_every_stage_over_its_budget_is_named(planned):
    over = cell(planned(), "mine", pretrain={"general": 200_000}, posttrain={"target": 2 * CAP})
    assert over_budget(planned(), [over]) == {
        "mine": "200,000 tokens in pretraining, where the budget is 110,000; "
        "120,000 tokens in posttraining, where the budget is 60,000"
    }


def test_a_plan_says_beforehand_what_may_go_over_the_budget(planned):
    assert may_go_over_budget(planned()) == {"mine": "120,000 tokens in posttraining, where the budget is 60,000"}
    assert may_go_over_budget(planned("budget={posttraining: 120K}")) == {}
