"""What a recipe's methods make of its stages: rates, tokens, checkpoints, and the earlier stages that they read."""

from dataclasses import replace
from typing import Any

from earlyexp_bench.contracts import (
    TRAINING_STAGES,
    CellContext,
    ParentRef,
    PlannedStage,
    TrainingStage,
    UserError,
    sidecar_role,
)
from earlyexp_bench.contracts.stages import Optimization, OptimizerSettings
from earlyexp_bench.planning.components import PlannedMethod
from earlyexp_bench.planning.recipes import planned_stage
from earlyexp_bench.spec import Benchmark, Pipeline, Recipe

RecipeMethods = dict[TrainingStage, list[PlannedMethod]]


def skip_reason(
    spec: Benchmark, model: dict[str, Any], listed: RecipeMethods, recipe: Recipe, pipeline: Pipeline
) -> str:
    """Return why a recipe cannot run on a pipeline of this benchmark, by its methods' own word."""
    for stage, methods in listed.items():
        planned = planned_stage(spec, stage, recipe, pipeline)
        cell = CellContext(
            **vars(planned),
            model=model,
            track=spec.track,
            methods=tuple(m.use.id for m in methods),
            numerics=spec.numerics.model_dump(),
        )
        for method in methods if planned.tokens else ():
            if reason := method.definition.incompatible(method.params, cell):
                return f"{method.use.id}: {reason}"
    return ""


def optimization(
    fixed: OptimizerSettings, swept: dict[str, float], methods: list[PlannedMethod], rates_scale: float = 1.0
) -> Optimization:
    """Return a stage's optimizer at one sweep point, with the rate scaled as its recipe and its methods declare."""
    values = fixed.model_dump(include=set(OptimizerSettings.model_fields)) | swept
    values["learning_rate"] *= rates_scale
    for method in methods:
        values["learning_rate"] *= method.definition.lr_scale(method.params)
    return Optimization.model_validate(values)


def update_tokens(methods: list[PlannedMethod], planned: PlannedStage) -> int:
    """Return the tokens that enter updates, those that methods add included."""
    return planned.tokens + sum(sum(m.definition.cost(m.params, planned).update_tokens.values()) for m in methods)


def overhead_tokens(methods: list[PlannedMethod], planned: PlannedStage, tokens: int) -> float:
    """Return what methods compute beside updates on ``tokens``, in tokens whose update would cost as much."""
    longer = replace(planned, tokens=tokens, steps=-(-tokens // planned.batch_tokens))
    costs = [m.definition.cost(m.params, longer) for m in methods]
    return sum(cost.backward_tokens + cost.forward_tokens / 3 for cost in costs)


def outputs(methods: list[PlannedMethod]) -> tuple[str, ...]:
    """Return the names of the checkpoints that a stage yields.

    Raises:
        UserError: Two methods yield checkpoints of their own.
    """
    named = [(m, names) for m in methods if (names := m.definition.outputs(m.params)) != ("final",)]
    if len(named) > 1:
        ids = " and ".join(method.use.id for method, _ in named)
        raise UserError(
            f"{ids} both yield checkpoints of their own", where=named[1][0].where, expected="one of them in a stage"
        )
    return named[0][1] if named else ("final",)


def check_streams(methods: list[PlannedMethod], parents: dict[str, ParentRef]) -> None:
    """Refuse methods of stage 1 that read text which it has not.

    Raises:
        UserError: One does.
    """
    for method in methods:
        if missing := sorted(method.definition.needs(method.params, "pretrain").tokens - set(parents)):
            raise UserError(
                f"{method.use.id} reads {' and '.join(missing)} text, which stage 1 of this recipe has not",
                where=method.where,
                expected="an exposure that brings it, or the method in a later stage",
            )


def output_name(trained: dict[str, ParentRef]) -> str:
    """Name the way to a checkpoint; an earlier stage is named only where it yields several.

    Args:
        trained: Training stage to the checkpoint that the cell takes from it.
    """
    earlier = {ref.kind: ref.output for stage, ref in trained.items() if stage != "finetune" and ref.output != "final"}
    return ", ".join([*(f"{kind} {output}" for kind, output in earlier.items()), trained["finetune"].output])


def sidecar_parents(
    recipe: RecipeMethods, stage: TrainingStage, before: dict[str, ParentRef], where: str
) -> dict[str, ParentRef]:
    """Return the stages that kept the sidecars which the methods of a stage read, as parents.

    Args:
        recipe: Its methods in every stage.
        stage: The one whose methods read.
        before: Checkpoints of the stages before it.
        where: Place of the recipe, for messages.

    Raises:
        UserError: No earlier stage lists what is read.
    """
    parents = {}
    for method in recipe[stage]:
        for kept in sorted(method.definition.needs(method.params, stage).sidecars):
            keeper = _nearest(kept, recipe, before)
            if keeper is None:
                raise UserError(
                    f"{method.use.id} reads what {kept} keeps, which no earlier stage of the recipe lists",
                    where=where,
                    expected=f"{kept} among the methods of an earlier stage",
                )
            parents[sidecar_role(kept)] = keeper
    return parents


def _nearest(kept: str, recipe: RecipeMethods, before: dict[str, ParentRef]) -> ParentRef | None:
    for stage in reversed(TRAINING_STAGES):
        ran = stage in before and before[stage].kind == stage  # on track `matched`, λ = 1 has no stage 2
        if ran and any(method.use.id == kept for method in recipe[stage]):
            return before[stage]
    return None
