"""Stage 1: pretraining on general text, with early exposure to the target where the recipe says so."""

from collections.abc import Iterator

from transformers import PreTrainedModel

from earlyexp_bench.contracts.stages import PretrainInput, general_stream_tokens
from earlyexp_bench.stages._training import Training, packed, run_training
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.stages.start import planned_checkpoint
from earlyexp_bench.training import (
    Sequences,
    build_model,
    load_start,
    make_deterministic,
    pretraining_mixture,
)


def run(context: StageContext) -> StageResult:
    """Train from random weights, or go on from a checkpoint's."""
    inputs = PretrainInput.model_validate(context.spec.identity)
    make_deterministic(context.numerics)
    streams = dict(_streams(context, inputs))
    return run_training(
        Training(
            context=context,
            stage="pretrain",
            model=_start(context, inputs),
            mixture=pretraining_mixture(streams, inputs.tokens, inputs.exposure, context.seed),
            optimization=inputs.optimization,
            methods=inputs.methods,
            tokenizer=context.parent("tokenizer"),
            streams=streams,
        )
    )


def _streams(context: StageContext, inputs: PretrainInput) -> Iterator[tuple[str, Sequences]]:
    """Yield the general stream, and what is mixed into it, by source."""
    exposure = inputs.exposure
    tokens = general_stream_tokens(inputs.tokens, exposure, inputs.context)
    yield "general", packed(context, "general", tokens, inputs.context, inputs.loss_on)
    if exposure is not None and exposure.source != "general":
        source = exposure.source
        yield source, packed(context, source, exposure.target_tokens, inputs.context, inputs.loss_on)


def _start(context: StageContext, inputs: PretrainInput) -> PreTrainedModel:
    tokenizer, numerics = context.parent("tokenizer"), context.numerics
    if inputs.init_from is None:
        return build_model(
            inputs.model, context=inputs.context, tokenizer=tokenizer, seed=context.seed, numerics=numerics
        )
    checkpoint = planned_checkpoint(context, "weights", inputs.init_from)
    return load_start(checkpoint, context=inputs.context, tokenizer=tokenizer, numerics=numerics)
