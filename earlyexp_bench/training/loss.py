"""Next-token losses: the one that is trained on, and the plain ones that methods and validation read."""

from typing import Any

import torch
from torch.nn import functional

# Logits whose softmax is worked out at a time. On a CPU so many fp32 values stay in a core's cache; a GPU wants few
# large kernels.
_CPU_PIECE, _GPU_PIECE = 2**17, 2**28


class _WeightedCrossEntropy(torch.autograd.Function):
    """Sum of weight * NLL, with the gradient worked out in the same sweep over the logits.

    torch's own goes over the logits five times (log-softmax, gather, zeros, scatter, softmax gradient), each time
    through main memory: with the benchmark's small models a quarter of a step.
    """

    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        gradient = torch.empty_like(logits)
        piece_values = _CPU_PIECE if logits.device.type == "cpu" else _GPU_PIECE
        size = max(1, piece_values // logits.shape[1])
        pieces = (torch.split(tensor, size) for tensor in (logits, targets, weights, gradient))
        losses = [_losses_and_gradient(*piece) for piece in zip(*pieces, strict=True)]
        ctx.save_for_backward(gradient)
        return (torch.cat(losses) * weights).sum()

    @staticmethod
    def backward(ctx: Any, scale: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # noqa: ANN401
        (gradient,) = ctx.saved_tensors
        if scale.device.type == "cpu" and float(scale) == 1.0:
            return gradient, None, None
        return gradient * scale, None, None


def _losses_and_gradient(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, gradient: torch.Tensor
) -> torch.Tensor:
    """Return NLL of shape (rows, 1) in fp32; fill ``gradient`` with weight * (softmax - one-hot)."""
    exact = logits.float()
    softmax = torch.softmax(exact, dim=1, out=gradient if gradient.dtype == exact.dtype else None)
    # The likeliest token's probability is at least 1 / vocabulary, so this never takes the log of zero.
    log_total = exact.amax(dim=1, keepdim=True) - softmax.amax(dim=1, keepdim=True).log()
    losses = log_total - exact.gather(1, targets)
    softmax.mul_(weights).scatter_add_(1, targets, -weights)
    if softmax is not gradient:
        gradient.copy_(softmax)
    return losses


def training_loss(logits: torch.Tensor, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Sum of weight * NLL in nats over all tokens but the first of each row; a scalar.

    Args:
        logits: Shape (rows, context, vocabulary).
        ids: Shape (rows, context).
        weights: Of each token as a target, shape (rows, context); the first column counts for nothing.
    """
    targets, shifted = next_tokens(ids), functional.pad(weights[:, 1:], (0, 1))
    total: torch.Tensor = _WeightedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        logits.flatten(0, 1), targets.flatten().unsqueeze(1), shifted.flatten().unsqueeze(1)
    )
    return total


def next_tokens(ids: torch.Tensor) -> torch.Tensor:
    """Return the target of every position, shape (rows, context); 0 after the last."""
    return functional.pad(ids[:, 1:], (0, 1))


def row_losses(model: torch.nn.Module, ids: torch.Tensor, scored: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sum of NLL in nats over the scored tokens of each row, and their number; each of shape (rows,).

    Differentiable by torch's own means, so for methods that need losses or gradients row by row.

    Args:
        model: A causal LM; its mode is left as it is.
        ids: Shape (rows, context).
        scored: Shape (rows, context), as in ``Sequences``.
    """
    logits = model(input_ids=ids, use_cache=False).logits
    wanted = functional.pad(scored[:, 1:], (0, 1))
    targets = torch.where(wanted, next_tokens(ids), -100)
    losses = functional.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), ignore_index=-100, reduction="none"
    )
    return losses.view_as(ids).sum(dim=1), wanted.sum(dim=1)
