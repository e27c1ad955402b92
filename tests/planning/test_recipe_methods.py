"""What a plan makes of methods that yield several checkpoints, keep something for later, or compute more."""

from typing import Any

import pytest
from pydantic import BaseModel

from earlyexp_bench.contracts import (
    CellContext,
    Cost,
    MethodDefinition,
    Needs,
    NoParams,
    PlannedStage,
    TrainingStage,
    UserError,
)
from earlyexp_bench.hooks import Registered, registry
from earlyexp_bench.planning import Plan


class Branches(MethodDefinition[NoParams]):
    def outputs(self, params: NoParams) -> tuple[str, ...]:
        return ("half", "whole")


class Reads(MethodDefinition[NoParams]):
    def needs(self, params: NoParams, stage: TrainingStage) -> Needs:
        return Needs(sidecars=frozenset({"test/keeps"}))


class ReadsLater(MethodDefinition[NoParams]):
    def needs(self, params: NoParams, stage: TrainingStage) -> Needs:
        return Needs(tokens=frozenset({"general"} if stage == "finetune" else ()))


class PerStep(MethodDefinition[NoParams]):
    def cost(self, params: NoParams, planned: PlannedStage) -> Cost:
        return Cost(backward_tokens=planned.steps * planned.batch_tokens, forward_tokens=3 * planned.context)


class Limit(BaseModel):
    steps: int


class Short(MethodDefinition[Limit]):
    Params = Limit

    def incompatible(self, params: Limit, cell: CellContext) -> str | None:
        return f"{cell.steps} steps are more than {params.steps}" if cell.steps > params.steps else None


class Twice(MethodDefinition[NoParams]):
    def cost(self, params: NoParams, planned: PlannedStage) -> Cost:
        return Cost(backward_tokens=planned.tokens)


@pytest.fixture(autouse=True)
def methods(monkeypatch: pytest.MonkeyPatch) -> None:
    classes: dict[str, Any] = {"branches": Branches, "reads": Reads, "twice": Twice, "keeps": MethodDefinition}
    classes |= {"reads-later": ReadsLater, "per-step": PerStep, "short": Short}
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
    assert stage.overhead_tokens == stage.update_tokens > 0


def test_what_a_method_reads_may_hang_on_the_stage(planned: Any) -> None:
    plan = planned({"recipes/early/posttraining": ["reads-later"], "recipes/early/finetuning": ["reads-later"]})
    nodes = {node.key: node for node in plan.nodes}
    cell = early(plan)[0]
    assert "general" not in nodes[cell.stages["posttrain"].key].spec.parents
    assert "general" in nodes[cell.stages["finetune"].key].spec.parents


def test_what_a_method_costs_may_hang_on_batch_context_and_steps(planned: Any) -> None:
    plan = planned({"recipes/early/finetuning": ["per-step"]})
    spec = plan.spec
    stage = {node.key: node for node in plan.nodes}[early(plan)[0].stages["finetune"].key]
    batch_tokens = spec.finetuning.batch_tokens
    steps = -(-spec.finetuning.tokens // batch_tokens)
    assert stage.overhead_tokens == steps * batch_tokens + spec.context


def test_whether_a_method_can_run_may_hang_on_its_parameters_and_the_stages_length(planned: Any) -> None:
    def reasons(limit: int) -> set[str]:
        plan = planned({"recipes/early/finetuning": [{"use": "short", "steps": limit}]})
        return {cell.skipped for cell in early(plan)}

    spec = planned().spec
    steps = -(-spec.finetuning.tokens // spec.finetuning.batch_tokens)
    assert reasons(steps) == {""}
    assert reasons(steps - 1) == {f"test/short: {steps} steps are more than {steps - 1}"}


def test_a_method_of_a_stage_that_a_recipe_leaves_out_is_not_asked(planned: Any) -> None:
    changes = {
        "track": "matched",
        "posttraining/until": "one-pass",
        "recipes/early/posttraining": [{"use": "short", "steps": 0}],
    }
    assert {cell.skipped for cell in early(planned(changes))} == {""}
