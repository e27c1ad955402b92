"""Held-out loss during training: nats per token over whole documents."""

import torch
from torch.nn import functional

from earlyexp_bench.training.windows import IGNORED, Windows


@torch.no_grad()
def validation_loss(model: torch.nn.Module, windows: Windows, batch_tokens: int) -> float:
    """Return Σ NLL / Σ tokens in nats, in evaluation mode and the weights' own precision; the mode is put back."""
    device, training = next(model.parameters()).device, model.training
    model.eval()
    total, tokens = 0.0, 0
    for rows in windows.batches(batch_tokens):
        longest = int(windows.lengths[rows.start])
        inputs = torch.from_numpy(windows.inputs[rows, :longest].copy()).to(device)
        targets = torch.from_numpy(windows.targets[rows, :longest].copy()).to(device)
        logits = model(input_ids=inputs, use_cache=False).logits
        total += float(_sum_of_losses(logits.flatten(0, 1), targets.flatten()))
        tokens += int((targets != IGNORED).sum())
    model.train(training)
    return total / max(tokens, 1)


def _sum_of_losses(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """In pieces that stay in cache; the sum in double precision."""
    losses = [
        functional.cross_entropy(piece.float(), wanted, ignore_index=IGNORED, reduction="none")
        for piece, wanted in zip(torch.split(logits, 256), torch.split(targets, 256), strict=True)
    ]
    return torch.cat(losses).double().sum()
