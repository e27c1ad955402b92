"""What to test a method's heavy half with: a tiny model, sequences, the context of a stage, and the stage itself.

Model and languages are the conformance kit's: a Llama of 25,000 weights, and texts in which the next token follows from
the last one, but for one in four, so that a few steps teach something.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from earlyexp_bench.contracts import LossOn, TrainingStage
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import (
    Job,
    Method,
    MethodContext,
    MethodStack,
    Sequences,
    Tensors,
    finetuning_mixture,
    make_deterministic,
    pack,
    train,
)
from earlyexp_testing.conformance.tiny_house import CONTEXT, LEARNING_RATE, MODEL, VOCABULARY, language
from earlyexp_testing.tiny_light import tiny_stage


def tiny_model(seed: int = 0, **changes: Any) -> PreTrainedModel:  # noqa: ANN401 - keys of a configuration
    """Return a causal language model with random weights, the same for equal arguments.

    Args:
        seed: Of the weights.
        **changes: Keys of its transformers configuration, e.g. ``model_type="gpt2"`` or ``tie_word_embeddings=False``.
    """
    chosen = {**MODEL, "vocab_size": VOCABULARY, "max_position_embeddings": CONTEXT, **_SPECIAL, **changes}
    config = AutoConfig.for_model(chosen.pop("model_type"), **chosen)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: PreTrainedModel = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    return model


_SPECIAL = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}


def tiny_sequences(count: int = 20, role: str = "downstream", *, seed: int = 0, loss_on: LossOn = "text") -> Sequences:
    """Return packed sequences of 32 tokens in the language of a role.

    Args:
        count: Number of sequences.
        role: ``general``, ``target`` or ``downstream``; each has a rule of its own.
        seed: Of the order of documents.
        loss_on: Whether whole documents are trained on, or their second halves as answers.
    """
    split = language(role, "train", documents=2 * count + 8)
    packed = pack(split, tokens=count * CONTEXT, context=CONTEXT, seed=seed, role=role, loss_on=loss_on)
    return replace(packed, ids=np.asarray(packed.ids), scored=np.asarray(packed.scored))


def tiny_context(stage: TrainingStage = "finetune", **changes: Any) -> MethodContext:  # noqa: ANN401 - its fields
    """Return the context of a method in `tiny_stage`, which may read the general and the target stream.

    Args:
        stage: The stage's kind.
        **changes: Fields of `MethodContext` that are to be otherwise, e.g. ``sidecars={...}``.
    """
    planned = tiny_stage(stage)
    context = MethodContext(
        planned=planned,
        optimization=Optimization(learning_rate=LEARNING_RATE, batch_tokens=planned.batch_tokens),
        seed=0,
        device=torch.device("cpu"),
        tokens={role: tiny_sequences(role=role) for role in ("general", "target")},
    )
    return replace(context, **changes)


def tiny_job(stage: TrainingStage = "finetune", **changes: Any) -> Job:  # noqa: ANN401 - its fields
    """Return the training of `tiny_stage`: every sequence once, in fp32 on the CPU.

    Args:
        stage: The stage's kind.
        **changes: Fields of `Job` that are to be otherwise, e.g. ``mixture=…`` or ``checkpoint_directory=…``.
    """
    planned = tiny_stage(stage)
    job = Job(
        stage=stage,
        seed=0,
        mixture=finetuning_mixture(tiny_sequences(planned.tokens // planned.context), seed=0),
        optimization=Optimization(learning_rate=LEARNING_RATE, batch_tokens=planned.batch_tokens),
        numerics=Numerics(),
    )
    return replace(job, **changes)


def train_tiny(model: PreTrainedModel, *methods: Method, job: Job | None = None) -> Mapping[str, Tensors]:
    """Train a model with methods as a stage does, and return the checkpoints it yields, by name.

    Args:
        model: Changed in place.
        *methods: In the order that a recipe would list them.
        job: As `tiny_job` makes it; by default a fine-tuning of ten steps.
    """
    job = job or tiny_job()
    make_deterministic(job.numerics)
    stack = MethodStack([(type(method).__name__, method) for method in methods])
    start = _state(model)
    mixture = stack.mixture(job.mixture)
    wrapped = stack.wrap(model)
    stack.prepare(wrapped)
    train(replace(job, mixture=mixture), wrapped, stack)
    return stack.outputs(start, _state(stack.unwrap(wrapped)))


def _state(model: torch.nn.Module) -> Tensors:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
