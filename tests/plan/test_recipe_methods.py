"""What a plan makes of methods that yield several checkpoints, keep something for later, or compute more."""

from typing import Any

import pytest

from earlyexp_bench.contracts import Cost, MethodDefinition, Needs, NoParams, PlannedStage, TrainingStage, UserError
from earlyexp_bench.hooks import Registered, registry
from earlyexp_bench.plan import Plan


class Branches(MethodDefinition[NoParams]):
    def outputs(self, params: NoParams) -> tuple[str, ...]:
        return ("half", "whole")


class Reads(MethodDefinition[NoParams]):
    def needs(self, params: NoParams, stage: TrainingStage) -> Needs:
        return Needs(sidecars=frozenset({"test/keeps"}))


class Twice(MethodDefinition[NoParams]):
    def cost(self, params: NoParams, planned: PlannedStage) -> Cost:
        return Cost(backward_tokens=planned.tokens)


@pytest.fixture(autouse=True)
def methods(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = {"branches": Branches, "reads": Reads, "twice": Twice, "keeps": MethodDefinition}
    for name, made in classes.items():
        definition = made()
        definition.name, definition.version, definition.implementation = name, "1", "never:loaded"
        entry = Registered(f"test/{name}", "method", "1", definition, "test", "1")
        monkeypatch.setitem(registry().components["method"], f"test/{name}", entry)


def early(plan: Plan) -> list[Any]:
    return [cell for cell in plan.cells if cell.recipe == "early"]


def test_every_checkpoint_of_stage_2_is_fine_tuned_and_scored(planned: Any) -> None:
    plan = planned({"recipes/early/posttraining": ["branches"], "recipes/early/finetuning": ["branches"]})
    rates = len(plan.spec.finetuning.sweep["learning_rate"])
    cells = early(plan)
    assert len(cells) == 2 * 2 * rates
    assert {cell.output for cell in cells} == {
        f"posttrain {first}, {second}" for first in ("half", "whole") for second in ("half", "whole")
    }
    assert {cell.stages["posttrain"].output for cell in cells} == {"half", "whole"}
    assert len({cell.stages["posttrain"].key for cell in cells}) == 1
    assert len({cell.stages["finetune"].key for cell in cells}) == 2 * rates
    assert len({cell.stages["immediate"].key for cell in cells}) == 2
    assert len({cell.stages["retained"].key for cell in cells}) == len(cells)


def test_the_stage_that_keeps_is_a_parent_of_the_stage_that_reads(planned: Any) -> None:
    plan = planned({"recipes/early/pretraining": ["keeps"], "recipes/early/finetuning": ["reads"]})
    nodes = {node.key: node for node in plan.nodes}
    for cell in early(plan):
        assert nodes[cell.stages["finetune"].key].spec.parents["sidecar of test/keeps"] == cell.stages["pretrain"]


def test_the_nearest_stage_that_keeps_is_read(planned: Any) -> None:
    recipe = {"pretraining": ["keeps"], "posttraining": ["keeps"], "finetuning": ["reads"]}
    plan = planned({"recipes/early": recipe})
    nodes = {node.key: node for node in plan.nodes}
    cell = early(plan)[0]
    assert nodes[cell.stages["finetune"].key].spec.parents["sidecar of test/keeps"] == cell.stages["posttrain"]


@pytest.mark.parametrize("stage", ["pretraining", "finetuning"])
def test_reading_what_nobody_kept_is_refused_before_anything_runs(planned: Any, stage: str) -> None:
    recipe = {"posttraining": ["reads"], "finetuning": ["keeps"] if stage == "finetuning" else []}
    with pytest.raises(UserError, match=r"recipes\.early: test/reads reads what test/keeps keeps(.|\n)*earlier stage"):
        planned({"recipes/early": recipe})


def test_what_a_method_computes_beside_updates_is_planned(planned: Any) -> None:
    plan = planned({"recipes/early/posttraining": ["twice"]})
    nodes = {node.key: node for node in plan.nodes}
    stage = nodes[early(plan)[0].stages["posttrain"].key]
    assert stage.further_tokens == stage.update_tokens > 0
