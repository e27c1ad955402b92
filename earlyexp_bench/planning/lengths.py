"""How long the training stages of a recipe are, in tokens and steps, before methods add to them."""

from earlyexp_bench.contracts import PlannedStage, TrainingStage
from earlyexp_bench.contracts.stages import Convergence, EarlyStopping
from earlyexp_bench.spec import Benchmark, Pipeline, Recipe


def planned_stage(spec: Benchmark, stage: TrainingStage, recipe: Recipe, pipeline: Pipeline) -> PlannedStage:
    """Return a training stage as its methods are told of it; one that is left out has no tokens."""
    if stage == "pretrain":
        tokens, batch_tokens = _pretraining_tokens(spec, recipe, pipeline), spec.pretraining.batch_tokens
    elif stage == "posttrain":
        tokens, batch_tokens = _posttraining_tokens(spec, recipe, pipeline), spec.posttraining.batch_tokens
    else:
        tokens, batch_tokens = spec.finetuning.tokens, spec.finetuning.batch_tokens
    return PlannedStage(stage, tokens, spec.context, batch_tokens, steps=-(-tokens // batch_tokens))


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
    shared = post.model_dump(include=set(EarlyStopping.model_fields))
    return Convergence.model_validate({**shared, "max_tokens": post.max_tokens, "eval_every": eval_every})


def _pretraining_tokens(spec: Benchmark, recipe: Recipe, pipeline: Pipeline) -> int:
    exposure = recipe.exposure
    if exposure.mode == "replace":
        return spec.pretraining.tokens
    exposed = round(exposure.fraction * spec.target_tokens_of(pipeline)) * exposure.repeats
    return spec.pretraining.tokens + exposed


def _posttraining_tokens(spec: Benchmark, recipe: Recipe, pipeline: Pipeline) -> int:
    if leaves_out_posttraining(spec, recipe):
        return 0
    stops = convergence(spec, pipeline)
    return stops.max_tokens if stops else round(spec.target_tokens_of(pipeline) * (1 - spent_before(spec, recipe)))
