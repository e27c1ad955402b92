"""Scaled dot-product attention on products that are portable.

The weights are computed anew in the backward pass, as torch's own kernel does: the memory is their square.
"""

import functools
from collections.abc import Mapping

import torch

from earlyexp_bench.training.portable.products import multiply_into, product
from earlyexp_bench.training.portable.replace import Kernel


def _attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask: torch.Tensor | None = None,
    scale: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mixed values, and an empty tensor where torch's own keeps what its backward pass starts from.

    Query, key and value have shape (rows, heads, positions, width); key and value may have fewer heads, each shared by
    as many of the query's. Where there is dropout torch takes another way, of plain products.
    """
    key, value = (_for_each_head(each, query.shape[1]) for each in (key, value))
    weights = _weights(query, key, is_causal, attn_mask, scale)
    # Laid out by position, so that heads can be joined without a copy.
    rows, heads, positions, _ = query.shape
    mixed = query.new_empty((rows, positions, heads, value.shape[-1])).transpose(1, 2)
    return multiply_into(mixed, weights, value), query.new_empty(0)


def _attention_backward(
    gradient: torch.Tensor,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mixed: torch.Tensor,
    log_total: torch.Tensor,
    dropout_p: float,
    is_causal: bool,
    *,
    attn_mask: torch.Tensor | None = None,
    scale: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the gradients of query, key and value."""
    heads, factor = key.shape[1], _factor(query, scale)
    key, value = (_for_each_head(each, query.shape[1]) for each in (key, value))
    weights = _weights(query, key, is_causal, attn_mask, scale)
    of_value = product(weights.transpose(-2, -1), gradient)
    of_weights = product(gradient, value.transpose(-2, -1))
    of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype)
    of_query = product(of_scores, key).mul_(factor)
    of_key = product(of_scores.transpose(-2, -1), query).mul_(factor)
    return of_query, _over_shared(of_key, heads), _over_shared(of_value, heads)


def _factor(query: torch.Tensor, scale: float | None) -> float:
    return float(query.shape[-1] ** -0.5) if scale is None else scale


def _weights(
    query: torch.Tensor, key: torch.Tensor, is_causal: bool, mask: torch.Tensor | None, scale: float | None
) -> torch.Tensor:
    scores = product(query * _factor(query, scale), key.transpose(-2, -1))
    if is_causal:
        scores.add_(_future(scores.shape[-2], scores.shape[-1], scores.dtype))
    if mask is not None:
        scores.add_(mask)
    return torch.softmax(scores, dim=-1)


@functools.lru_cache(maxsize=8)
def _future(queries: int, keys: int, dtype: torch.dtype) -> torch.Tensor:
    """Minus infinity where a key comes after the query, else 0."""
    return torch.full((queries, keys), -torch.inf, dtype=dtype).triu_(1)


def _for_each_head(each: torch.Tensor, heads: int) -> torch.Tensor:
    return each if each.shape[1] == heads else each.repeat_interleave(heads // each.shape[1], dim=1)


def _over_shared(gradient: torch.Tensor, heads: int) -> torch.Tensor:
    """Add up what came from the query heads that share a key or value."""
    if gradient.shape[1] == heads:
        return gradient
    return gradient.reshape(gradient.shape[0], heads, -1, *gradient.shape[2:]).sum(2)


ATTENTION: Mapping[str, Kernel] = {
    "_scaled_dot_product_flash_attention_for_cpu": _attention,
    "_scaled_dot_product_flash_attention_for_cpu_backward": _attention_backward,
}
