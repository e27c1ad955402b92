"""Global batches, cut into the micro-batches of one rank."""

from dataclasses import dataclass

import numpy as np
import torch

from earlyexp_bench.contracts import UserError
from earlyexp_bench.training.methods import Batch
from earlyexp_bench.training.mixture import Mixture


@dataclass(frozen=True)
class MicroBatches:
    """One rank's part of a global batch.

    Attributes:
        parts: Rows of each forward pass; every rank has as many passes.
        rows: Numbers of those rows in the global batch.
        scored_tokens: Tokens that the whole global batch, all ranks together, is trained on; at least 1.
    """

    parts: list[Batch]
    rows: list[range]
    scored_tokens: int


class Batches:
    """The global batches of a mixture: so many rows a step, the last one partial.

    Args:
        mixture: The stage's order.
        batch_tokens: Tokens of a full global batch.
        micro_batch: Most rows of a forward pass; None: all of the rank's.
        world: Number of ranks.
        rank: This one; it takes every ``world``-th row.

    Raises:
        UserError: ``batch_tokens`` is no multiple of the context, or smaller.
    """

    def __init__(self, mixture: Mixture, batch_tokens: int, micro_batch: int | None, world: int, rank: int) -> None:
        context = mixture.context
        if batch_tokens % context:
            raise UserError(
                f"batch_tokens {batch_tokens} is no multiple of the context {context}",
                where="batch_tokens",
                expected=f"for example {max(1, round(batch_tokens / context)) * context}",
            )
        self.mixture = mixture
        self.rows_per_step = batch_tokens // context
        self.steps = -(-mixture.rows // self.rows_per_step)
        self.micro_batch, self.world, self.rank = micro_batch, world, rank

    def rows(self, steps: int) -> int:
        """Rows of the mixture in the first ``steps`` steps."""
        return int(min(steps * self.rows_per_step, self.mixture.rows))

    def load(self, step: int, device: torch.device) -> MicroBatches:
        """Return this rank's micro-batches of a step."""
        ids, scored = self.mixture.batch(self.rows(step), self.rows(step + 1))
        # A rank without a row of its own still takes part, with rows on which nothing is trained.
        missing = -len(ids) % self.world
        ids = np.pad(ids, ((0, missing), (0, 0)))[self.rank :: self.world]
        trained = np.pad(scored, ((0, missing), (0, 0)))[self.rank :: self.world]
        size = self.micro_batch or len(ids)
        numbers = range(self.rank, len(ids) * self.world, self.world)
        rows = [numbers[first : first + size] for first in range(0, len(ids), size)]
        tensors = (torch.split(torch.from_numpy(array).to(device), size) for array in (ids, trained))
        return MicroBatches([Batch(*part) for part in zip(*tensors, strict=True)], rows, max(int(scored.sum()), 1))
