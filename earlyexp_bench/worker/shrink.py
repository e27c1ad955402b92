"""Smaller configurations of the same class: what a model does is found out on few layers and narrow ones."""

import copy
from collections.abc import Iterator
from typing import Any

from transformers import PreTrainedConfig

from earlyexp_bench.training import count_parameters, without_weights

# Up to here a model is its own small copy: a forward pass over its context takes a CPU some hundredths of a second.
CHEAP_FLOPS = 2e9
# No copy is tried that would take many gigabytes; a narrow one does where it can be had.
LARGEST, LARGEST_AFTER_NARROW = 2_000_000_000, 400_000_000
VOCABULARY = 512
NARROWER = (64, 32, 16, 8, 4)
_WIDTHS = (
    "hidden_size", "intermediate_size", "head_dim", "ffn_dim", "ffn_hidden_size", "inner_dim", "word_embed_proj_dim",
    "moe_intermediate_size", "shared_expert_intermediate_size", "expert_ffn_hidden_size", "rotary_dim", "lru_width",
    "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "qk_head_dim", "v_head_dim",
)  # fmt: skip


def small_copies(configuration: PreTrainedConfig, context: int) -> Iterator[PreTrainedConfig]:
    """Yield configurations to try, the cheapest first; the last one is as near to the model as can be afforded.

    None of a huge model that has no narrow copy.
    """
    if 2.0 * size(configuration) * context <= CHEAP_FLOPS:
        yield copy.deepcopy(configuration)
        return
    short = _few_layers(configuration)
    narrow = _narrow(short)
    if narrow is not None:
        yield narrow
    if size(short) <= (LARGEST if narrow is None else LARGEST_AFTER_NARROW):
        yield short


def size(configuration: PreTrainedConfig) -> int:
    """Parameters of the model."""
    return count_parameters(without_weights(configuration))


def _few_layers(configuration: PreTrainedConfig) -> PreTrainedConfig:
    """Return the fewest layers that hold every kind of module of the model, and a small vocabulary."""
    wanted = _kinds(configuration)
    layers = int(getattr(configuration, "num_hidden_layers", 0) or 0)
    for count in range(1, layers):
        short = _changed(configuration, {"num_hidden_layers": count}, layers, count)
        if short is not None and _kinds(short) == wanted:
            return short
    return _changed(configuration, {}, layers, layers) or configuration


def _changed(
    configuration: PreTrainedConfig, values: dict[str, Any], layers: int, count: int
) -> PreTrainedConfig | None:
    """Return a copy with other values and lists by layer cut to ``count``; None where the class refuses it."""
    small = copy.deepcopy(configuration)
    by_layer = {k: v[:count] for k, v in vars(small).items() if isinstance(v, list) and len(v) == layers}
    special = dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"), 0)
    try:
        for key, value in (by_layer | values | special | {"vocab_size": VOCABULARY}).items():
            setattr(small, key, value)
        return type(small).from_dict(small.to_dict())
    except Exception:  # noqa: BLE001 - classes refuse values in many ways
        return None


def _narrow(configuration: PreTrainedConfig) -> PreTrainedConfig | None:
    """Return the narrowest copy that can be built, every width divided by one number."""
    layers = int(getattr(configuration, "num_hidden_layers", 0) or 0)
    known = {*configuration.to_dict(), *configuration.attribute_map}  # some widths are worked out from others
    widths = {name: _value(configuration, name) for name in _WIDTHS if name in known}
    for factor in NARROWER:
        narrow = {k: v // factor for k, v in widths.items() if isinstance(v, int) and v > 0 and v % factor == 0}
        pairs = 2 * (_value(configuration, "num_attention_heads") or 1)
        if narrow.get("hidden_size", 1) % pairs or any(width % 2 for width in narrow.values()):
            continue  # rotary embeddings turn pairs of a head's dimensions
        found = _changed(configuration, narrow, layers, layers)
        try:
            if found is not None and size(found):
                return found
        except Exception:  # noqa: BLE001 - as above
            continue
    return None


def _value(configuration: PreTrainedConfig, name: str) -> Any:  # noqa: ANN401 - whatever it holds
    try:
        return getattr(configuration, name, None)
    except Exception:  # noqa: BLE001 - what differs by layer has no one value, and says so by an error of its own
        return None


def _kinds(configuration: PreTrainedConfig) -> set[tuple[str, str]]:
    """Return names and classes of the model's modules, whichever layer they are in; none if it cannot be built."""
    try:
        model = without_weights(configuration)
    except Exception:  # noqa: BLE001 - as above
        return set()
    named = ((name.rpartition(".")[2], type(module).__name__) for name, module in model.named_modules())
    return {("*" if name.isdigit() else name, kind) for name, kind in named}
