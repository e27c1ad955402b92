"""What a recipe comes to on a pipeline: what stage 1 mixes in, and how long each training stage is without methods."""

from earlyexp_bench.contracts import PlannedStage, TrainingStage
from earlyexp_bench.contracts.stages import Convergence, ConvergenceSettings, ExposureInput
from earlyexp_bench.spec import Benchmark, Pipeline, Recipe


def exposure_on(spec: Benchmark, recipe: Recipe, pipeline: Pipeline) -> ExposureInput | None:
    """Return what is mixed into stage 1 of a recipe; None for nothing."""
    written = recipe.exposure
    if written.fraction == 0:
        return None
    source = "placebo" if is_placebo(recipe) else written.source
    tokens = spec.target_tokens_of(pipeline)
    return ExposureInput.model_validate({**written.model_dump(), "target_tokens": tokens, "source": source})


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


def spent_before(spec: Benchmark, recipe: Recipe) -> float:
    """Return the share of the target's tokens that track `matched` spends in stage 1."""
    return recipe.exposure.fraction if spec.track == "matched" else 0.0


def leaves_out_posttraining(spec: Benchmark, recipe: Recipe) -> bool:
    """Tell whether a recipe has no stage 2, as on track `matched` where everything was spent in stage 1."""
    return recipe.skip_posttraining or spent_before(spec, recipe) == 1.0


def convergence(spec: Benchmark, pipeline: Pipeline) -> Convergence | None:
    """Return when stage 2 stops early; None where it is one pass."""
    post = spec.posttraining
    if post.until != "converged" or post.max_tokens is None or spec.track != "added":
        return None
    # In tokens the same for all sizes: half a pass of a tiny target is no time to improve in.
    eval_every = post.eval_every * spec.target_tokens / spec.target_tokens_of(pipeline)
    shared = post.model_dump(include=set(ConvergenceSettings.model_fields))
    return Convergence.model_validate({**shared, "max_tokens": post.max_tokens, "eval_every": eval_every})


def planned_stage(spec: Benchmark, stage: TrainingStage, recipe: Recipe, pipeline: Pipeline) -> PlannedStage:
    """Return a training stage as its methods are told of it; one that is left out has no tokens."""
    if stage == "pretrain":
        tokens, batch_tokens = _pretraining_tokens(spec, recipe, pipeline), spec.pretraining.batch_tokens
    elif stage == "posttrain":
        tokens, batch_tokens = _posttraining_tokens(spec, recipe, pipeline), spec.posttraining.batch_tokens
    else:
        tokens, batch_tokens = spec.finetuning.tokens, spec.finetuning.batch_tokens
    return PlannedStage(stage, tokens, spec.context, batch_tokens, steps=-(-tokens // batch_tokens))


def _pretraining_tokens(spec: Benchmark, recipe: Recipe, pipeline: Pipeline) -> int:
    exposure = exposure_on(spec, recipe, pipeline)
    if exposure is None or exposure.mode == "replace":
        return spec.pretraining.tokens
    return spec.pretraining.tokens + exposure.amount(spec.context).tokens


def _posttraining_tokens(spec: Benchmark, recipe: Recipe, pipeline: Pipeline) -> int:
    if leaves_out_posttraining(spec, recipe):
        return 0
    stops = convergence(spec, pipeline)
    return stops.max_tokens if stops else round(spec.target_tokens_of(pipeline) * (1 - spent_before(spec, recipe)))
