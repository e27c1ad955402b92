"""Token budgets: what each stage may put into updates, and which recipes put in more."""

from collections.abc import Mapping, Sequence

from earlyexp_bench.contracts import TRAINING_STAGES, TrainingStage
from earlyexp_bench.planning import SPEC_KEYS, Plan
from earlyexp_bench.scoring.cells import CellResult


def budgets(plan: Plan) -> dict[TrainingStage, int]:
    """Return the most tokens that may enter a stage's updates: as written, or what the benchmark's own recipes plan."""
    planned = _planned(plan)
    return {
        stage: plan.spec.budget.get(SPEC_KEYS[stage])
        or max((planned[name, stage] for name in plan.spec.recipes if plan.loaded.is_own(name)), default=0)
        for stage in TRAINING_STAGES
    }


def _planned(plan: Plan) -> dict[tuple[str, TrainingStage], int]:
    """The most tokens that a cell of a recipe may put into a stage, by its plan."""
    tokens = {node.key: node.update_tokens for node in plan.nodes}
    found = {(name, stage): 0 for name in plan.spec.recipes for stage in TRAINING_STAGES}
    for cell in plan.cells:
        for stage in TRAINING_STAGES:
            if stage in cell.stages and cell.stages[stage].kind == stage:
                key = cell.recipe, stage
                found[key] = max(found[key], tokens[cell.stages[stage].key])
    return found


def _spent(recipe: str, stage: TrainingStage, cells: Sequence[CellResult]) -> int:
    """Return the most tokens that a cell of a recipe put into a stage."""
    return max((sum(cell.ledger.get(stage, {}).values()) for cell in cells if cell.recipe == recipe), default=0)


def over_budget(plan: Plan, cells: Sequence[CellResult]) -> dict[str, str]:
    """Return the recipes of which a cell put more tokens into a stage than its budget: the numbers of each such stage.

    Packing may round a budget up by one sequence.
    """
    return _over(plan, {(r, stage): _spent(r, stage, cells) for r in plan.spec.recipes for stage in TRAINING_STAGES})


def may_go_over_budget(plan: Plan) -> dict[str, str]:
    """Return the recipes that may put more tokens into a stage than its budget, by their plan, before anything runs."""
    return _over(plan, _planned(plan))


def _over(plan: Plan, spent: Mapping[tuple[str, TrainingStage], int]) -> dict[str, str]:
    allowed = budgets(plan)
    said: dict[str, str] = {}
    for recipe in plan.spec.recipes:
        over = [
            f"{spent[recipe, stage]:,} tokens in {SPEC_KEYS[stage]}, where the budget is {allowed[stage]:,}"
            for stage in TRAINING_STAGES
            if spent[recipe, stage] > allowed[stage] + plan.spec.context
        ]
        if over:
            said[recipe] = "; ".join(over)
    return said
