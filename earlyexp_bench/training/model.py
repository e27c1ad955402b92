"""The model of a stage: built from a configuration, loaded from a checkpoint, exported for anyone to open."""

import copy
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training.order import generator_seed
from earlyexp_bench.training.tokenizer import export_tokenizer, load_tokenizer


def build_model(
    config: dict[str, Any], *, context: int, tokenizer: Path, seed: int, numerics: Numerics
) -> PreTrainedModel:
    """Make a model with random weights that depend on the configuration and the seed alone.

    The tokenizer gives vocabulary size and special ids; the context becomes ``max_position_embeddings``.

    Raises:
        UserError: The configuration names no model.
    """
    if "model_type" not in config:
        raise UserError("the model has no `model_type`", where="model", expected="a type that transformers knows")
    tokens = load_tokenizer(tokenizer)
    configuration = configure(config, vocab_size=len(tokens), context=context, end_token=tokens.eos_token_id)
    return random_model(configuration, seed=seed, numerics=numerics)


def configure(config: dict[str, Any], *, vocab_size: int, context: int, end_token: int) -> PreTrainedConfig:
    """Return the transformers configuration that a benchmark's ``model`` amounts to.

    ``end_token`` is the id of the token that is BOS, EOS and padding.
    """
    chosen = {key: value for key, value in config.items() if key != "model_type"} | {
        "vocab_size": vocab_size,
        "max_position_embeddings": context,
        **dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"), end_token),
    }
    return AutoConfig.for_model(config["model_type"], **chosen)


def random_model(configuration: PreTrainedConfig, *, seed: int, numerics: Numerics) -> PreTrainedModel:
    """Make a model of random weights in fp32."""
    torch.manual_seed(generator_seed(seed, "initialisation"))
    model: PreTrainedModel = AutoModelForCausalLM.from_config(
        configuration, attn_implementation=numerics.attention, dtype=torch.float32
    )
    if (row := train_every_row(model)) is not None:
        torch.manual_seed(generator_seed(seed, "initialisation", "padding row"))
        _draw_row(model, row)
    return model


def train_every_row(model: PreTrainedModel) -> int | None:
    """Let the embedding of the end-of-text token learn like any other.

    It pads as well, and transformers keeps the row of the padding token at 0, and out of the gradient.

    Returns:
        The row that would not have learned; None where all would have.
    """
    embedding: Any = model.get_input_embeddings()
    row: int | None = getattr(embedding, "padding_idx", None)
    if row is not None:
        embedding.padding_idx = None
    return row


def _draw_row(model: PreTrainedModel, row: int) -> None:
    """Draw one row of the embedding as the model's type draws them."""
    weight = model.get_input_embeddings().weight
    one = torch.nn.Embedding(1, weight.shape[1])
    model._init_weights(one)
    with torch.no_grad():
        weight[row] = one.weight[0]


def without_weights(configuration: PreTrainedConfig, attention: str = "eager") -> PreTrainedModel:
    """Build a model without allocating any parameter. Every type of model has eager attention."""
    with torch.device("meta"):
        model: PreTrainedModel = AutoModelForCausalLM.from_config(
            copy.deepcopy(configuration), attn_implementation=attention
        )
    return model


def check_attention(configuration: PreTrainedConfig, numerics: Numerics) -> None:
    """Refuse an attention backend that the type of model has not, before gigabytes are read.

    Raises:
        UserError: It has not.
    """
    without_weights(configuration)
    try:
        without_weights(configuration, numerics.attention)
    except (ValueError, ImportError) as error:
        raise UserError(
            f"{configuration.model_type} has no {numerics.attention} attention in transformers",
            where="numerics.attention",
            expected="numerics: {attention: eager}",
        ) from error


def load_model(
    directory: Path, numerics: Numerics, dtype: torch.dtype | Literal["auto"] = torch.float32
) -> PreTrainedModel:
    """Open the checkpoint that an earlier stage left; ``auto`` is the dtype that it was saved in."""
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        directory, dtype=dtype, attn_implementation=numerics.attention, local_files_only=True
    )
    train_every_row(model)
    return model


def export_model(model: PreTrainedModel, directory: Path, tokenizer: Path) -> None:
    """Write a plain model and the tokenizer in a folder so that ``AutoModelForCausalLM`` and ``lm_eval`` open them."""
    model.save_pretrained(directory)
    export_tokenizer(tokenizer, directory)


def count_parameters(model: torch.nn.Module) -> int:
    """Number of parameters, tied ones once."""
    return sum(parameter.numel() for parameter in model.parameters())
