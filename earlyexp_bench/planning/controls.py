"""Recipes that show why exposure works: as many tokens of something else, or no post-training at all."""

from earlyexp_bench.spec import Benchmark, Pipeline, Recipe


def is_placebo(recipe: Recipe) -> bool:
    """Whether a recipe mixes another domain than the target into pretraining."""
    return recipe.exposure.fraction > 0 and recipe.exposure.source not in ("target", "general")


def placebos(spec: Benchmark) -> list[tuple[str, str]]:
    """Return (recipe, domain) of every placebo."""
    return [(name, recipe.exposure.source) for name, recipe in spec.recipes.items() if is_placebo(recipe)]


def related_placebo(recipe: Recipe, pipeline: Pipeline) -> str:
    """Return why a placebo cannot be one on a pipeline; empty where it can."""
    source = recipe.exposure.source
    if is_placebo(recipe) and source in (pipeline.target, pipeline.downstream):
        role = "target" if source == pipeline.target else "downstream domain"
        return f"a placebo must be unrelated text, and {source} is the {role} here"
    return ""
