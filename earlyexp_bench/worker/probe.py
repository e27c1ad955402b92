"""Finds out what a model is before anything is planned: its size, its modules, and whether it can be trained here."""

import difflib
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING, PreTrainedConfig, PreTrainedModel
from transformers.pytorch_utils import Conv1D

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.stages.tokenizer import save_bpe, train_bpe
from earlyexp_bench.training import (
    configure,
    count_parameters,
    find_checkpoint,
    load_start,
    take_tokenizer,
    training_flops_per_token,
    without_weights,
)
from earlyexp_bench.worker.trial import TEXTS, try_out

# Rotary configurations still take these and fold them into `rope_parameters`.
ROPE_KEYS = {"rope_theta", "rope_scaling", "partial_rotary_factor"}
# What holds one matrix, and what adapters can be put into.
MATRICES = (torch.nn.Linear, torch.nn.Embedding, Conv1D)
LAYER_NUMBER = re.compile(r"(?<![^.])\d+(?![^.])")


@dataclass(frozen=True)
class ModelAnswer:
    """What a configuration amounts to.

    Attributes:
        parameters: All of them, tied weights once.
        flops_per_token: Of one forward and backward pass, with full attention over the context.
        modules: Names of linear layers and embeddings; a layer's number is ``*``.
        settings: Names of the modules' settings that are numbers, such as ``attention_dropout``.
        not_linear: Matrices of the decoder layers that no linear layer holds, or why there is no telling.
        unknown_keys: Keys that the configuration class does not have.
        nearest: Unknown key to the most similar known one, if any is similar.
        error: Why no model can be built from the configuration, or not be trained, or the checkpoint not be used.
        expected: What would be right.
        key: What the error is about, e.g. ``model`` or ``numerics.attention``.
    """

    parameters: int = 0
    flops_per_token: float = 0.0
    modules: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    not_linear: list[str] = field(default_factory=list)
    unknown_keys: list[str] = field(default_factory=list)
    nearest: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    expected: str = "a transformers causal LM"
    key: str = "model"


def answer(question: dict[str, Any]) -> ModelAnswer:
    """Probe the model that is asked about.

    Args:
        question: ``{"model", "context", "vocab_size", "numerics"}``, or of a checkpoint ``{"location", "context",
            "numerics"}``. The device that it names is one that is here.
    """
    numerics = Numerics.model_validate(question.get("numerics", {}))
    if "location" in question:
        return probe_checkpoint(**question["location"], context=question["context"], numerics=numerics)
    return probe(question["model"], question["context"], question["vocab_size"], numerics)


def probe_checkpoint(
    init_from: str, revision: str | None, context: int, numerics: Numerics | None = None
) -> ModelAnswer:
    """Load a checkpoint as stage 1 will, count its parameters, and try a small model of its kind.

    Args:
        init_from: A directory, or an id on the hub.
        revision: The hub's commit; None for a directory.
        context: Sequence length in tokens.
        numerics: Of the benchmark.
    """
    numerics = numerics or Numerics()
    try:
        with tempfile.TemporaryDirectory() as folder:
            tokenizer = Path(folder)
            directory = find_checkpoint(init_from, revision)
            take_tokenizer(directory, tokenizer)
            model = load_start(directory, context=context, tokenizer=tokenizer, numerics=numerics)
            try_out(model.config, context, numerics, tokenizer)
    except UserError as error:
        return _checkpoint_error(error)
    return _count(model, context)


def _checkpoint_error(error: UserError) -> ModelAnswer:
    """Say where in the benchmark it lies; what is wrong with a file says which."""
    if error.where == "model":
        return ModelAnswer(error=error.message, expected=error.expected, key="model.init_from")
    if error.where in ("context", "numerics.attention"):
        return ModelAnswer(error=error.message, expected=error.expected, key=error.where)
    return ModelAnswer(error=f"{error.where}: {error.message}", expected=error.expected, key="model.init_from")


def probe(model: dict[str, Any], context: int, vocab_size: int, numerics: Numerics | None = None) -> ModelAnswer:
    """Check ``model`` against its configuration class, count its parameters without allocating any, and try it small.

    Args:
        model: Configuration of a transformers causal LM, ``model_type`` included.
        context: Sequence length in tokens.
        vocab_size: Of the tokenizer; overrides the configuration's.
        numerics: Of the benchmark.
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
        configuration = configure(model, vocab_size=vocab_size, context=context, end_token=0)
        with tempfile.TemporaryDirectory() as folder:
            tokenizer = Path(folder)
            save_bpe(train_bpe(iter(TEXTS), 300), tokenizer)
            try_out(configuration, context, numerics or Numerics(), tokenizer)
        return _count(without_weights(configuration), context)
    except UserError as error:
        return ModelAnswer(error=error.message, expected=error.expected, key=error.where)
    except Exception as error:  # noqa: BLE001 - whatever transformers raises on a wrong value is the answer
        return ModelAnswer(error=f"{type(error).__name__}: {error}")


def known_keys(config_class: type[PreTrainedConfig]) -> set[str]:
    """Return every key that a configuration class gives a meaning to."""
    declared = {f.name for f in fields(config_class)} if is_dataclass(config_class) else set()
    known = declared | set(config_class().to_dict()) | set(config_class.attribute_map) | {"model_type"}
    return known | ROPE_KEYS if "rope_parameters" in known else known


def _count(built: PreTrainedModel, context: int) -> ModelAnswer:
    return ModelAnswer(
        parameters=count_parameters(built),
        flops_per_token=training_flops_per_token(built, context),
        modules=_plain(name for name, module in built.named_modules() if isinstance(module, MATRICES)),
        settings=_plain(
            f"{name}.{key}"
            for name, module in built.named_modules()
            for key, value in vars(module).items()
            if isinstance(value, float)
        ),
        not_linear=_not_linear(built),
    )


def _not_linear(model: PreTrainedModel) -> list[str]:
    count = getattr(model.config, "num_hidden_layers", None)
    lists = [m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == count]
    if len(lists) != 1:
        return [f"{len(lists)} lists of {count} layers, not one"]
    linear = {id(m.weight) for m in lists[0].modules() if isinstance(m, torch.nn.Linear)}
    return _plain(name for name, p in lists[0].named_parameters() if p.dim() > 1 and id(p) not in linear)


def _plain(names: Iterable[str]) -> list[str]:
    """Name what every layer has once, with ``*`` for the layer's number."""
    return list(dict.fromkeys(LAYER_NUMBER.sub("*", name) for name in names))
