"""What a benchmark fixes about its board, as scoring reads it."""

from collections.abc import Iterator, Mapping, Sequence

from earlyexp_bench.board.anatomy import anatomy
from earlyexp_bench.planning import Plan
from earlyexp_bench.scoring.cells import Anatomy, BoardTerms, CellResult, PipelineTerms, Ratio, RecipeTerms
from earlyexp_bench.spec import Benchmark

PAPER_PRETRAINING, PAPER_TARGET, PAPER_FINETUNING = 8.7e9, 0.3e9, 0.2e9


def board_terms(
    plan: Plan, pipelines: Sequence[PipelineTerms], disqualified: Mapping[str, str], cells: Sequence[CellResult]
) -> BoardTerms:
    """Return a board's terms.

    Args:
        plan: The benchmark with its recipes.
        pipelines: Each with what its data fix.
        disqualified: Recipe to how far it is over the budget.
        cells: Which packages made them is said with the recipes' methods.
    """
    spec = plan.spec
    return BoardTerms(
        benchmark=spec.id,
        version=spec.version,
        protocol=plan.loaded.protocol,
        changed=plan.loaded.changed,
        recipes=tuple(
            recipe_terms(plan, name, disqualified.get(name, ""), anatomy(plan, name, cells)) for name in spec.recipes
        ),
        pipelines=tuple(pipelines),
        seeds=tuple(spec.seeds),
        sweep=tuple(dict(point) for point in dict.fromkeys(tuple(cell.sweep.items()) for cell in plan.cells)),
        reference=spec.scoring.reference,
        primary=spec.scoring.primary,
        control=spec.scoring.control,
        family=spec.scoring.family,
        contamination_threshold=spec.scoring.contamination_threshold,
        metric_version=spec.scoring.metric_version,
        track=spec.track,
        description=spec.description,
        notes=dict(spec.notes),
        ratios=tuple(_ratios(spec)),
        claims=tuple({**claim.terms, "claim": claim.name, "recipes": claim.recipes} for claim in plan.claims),
        native_instead=plan.loaded.native_instead,
    )


def recipe_terms(plan: Plan, name: str, disqualified: str = "", parts: Anatomy | None = None) -> RecipeTerms:
    """Return what a board says of a recipe; ``disqualified`` is how far it is over the budget."""
    recipe, methods = plan.spec.recipes[name], plan.methods[name]
    needs = {
        stage: {source for method in used for source in method.definition.needs(method.params, stage).tokens}
        for stage, used in methods.items()
    }
    return RecipeTerms(
        name=name,
        description=recipe.description,
        methods=tuple(f"{stage}: {method.use.id}" for stage, used in methods.items() for method in used),
        needs_pretraining_data="general" in needs["posttrain"] | needs["finetune"],
        oracle="target" in needs["finetune"],
        source="" if plan.loaded.is_own(name) else plan.loaded.recipe_sources[name].name.rpartition("/")[2],
        disqualified=disqualified,
        anatomy=parts or Anatomy(),
    )


def _ratios(spec: Benchmark) -> Iterator[Ratio]:
    pretraining, target, tuning = spec.pretraining.tokens, spec.target_tokens, spec.finetuning.tokens
    yield Ratio("stage 1, general tokens", f"{pretraining:,}", f"{PAPER_PRETRAINING:,.0f}")
    yield Ratio("D_post / stage 1", f"{target / pretraining:.1%}", f"{PAPER_TARGET / PAPER_PRETRAINING:.1%}")
    yield Ratio("stage 3 / D_post", f"{tuning / target:.2g}", f"{PAPER_FINETUNING / PAPER_TARGET:.2g}")
