"""Starting from somebody's checkpoint: where it is found, its tokenizer, its weights."""

import json
from pathlib import Path

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.checkpoint import refuse_adapter
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training.model import check_attention, train_every_row, without_weights
from earlyexp_bench.training.tokenizer import load_tokenizer, save_tokenizer

FILES = (
    "config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "tokenizer*.json",
    "special_tokens_map.json",
    "adapter_config.json",
)
# These rotary embeddings are the same whatever max_position_embeddings says.
_FIXED_ROPE = {"default", "linear", "llama3"}


def find_checkpoint(source: str, revision: str | None) -> Path:
    """Return the directory of a checkpoint; one of the hub is downloaded first, unless ``HF_HUB_OFFLINE`` forbids it.

    Raises:
        UserError: It cannot be had.
    """
    if revision is None:
        return Path(source)
    try:
        return Path(snapshot_download(source, revision=revision, allow_patterns=list(FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise UserError(
            f"cannot be had from the hub: {_first_line(error)}",
            where=f"{source} at {revision}",
            expected="a repository and a commit that exist; without network, one that was downloaded before",
        ) from error


def take_tokenizer(checkpoint: Path, destination: Path) -> Tokenizer:
    """Save a checkpoint's tokenizer as training and lm-eval use it.

    Its end-of-text token stands before every document, and is BOS, EOS and padding; nothing is added to a text,
    and no text is cut, whatever the checkpoint's own templates say.

    Raises:
        UserError: It is no fast tokenizer, or has no end-of-text token.
    """
    path = checkpoint / "tokenizer.json"
    expected = "a fast tokenizer with an eos_token, as `AutoTokenizer.from_pretrained(…).save_pretrained(…)` writes it"
    try:
        plain = json.loads(path.read_text(encoding="utf-8")) | dict.fromkeys(
            ("truncation", "padding", "post_processor")
        )
        tokenizer = Tokenizer.from_str(json.dumps(plain))
        end = PreTrainedTokenizerFast.from_pretrained(checkpoint, local_files_only=True).eos_token
    except Exception as error:  # tokenizers raises bare Exceptions
        raise UserError(f"cannot be read: {_first_line(error)}", where=str(path), expected=expected) from error
    if end is None or tokenizer.token_to_id(end) is None:
        raise UserError("has no eos_token", where=str(checkpoint / "tokenizer_config.json"), expected=expected)
    save_tokenizer(tokenizer, end, destination)
    return tokenizer


def load_start(checkpoint: Path, *, context: int, tokenizer: Path, numerics: Numerics) -> PreTrainedModel:
    """Load a checkpoint's weights in fp32, every one of them, and give it the training context as its window.

    The special ids are those of the tokenizer that ``take_tokenizer`` wrote.

    Raises:
        UserError: Weights are missing or left over, a tied head is not tied, the vocabulary is too small for the
            tokenizer, or the model cannot have this context.
    """
    model = _load(checkpoint, numerics)
    tokens = load_tokenizer(tokenizer)
    _check_vocabulary(model, tokens, checkpoint)
    _check_context(model, context, checkpoint)
    end = tokens.eos_token_id
    changes = {"bos_token_id": end, "eos_token_id": end, "pad_token_id": end, "max_position_embeddings": context}
    for key, value in changes.items():
        setattr(model.config, key, value)
    model.generation_config = GenerationConfig.from_model_config(model.config)
    train_every_row(model)
    return model


def _load(checkpoint: Path, numerics: Numerics) -> PreTrainedModel:
    expected = "a causal LM that transformers has, unquantised, as its save_pretrained writes it"
    refuse_adapter(checkpoint)
    try:
        config = AutoConfig.from_pretrained(checkpoint, local_files_only=True, trust_remote_code=False)
        if getattr(config, "quantization_config", None) is not None:
            raise UserError("is quantised", where=str(checkpoint / "config.json"), expected=expected)
        check_attention(config, numerics)
        tied = getattr(config, "tie_word_embeddings", False)
        model, found = AutoModelForCausalLM.from_pretrained(
            checkpoint,
            config=config,
            dtype=torch.float32,
            attn_implementation=numerics.attention,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise UserError(f"cannot be loaded: {_first_line(error)}", where=str(checkpoint), expected=expected) from error
    _check_complete(found["missing_keys"], found["unexpected_keys"], checkpoint)
    head = model.get_output_embeddings()
    if tied and head is not None and head.weight is not model.get_input_embeddings().weight:
        raise UserError(
            "tie_word_embeddings is true, but the weights have a head of their own",
            where=str(checkpoint / "config.json"),
            expected="tie_word_embeddings: false, or weights without that head",
        )
    plain: PreTrainedModel = model
    return plain


def _check_complete(missing: set[str], unexpected: set[str], checkpoint: Path) -> None:
    for names, verb in ((missing, "lack"), (unexpected, "hold")):
        if names:
            first, more = sorted(names)[0], f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise UserError(
                f"the weights {verb} {first!r}{more}",
                where=str(checkpoint / "model.safetensors"),
                expected="exactly the weights that config.json describes (a tied head is `tie_word_embeddings: true`)",
            )


def _check_vocabulary(model: PreTrainedModel, tokens: PreTrainedTokenizerFast, checkpoint: Path) -> None:
    rows, largest = model.get_input_embeddings().weight.shape[0], max(tokens.get_vocab().values())
    if largest >= rows:
        raise UserError(
            f"the tokenizer has the token {largest}, the embedding has {rows} rows",
            where=str(checkpoint / "tokenizer.json"),
            expected="the tokenizer that the model was trained with",
        )


def _check_context(model: PreTrainedModel, context: int, checkpoint: Path) -> None:
    """Refuse a context that the model has no positions for, or that would change what the weights mean."""
    window = getattr(model.config, "max_position_embeddings", None)
    if window is None:
        return  # recurrent models and ALiBi have no positions
    if context > window:
        raise UserError(
            f"a context of {context} is longer than the checkpoint's max_position_embeddings, {window}",
            where="context",
            expected=f"{window} or less, or a checkpoint with a longer window",
        )
    if context < window and not _may_shorten(model, context):
        raise UserError(
            f"the checkpoint's position embeddings hang on its max_position_embeddings, {window}",
            where="context",
            expected=f"context: {window}",
        )


def _may_shorten(model: PreTrainedModel, context: int) -> bool:
    rope = getattr(model.config, "rope_parameters", None) or {}
    kinds = {rope["rope_type"]} if "rope_type" in rope else {one["rope_type"] for one in rope.values() if one}
    shorter = type(model.config).from_dict(model.config.to_dict())
    shorter.max_position_embeddings = context
    other = without_weights(shorter)
    shapes = {name: p.shape for name, p in model.named_parameters()}
    return kinds <= _FIXED_ROPE and shapes == {name: p.shape for name, p in other.named_parameters()}


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
