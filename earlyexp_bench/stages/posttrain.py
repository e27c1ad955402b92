"""Stage 2: post-training on the target, to convergence or in one pass."""

from earlyexp_bench.contracts.stages import PosttrainInput
from earlyexp_bench.stages._training import Training, packed, run_training
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.training import (
    Stopping,
    document_windows,
    load_model,
    load_split,
    make_deterministic,
    posttraining_mixture,
)


def run(context: StageContext) -> StageResult:
    """Train on D_post, or on what pretraining has not seen of it."""
    inputs = PosttrainInput.model_validate(context.spec.identity)
    make_deterministic(context.numerics)
    streams = {"target": packed(context, "target", inputs.target_tokens, inputs.context, inputs.loss_on)}
    if inputs.general_tokens is not None:
        streams["general"] = packed(context, "general", inputs.general_tokens, inputs.context, inputs.loss_on)
    cap = inputs.convergence.max_tokens if inputs.convergence else None
    return run_training(
        Training(
            context=context,
            stage="posttrain",
            model=load_model(context.parent("model"), context.numerics),
            mixture=posttraining_mixture(streams["target"], inputs.remainder, cap, context.seed),
            optimization=inputs.optimization,
            methods=inputs.methods,
            tokenizer=context.parent("model"),
            streams=streams,
            stopping=_stopping(context, inputs),
        )
    )


def _stopping(context: StageContext, inputs: PosttrainInput) -> Stopping | None:
    if inputs.convergence is None:
        return None
    split = load_split(context.parent_stage("target"), "validation").first(inputs.convergence.eval_documents)
    windows = document_windows(split, inputs.context, inputs.loss_on.get("target", "text"))
    return Stopping(inputs.convergence, windows)
