"""What should be known of a recipe beside its numbers: that it is skipped, an oracle, or may be disqualified."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from earlyexp_bench.board.budget import may_go_over_budget
from earlyexp_bench.board.score import Scored
from earlyexp_bench.board.terms import recipe_terms
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.scoring.cells import RecipeTerms


@dataclass(frozen=True)
class RecipeNote:
    """One thing to know of a recipe.

    Attributes:
        recipe: Its name.
        kind: ``skipped``, ``oracle``, ``pretraining-text``, ``idle-methods`` or ``budget``.
        reason: A sentence of one line without its subject, the recipe.
        pipeline: The only one that it is about; empty: every one.
    """

    recipe: str
    kind: str
    reason: str
    pipeline: str = ""

    def __str__(self) -> str:
        place = f" on {self.pipeline}" if self.pipeline else ""
        return f"{self.recipe}{place}: {self.reason}"


def notes_of_plan(plan: Plan) -> list[RecipeNote]:
    """Return what should be known before anything runs, in the order of the recipes."""
    plan = _whole(plan)
    skipped = {(cell.recipe, cell.pipeline): cell.skipped for cell in plan.cells if cell.skipped}
    terms = [recipe_terms(plan, name) for name in plan.spec.recipes]
    found = [*_skipped(skipped, len(plan.spec.pipelines)), *_marked(terms), *_idle(plan)]
    found += [
        RecipeNote(recipe, "budget", f"at most {numbers}; a row that goes over it is disqualified")
        for recipe, numbers in may_go_over_budget(plan).items()
    ]
    order = list(plan.spec.recipes)
    return sorted(found, key=lambda note: order.index(note.recipe))


def _whole(plan: Plan) -> Plan:
    """Beside published rows a plan lacks these, and so the budgets; one seed has all that notes need."""
    planned = {cell.recipe for cell in plan.cells}
    return plan if planned >= plan.spec.recipes.keys() else build_plan(plan.loaded, list(plan.spec.seeds[:1]))


def notes_of_added(plan: Plan) -> list[RecipeNote]:
    """Return those of a recipe file's rows; of a benchmark's own its authors know them."""
    return [note for note in notes_of_plan(plan) if not plan.loaded.is_own(note.recipe)]


def notes_of_board(scored: Scored) -> list[RecipeNote]:
    """Return what should be known of a board's rows that its tables do not say."""
    skipped = {(cell.recipe, cell.pipeline): cell.reason for cell in scored.cells if cell.status == "skipped"}
    terms = scored.board.terms
    return [*_skipped(skipped, len(terms.pipelines)), *_marked(terms.recipes)]


def _skipped(reasons: dict[tuple[str, str], str], pipelines: int) -> Iterator[RecipeNote]:
    for recipe in dict.fromkeys(recipe for recipe, _ in reasons):
        said = {pipeline: f"skipped, {_line(reason)}" for (name, pipeline), reason in reasons.items() if name == recipe}
        if len(said) == pipelines and len(set(said.values())) == 1:
            said = {"": next(iter(said.values()))}
        yield from (RecipeNote(recipe, "skipped", reason, pipeline) for pipeline, reason in said.items())


def _marked(recipes: Iterable[RecipeTerms]) -> Iterator[RecipeNote]:
    for recipe in recipes:
        if recipe.oracle:
            yield RecipeNote(
                recipe.name, "oracle", "an oracle, its fine-tuning reads the target's text: shown, without verdict"
            )
        elif recipe.needs_pretraining_data:
            yield RecipeNote(recipe.name, "pretraining-text", "reads pretraining text after stage 1, and is marked so")


def _idle(plan: Plan) -> Iterator[RecipeNote]:
    for name, recipe in plan.spec.recipes.items():
        if plan.spec.track == "matched" and recipe.exposure.fraction == 1 and recipe.posttraining:
            yield RecipeNote(name, "idle-methods", "all is spent in stage 1, so its posttraining methods never act")


def _line(text: str) -> str:
    return " ".join(text.split())
