"""Checks a model configuration before anything is planned: transformers accepts misspelled keys without a word."""

import difflib
import json
import tempfile
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TextIO

from transformers import (
    CONFIG_MAPPING,
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoModelForCausalLM,
    PreTrainedConfig,
    PreTrainedModel,
)

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.inputs import Numerics

# Rotary configurations still take these and fold them into `rope_parameters`.
ROPE_KEYS = {"rope_theta", "rope_scaling", "partial_rotary_factor"}


@dataclass(frozen=True)
class ModelAnswer:
    """What a configuration amounts to.

    Attributes:
        parameters: All of them, tied weights once.
        embedding_parameters: Those of the input embedding.
        flops_per_token: Of one forward and backward pass, with full attention over the context.
        unknown_keys: Keys that the configuration class does not have.
        nearest: Unknown key to the most similar known one, if any is similar.
        error: Why no model can be built from the configuration, or the checkpoint not be used.
        expected: What would be right, of a checkpoint.
        key: What the error is about: ``model`` or ``context``.
    """

    parameters: int = 0
    embedding_parameters: int = 0
    flops_per_token: float = 0.0
    unknown_keys: list[str] = field(default_factory=list)
    nearest: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    expected: str = ""
    key: str = "model"


def probe_stream(question: TextIO, answer: TextIO) -> int:
    """Read a question as JSON, write the answer as one line of JSON, return 0.

    A question is ``{"model", "context", "vocab_size"}`` or ``{"location", "context"}`` of a checkpoint.
    """
    asked = json.load(question)
    if "location" in asked:
        found = probe_checkpoint(**asked["location"], context=asked["context"])
    else:
        found = probe(asked["model"], asked["context"], asked["vocab_size"])
    print(json.dumps(asdict(found)), file=answer)
    return 0


def probe_checkpoint(init_from: str, revision: str | None, context: int) -> ModelAnswer:
    """Load a checkpoint as stage 1 will, and count its parameters.

    Args:
        init_from: A directory, or an id on the hub.
        revision: The hub's commit; None for a directory.
        context: Sequence length in tokens.
    """
    from earlyexp_bench.training import find_checkpoint, load_start, take_tokenizer

    try:
        directory = find_checkpoint(init_from, revision)
        with tempfile.TemporaryDirectory() as tokenizer:
            take_tokenizer(directory, Path(tokenizer))
            model = load_start(directory, context=context, tokenizer=Path(tokenizer), numerics=Numerics())
    except UserError as error:
        if error.where == "context":
            return ModelAnswer(error=error.message, expected=error.expected, key="context")
        return ModelAnswer(error=f"{error.where}: {error.message}", expected=error.expected)
    return _count(model, context)


def probe(model: dict[str, Any], context: int, vocab_size: int) -> ModelAnswer:
    """Check ``model`` against its configuration class and count its parameters without allocating any.

    Args:
        model: Configuration of a transformers causal LM, ``model_type`` included.
        context: Sequence length in tokens.
        vocab_size: Of the tokenizer; overrides the configuration's.
    """
    model_type = str(model.get("model_type", ""))
    if model_type not in CONFIG_MAPPING:
        close = difflib.get_close_matches(model_type, CONFIG_MAPPING.keys(), n=1)
        return ModelAnswer(error=f"no model_type {model_type!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
    config_class = CONFIG_MAPPING[model_type]
    known = known_keys(config_class)
    unknown = sorted(set(model) - known)
    nearest = {key: close[0] for key in unknown if (close := difflib.get_close_matches(key, sorted(known), n=1))}
    if unknown:
        return ModelAnswer(unknown_keys=unknown, nearest=nearest)
    if config_class not in MODEL_FOR_CAUSAL_LM_MAPPING:
        return ModelAnswer(error=f"{model_type!r} is not a causal language model")
    try:
        return _measure(config_class(**{**_without_type(model), "vocab_size": vocab_size}), context)
    except Exception as error:  # noqa: BLE001 - whatever transformers raises on a wrong value is the answer
        return ModelAnswer(error=f"{type(error).__name__}: {error}")


def known_keys(config_class: type[PreTrainedConfig]) -> set[str]:
    """Return every key that a configuration class gives a meaning to."""
    declared = {f.name for f in fields(config_class)} if is_dataclass(config_class) else set()
    known = declared | set(config_class().to_dict()) | set(config_class.attribute_map) | {"model_type"}
    return known | ROPE_KEYS if "rope_parameters" in known else known


def _without_type(model: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in model.items() if key != "model_type"}


def _measure(config: PreTrainedConfig, context: int) -> ModelAnswer:
    import torch

    with torch.device("meta"):
        built = AutoModelForCausalLM.from_config(config)
    return _count(built, context)


def _count(built: PreTrainedModel, context: int) -> ModelAnswer:
    parameters = sum(parameter.numel() for parameter in built.parameters())
    embedding = built.get_input_embeddings().weight
    head = built.get_output_embeddings()
    tied = head is not None and head.weight is embedding
    multiplied = parameters if tied else parameters - embedding.numel()
    return ModelAnswer(
        parameters=parameters,
        embedding_parameters=embedding.numel(),
        flops_per_token=6.0 * multiplied + _attention_flops(built.config, context),
    )


def _attention_flops(config: PreTrainedConfig, context: int) -> float:
    """12 · layers · width · context, the attention term of PaLM's appendix B (arXiv 2204.02311)."""
    layers, width = getattr(config, "num_hidden_layers", 0), getattr(config, "hidden_size", 0)
    return 12.0 * layers * width * context
