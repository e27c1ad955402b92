"""The model of a stage: built from a configuration, loaded from a checkpoint, exported for anyone to open."""

import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.inputs import Numerics
from earlyexp_bench.training.order import generator_seed

_NOT_TOKENIZER = ("config.json", "generation_config.json")


def build_model(
    config: dict[str, Any], *, context: int, tokenizer: Path, seed: int, numerics: Numerics
) -> PreTrainedModel:
    """Make a model with random weights that depend on the configuration and the seed alone.

    Args:
        config: As written in the benchmark: ``model_type`` and keys of its transformers configuration.
        context: Training context; becomes ``max_position_embeddings``.
        tokenizer: Directory of the tokenizer; gives vocabulary size and special ids.
        seed: The stage's seed.
        numerics: Attention backend.

    Raises:
        UserError: The configuration names no model.
    """
    if "model_type" not in config:
        raise UserError("the model has no `model_type`", where="model", expected="a type that transformers knows")
    tokens = PreTrainedTokenizerFast.from_pretrained(tokenizer)
    chosen = {key: value for key, value in config.items() if key != "model_type"} | {
        "vocab_size": len(tokens),
        "max_position_embeddings": context,
        "bos_token_id": tokens.bos_token_id,
        "eos_token_id": tokens.eos_token_id,
        "pad_token_id": tokens.pad_token_id,
    }
    configuration = AutoConfig.for_model(config["model_type"], **chosen)
    torch.manual_seed(generator_seed(seed, "initialisation"))
    model: PreTrainedModel = AutoModelForCausalLM.from_config(
        configuration, attn_implementation=numerics.attention, dtype=torch.float32
    )
    return model


def load_model(directory: Path, numerics: Numerics) -> PreTrainedModel:
    """Open the checkpoint that an earlier stage left, in fp32."""
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation=numerics.attention, local_files_only=True
    )
    return model


def export_model(model: PreTrainedModel, directory: Path, tokenizer: Path) -> None:
    """Write weights, configuration and tokenizer so that ``AutoModelForCausalLM`` and ``lm_eval`` open them.

    Args:
        model: Plain, without adapters or hooks.
        directory: Where to.
        tokenizer: Directory with the tokenizer's files: a tokenizer stage's output or a checkpoint.
    """
    model.save_pretrained(directory)
    for path in sorted(tokenizer.iterdir()):
        if path.is_file() and path.name not in _NOT_TOKENIZER and not path.name.startswith("model"):
            shutil.copyfile(path, directory / path.name)


def count_parameters(model: torch.nn.Module) -> int:
    """Number of parameters, tied ones once."""
    return sum(parameter.numel() for parameter in model.parameters())
