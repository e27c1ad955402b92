"""A small copy of a model, taken through what training, export and scoring will do with the model itself."""

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoTokenizer, PreTrainedConfig, PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training import (
    check_attention,
    export_model,
    load_model,
    load_tokenizer,
    make_deterministic,
    random_model,
    training_loss,
    without_weights,
)
from earlyexp_bench.worker.shrink import small_copies

DECODER = "a decoder-only language model, such as llama, gpt2 or qwen2"
# Positions are tried up to here, as memory goes with the square of the length; all else on fewer tokens.
LONGEST = {"sdpa": 8192, "eager": 2048}
ENOUGH = 128
# What later tokens may change in earlier logits, by rounding, as a share of what they change in their own.
LEAST_LEAK = 1e-4
# What tokenizers are known to treat differently: digits, spaces, line ends, accents, contractions, special tokens.
TEXTS = (
    "in 1984, 3.14159 and 1234567890",
    " a  b\n\n\nc\t\t d ",
    "trailing \r\n",
    "e\u0301 \u00e9 \ufb01 \u00bd \u65e5\u672c \u00a0\u200b\u2581x \U0001f600",
    "I'LL they're 's <s></s>[CLS]",
)


def try_out(configuration: PreTrainedConfig, context: int, numerics: Numerics, tokenizer: Path) -> None:
    """Train, export and score small copies of a model until one goes through; else say why the last did not.

    Args:
        configuration: Of the model as it will be trained.
        context: Training context.
        numerics: Of the benchmark; the device is one that is here.
        tokenizer: Directory with the tokenizer that goes with the weights.

    Raises:
        UserError: It cannot be trained or scored; ``where`` is the key that it lies with, ``expected`` a remedy.
    """
    make_deterministic(numerics)
    _check_type(configuration)
    built = without_weights(configuration)
    _check_inner(configuration, built)
    _check_window(built, context)
    lacking = _lacking_backend(configuration, numerics)
    usable = numerics.model_copy(update={"attention": "eager"}) if lacking else numerics
    try:
        _try_copies(configuration, context, usable, tokenizer)
    except UserError as error:
        key, expected = _remedy(configuration, context, numerics, tokenizer) or (error.where, error.expected)
        raise UserError(error.message, where=key, expected=expected) from error
    if lacking:
        raise lacking


def _unfit(message: str, expected: str = DECODER) -> UserError:
    """Make a mistake that lies with the key ``model``."""
    return UserError(message, where="model", expected=expected)


def _lacking_backend(configuration: PreTrainedConfig, numerics: Numerics) -> UserError | None:
    try:
        check_attention(configuration, numerics)
    except UserError as error:
        return error
    return None


def _check_type(configuration: PreTrainedConfig) -> None:
    if configuration.model_type in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES:
        raise _unfit(f"{configuration.model_type} is an encoder-decoder, and `lm_eval` opens its checkpoints as one")


def _try_copies(configuration: PreTrainedConfig, context: int, numerics: Numerics, tokenizer: Path) -> None:
    failed: Exception | None = None
    for small in small_copies(configuration, context):
        try:
            return _try(small, context, numerics, tokenizer)
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a model raises is the answer, unless a wider copy works
            failed = error
    if failed is not None:
        raise _unfit(_sentence(failed)) from failed


def _remedy(
    configuration: PreTrainedConfig, context: int, numerics: Numerics, tokenizer: Path
) -> tuple[str, str] | None:
    """Return the key to change and what it should be, if one of the usual changes helps."""
    for changed, other, key, expected in _changes(configuration, numerics):
        try:
            _try_copies(changed, context, other, tokenizer)
        except UserError:
            continue
        return key, expected
    return None


def _changes(
    configuration: PreTrainedConfig, numerics: Numerics
) -> Iterator[tuple[PreTrainedConfig, Numerics, str, str]]:
    """Yield changed configurations and numerics, each with the key to change and what it should be."""
    eager = numerics.model_copy(update={"attention": "eager"})
    backends = {"": numerics} | ({} if numerics.attention == "eager" else {"numerics: {attention: eager}": eager})
    for name in ("", "is_decoder", "causal"):
        if name and getattr(configuration, name, None) is not False:
            continue
        changed = copy.deepcopy(configuration)
        said = [f"`{name}: true` in the model's configuration, which hides later tokens"] if name else []
        if name:
            setattr(changed, name, True)
        for backend, other in backends.items():
            if expected := ", and ".join([*said, *([backend] if backend else [])]):
                yield changed, other, "model" if name else "numerics.attention", expected


def _try(configuration: PreTrainedConfig, context: int, numerics: Numerics, tokenizer: Path) -> None:
    model = random_model(configuration, seed=0, numerics=numerics)
    ids = _ids(model, min(context, LONGEST[numerics.attention]))
    _check_positions(model, ids[:1])  # before it moves: a GPU does not recover from an index out of bounds
    model.to(numerics.device)
    ids = ids[:, :ENOUGH].to(numerics.device)
    _check_training(model, ids, numerics)
    with torch.no_grad():
        model.eval()
        _check_independence(model, ids)
        _check_export(model, ids, context, numerics, tokenizer)


def _check_inner(configuration: PreTrainedConfig, model: PreTrainedModel) -> None:
    """Refuse a configuration that holds the language model's own: what a benchmark says would go to the outer one."""
    inner = configuration.get_text_config() if getattr(configuration, "text_config", None) else model.config
    rows = model.get_input_embeddings().weight.shape[0]
    if type(inner) is type(configuration) and rows == configuration.vocab_size:
        return
    named = type(inner) in MODEL_FOR_CAUSAL_LM_MAPPING and inner.model_type != configuration.model_type
    raise _unfit(
        f"{configuration.model_type} keeps its language model's configuration inside another",
        expected=f"model_type: {inner.model_type}" if named else DECODER,
    )


def _check_window(model: PreTrainedModel, context: int) -> None:
    """Refuse a configuration whose window is kept where neither scoring nor lm-eval finds it."""
    config = model.config
    # In the order in which lm-eval asks.
    windows = [getattr(config, name, None) for name in ("n_positions", "max_position_embeddings", "n_ctx")]
    found = next((window for window in windows if window is not None), None)
    if found != context:
        raise _unfit(f"{config.model_type} does not take the context as its window, which stays {found}")


def _ids(model: PreTrainedModel, length: int) -> torch.Tensor:
    """Return two rows of tokens, none of which is padding."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(1, model.config.vocab_size, (2, length), generator=generator)


def _logits(model: PreTrainedModel, ids: torch.Tensor) -> torch.Tensor:
    """Run the model as training does."""
    torch.manual_seed(0)
    logits: torch.Tensor = model(input_ids=ids, use_cache=False).logits
    wanted = (*ids.shape, model.config.vocab_size)
    if tuple(logits.shape) != wanted:
        raise _unfit(f"its logits have the shape {tuple(logits.shape)}, not {wanted}")
    return logits


@torch.no_grad()
def _check_positions(model: PreTrainedModel, ids: torch.Tensor) -> None:
    try:
        _logits(model, ids)
    except (IndexError, RuntimeError) as error:
        _logits(model, ids[:, : ids.shape[1] // 2])
        raise _unfit(
            f"{model.config.model_type} has fewer positions than its max_position_embeddings, which is the context"
        ) from error


def _check_training(model: PreTrainedModel, ids: torch.Tensor, numerics: Numerics) -> None:
    model.train()
    with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=numerics.precision == "bf16"):
        logits, again = _logits(model, ids), _logits(model, ids)
    if not torch.equal(logits, again):
        raise _unfit("two forward passes of one batch differ, with equal seeds")
    torch.autograd.backward(training_loss(logits, ids, torch.full(ids.shape, 1 / ids.numel(), device=ids.device)))
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    broken = [name for name, p in trained.items() if p.grad is not None and not p.grad.isfinite().all()]
    if broken:
        raise _unfit(f"the gradient of {broken[0]} is not finite")
    unreached = [name for name, p in trained.items() if p.grad is None]
    if len(unreached) == len(trained):
        raise _unfit(f"no gradient reaches any of its {len(trained)} weights")


def _check_independence(model: PreTrainedModel, ids: torch.Tensor) -> None:
    """Refuse a model in which later tokens, or other rows of a batch, change a token's logits."""
    logits, length = _logits(model, ids), ids.shape[1]
    for first in {1, length // 3, length - 1} - {0}:
        other = ids.clone()
        other[:, first:] = other[:, first:] % (model.config.vocab_size - 1) + 1
        changed = (_logits(model, other) - logits).abs()
        if changed[:, :first].max() > LEAST_LEAK * changed[:, first:].max():
            raise _unfit("later tokens change what is predicted of earlier ones")
    alone = (_logits(model, ids[:1]) - logits[:1]).abs().max()
    if alone > LEAST_LEAK * logits.abs().max():
        raise _unfit("the rows of a batch change each other's predictions")


def _check_export(model: PreTrainedModel, ids: torch.Tensor, context: int, numerics: Numerics, tokenizer: Path) -> None:
    """Refuse a model that does not come back as it was, or beside which the tokenizer becomes another."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        export_model(model, directory, tokenizer)
        again = load_model(directory, numerics, "auto").to(model.device).eval()
        _check_window(again, context)
        logits = _logits(model, ids)
        if not torch.equal(_logits(again, ids), logits):
            raise _unfit("saved and loaded it predicts something else")
        with_cache = again(ids).logits  # as lm_eval runs it
        if (with_cache - logits).abs().max() > LEAST_LEAK * logits.abs().max():
            raise _unfit("with a cache it predicts something else")
        stock = AutoTokenizer.from_pretrained(directory, local_files_only=True)
        if stock(list(TEXTS))["input_ids"] != load_tokenizer(directory)(list(TEXTS))["input_ids"]:
            raise _unfit(
                f"beside a {model.config.model_type}, AutoTokenizer makes {type(stock).__name__} of the tokenizer, "
                "which gives other tokens than are trained on",
                expected="a model type for which transformers has no tokenizer class of its own",
            )


def _sentence(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines[:3])[:400]}" if lines else type(error).__name__
