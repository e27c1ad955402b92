"""The board without any true difference is mini's baseline eight times over, and every name draws for itself."""

from itertools import pairwise

import pytest

from earlyexp_bench.planning import build_plan
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.spec import load_benchmark

OWN = {"id", "version", "description", "notes", "seeds", "recipes", "scoring", "claims", "evaluators"}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return build_plan(load_benchmark("aa"))


def test_it_is_mini_to_the_letter_but_for_its_names() -> None:
    """After mini.yaml has been tuned anew: copy from `model` to `finetuning`, and the sizes of `loss`."""
    mini, aa = (load_benchmark(name).spec for name in ("mini", "aa"))
    assert aa.model_dump(exclude=OWN) == mini.model_dump(exclude=OWN)
    assert [use for use in mini.evaluators if use.use == "loss"] == list(aa.evaluators)
    assert aa.scoring.metric_version == mini.scoring.metric_version


def test_its_eight_names_are_one_recipe_the_baseline() -> None:
    mini, aa = (load_benchmark(name).spec for name in ("mini", "aa"))
    words = {"description", "draw"}
    recipes = [recipe.model_dump(exclude=words) for recipe in aa.recipes.values()]
    assert recipes == [mini.recipes[mini.scoring.reference].model_dump(exclude=words)] * 8
    assert len(aa.seeds) >= 10


@pytest.mark.parametrize("kind", ["pretrain", "posttrain"])
def test_every_name_draws_every_stage_for_itself_the_first_too(plan: Plan, kind: str) -> None:
    nodes = [node for node in plan.nodes if node.spec.kind == kind]
    names, seeds = plan.spec.recipes, plan.spec.seeds
    targets = {pipeline.target for pipeline in plan.spec.pipelines}
    assert len(nodes) == len(names) * len(seeds) * (len(targets) if kind == "posttrain" else 1)
    drawn = sorted(node.spec.seed for node in nodes)
    assert all(lower < higher for lower, higher in pairwise(drawn))
