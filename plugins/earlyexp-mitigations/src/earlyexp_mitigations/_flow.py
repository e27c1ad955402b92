"""FLOW (arXiv 2502.02797): weights by the loss of the starting model."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.training import Batch, Method, MethodContext, Mixture, row_losses
from earlyexp_mitigations._model import evaluating

ROWS = 16


class FLOW(Method):
    """Multiplies the loss of each packed sequence by exp(−L/τ).

    L is the sequence's mean NLL over its trained tokens (those that the stage's loss counts) under the weights at
    the stage's start, τ the median of L over the stage's distinct sequences. As in the paper the weights are not
    normalised: the loss is divided by the number of trained tokens, so it shrinks by the mean weight. AdamW takes
    no notice of a constant factor; the clipped gradient norm does.
    """

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - FLOWParams
        super().__init__(params, context)
        self._mixture: Mixture | None = None
        self._weights: dict[bytes, float] = {}

    def mixture(self, mixture: Mixture) -> Mixture:
        """Remember which sequences there will be."""
        self._mixture = mixture
        return mixture

    def prepare(self, model: torch.nn.Module) -> None:
        """Measure every sequence under the starting weights."""
        losses: dict[bytes, float] = {}
        with evaluating(model), torch.no_grad():
            for batch in self._batches():
                sums, counts = row_losses(model, batch.ids, batch.scored)
                losses |= zip(_keys(batch), (sums / counts.clamp(min=1)).tolist(), strict=True)
        temperature = self.params.temperature or float(np.median(list(losses.values())))
        self._weights = {key: float(np.exp(-loss / temperature)) for key, loss in losses.items()}

    def sample_weights(self, batch: Batch) -> torch.Tensor:
        """Return the weights of the rows, shape (samples,)."""
        found = [self._weights.get(key) for key in _keys(batch)]
        trained = batch.scored.any(dim=1).tolist()
        if any(weight is None and needed for weight, needed in zip(found, trained, strict=True)):
            raise EarlyExpError("FLOW has not seen a sequence of the batch: list `flow` after what adds sequences")
        weights = [1.0 if weight is None else weight for weight in found]
        return torch.tensor(weights, dtype=torch.float32, device=batch.ids.device)

    def _batches(self) -> Iterator[Batch]:
        """Yield every distinct sequence of the stage once."""
        if self._mixture is None:
            raise EarlyExpError("FLOW was prepared before it saw the stage's sequences")
        numbers, device = np.unique(self._mixture.order, axis=0), self.context.device
        for number, sequences in enumerate(self._mixture.sources.values()):
            rows = numbers[numbers[:, 0] == number, 1]
            for first in range(0, len(rows), ROWS):
                chosen = rows[first : first + ROWS]
                ids, scored = sequences.ids[chosen].astype(np.int64), sequences.scored[chosen]
                yield Batch(torch.from_numpy(ids).to(device), torch.from_numpy(scored).to(device))


def _keys(batch: Batch) -> list[bytes]:
    """What a row is recognised by: its ids and which of them are trained on."""
    ids, scored = batch.ids.cpu().numpy().astype(np.int32), batch.scored.cpu().numpy()
    return [row.tobytes() + mask.tobytes() for row, mask in zip(ids, scored, strict=True)]
