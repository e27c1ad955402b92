"""Stage 3: somebody else's fine-tuning on the downstream task, for a fixed number of tokens."""

from earlyexp_bench.contracts.stages import FinetuneInput
from earlyexp_bench.stages._training import Training, packed, run_training
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.training import finetuning_mixture, load_model, make_deterministic


def run(context: StageContext) -> StageResult:
    """Train on the downstream domain."""
    inputs = FinetuneInput.model_validate(context.spec.identity)
    make_deterministic(context.numerics)
    downstream = packed(context, "downstream", inputs.tokens, inputs.context, inputs.loss_on, inputs.repeats)
    wanted = {"general": inputs.general_tokens, "target": inputs.target_tokens}
    return run_training(
        Training(
            context=context,
            stage="finetune",
            model=load_model(context.parent("model"), context.numerics),
            mixture=finetuning_mixture(downstream, context.seed),
            optimization=inputs.optimization,
            methods=inputs.methods,
            tokenizer=context.parent("model"),
            streams={
                role: packed(context, role, tokens, inputs.context, inputs.loss_on)
                for role, tokens in wanted.items()
                if tokens is not None
            },
        )
    )
