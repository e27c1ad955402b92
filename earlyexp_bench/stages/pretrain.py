"""Stage 1: pretraining on general text, with early exposure to the target where the recipe says so."""

from earlyexp_bench.contracts.inputs import PretrainInput
from earlyexp_bench.stages._training import Training, packed, run_training
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.training import build_model, pretraining_mixture, settle


def run(context: StageContext) -> StageResult:
    """Train from random weights."""
    inputs = PretrainInput.model_validate(context.spec.identity)
    settle(context.numerics)
    streams = {"general": packed(context, "general", inputs.tokens, inputs.context, inputs.loss_on)}
    if inputs.exposure is not None:
        wanted = inputs.exposure.target_tokens
        streams["target"] = packed(context, "target", wanted, inputs.context, inputs.loss_on)
    tokenizer = context.parent("tokenizer")
    model = build_model(
        inputs.model, context=inputs.context, tokenizer=tokenizer, seed=context.seed, numerics=context.numerics
    )
    return run_training(
        Training(
            context=context,
            stage="pretrain",
            model=model,
            mixture=pretraining_mixture(streams["general"], streams.get("target"), inputs.exposure, context.seed),
            optimization=inputs.optimization,
            methods=inputs.methods,
            tokenizer=tokenizer,
            streams=streams,
        )
    )
