"""Token budgets: what each stage may put into updates, and which recipes put in more."""

from collections.abc import Sequence

from earlyexp_bench.contracts import TRAINING_STAGES, TrainingStage
from earlyexp_bench.plan import SPEC_KEYS, Plan
from earlyexp_bench.scoring.cells import CellResult


def is_own(plan: Plan, recipe: str) -> bool:
    """Tell whether a recipe is the benchmark's own, and not from somebody's file."""
    return plan.loaded.recipe_sources[recipe].name == plan.loaded.source.name


def budgets(plan: Plan) -> dict[TrainingStage, int]:
    """Return the most tokens that may enter a stage's updates: as written, or what the benchmark's own recipes plan."""
    planned = {node.key: node.update_tokens for node in plan.nodes}
    found: dict[TrainingStage, int] = {}
    for stage in TRAINING_STAGES:
        own = [
            planned[cell.stages[stage].key]
            for cell in plan.cells
            if is_own(plan, cell.recipe) and stage in cell.stages and cell.stages[stage].kind == stage
        ]
        found[stage] = plan.spec.budget.get(SPEC_KEYS[stage]) or max(own, default=0)
    return found


def _spent(recipe: str, stage: TrainingStage, cells: Sequence[CellResult]) -> int:
    """Return the most tokens that a cell of a recipe put into a stage."""
    return max((sum(cell.ledger.get(stage, {}).values()) for cell in cells if cell.recipe == recipe), default=0)


def over_budget(plan: Plan, cells: Sequence[CellResult]) -> dict[str, str]:
    """Return the recipes of which a cell put more tokens into a stage than its budget: the numbers of each such stage.

    Packing may round a budget up by one sequence.
    """
    allowed = budgets(plan)
    said: dict[str, str] = {}
    for recipe in plan.spec.recipes:
        spent = {stage: _spent(recipe, stage, cells) for stage in TRAINING_STAGES}
        over = [
            f"{spent[stage]:,} tokens in {SPEC_KEYS[stage]}, where the budget is {allowed[stage]:,}"
            for stage in TRAINING_STAGES
            if spent[stage] > allowed[stage] + plan.spec.context
        ]
        if over:
            said[recipe] = "; ".join(over)
    return said
