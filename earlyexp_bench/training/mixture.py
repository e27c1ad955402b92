"""The planned order of a stage: which sequence of which source is trained on when, fixed before the first step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earlyexp_bench.contracts import PlannedStage, TrainingStage, UserError
from earlyexp_bench.contracts.counts import sequence_count, share
from earlyexp_bench.contracts.stages import ExposureInput
from earlyexp_bench.training.order import permutation, spread
from earlyexp_bench.training.sequences import Sequences

# Exposure placed early or late is spread over this share of stage 1, or over as much as it needs.
PLACEMENT_SHARE = 0.25


@dataclass(frozen=True)
class Mixture:
    """A stage's whole order, a function of the seed alone.

    Attributes:
        sources: Sequences by source: ``general``, ``target``, ``downstream``.
        order: Shape (rows, 2): index of the source in ``sources``, index of the sequence in it.
        main: The source that passes and caps are counted in.
        pass_tokens: Tokens of one pass over the main source.
    """

    sources: Mapping[str, Sequences]
    order: NDArray[np.int64]
    main: str
    pass_tokens: int

    @property
    def rows(self) -> int:
        """Sequences that the stage trains on, repeats included."""
        return len(self.order)

    @property
    def context(self) -> int:
        """Tokens of an unpadded row."""
        return int(self.sources[self.main].ids.shape[1])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, shape (rows,)."""
        lengths = np.zeros(self.rows, dtype=np.int64)
        for number, sequences in enumerate(self.sources.values()):
            chosen = self.order[:, 0] == number
            lengths[chosen] = sequences.lengths[self.order[chosen, 1]]
        return lengths

    @property
    def main_tokens(self) -> NDArray[np.int64]:
        """Tokens of the main source in the first k rows, shape (rows + 1,)."""
        main = self.order[:, 0] == list(self.sources).index(self.main)
        return np.concatenate([[0], np.cumsum(self.lengths * main)])

    def tokens(self, rows: int | None = None) -> dict[str, int]:
        """Tokens of the first ``rows`` rows, or of all, by source; padding excluded."""
        lengths, numbers = self.lengths[:rows], self.order[:rows, 0]
        totals = {name: int(lengths[numbers == number].sum()) for number, name in enumerate(self.sources)}
        return {name: total for name, total in totals.items() if total}

    def batch(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return ids and scored of rows ``first`` to ``last - 1``, each of shape (rows, context)."""
        rows = self.order[first:last]
        ids = np.empty((len(rows), self.context), dtype=np.int64)
        scored = np.empty((len(rows), self.context), dtype=np.bool_)
        for number, sequences in enumerate(self.sources.values()):
            chosen = rows[:, 0] == number
            if chosen.any():
                ids[chosen] = sequences.ids[rows[chosen, 1]]
                scored[chosen] = sequences.scored[rows[chosen, 1]]
        return ids, scored

    def with_rows(
        self, name: str, sequences: Sequences, indices: NDArray[np.int64], places: NDArray[np.int64]
    ) -> "Mixture":
        """Insert sequences of a source so that they come to stand at ``places`` of the new order.

        Args:
            name: The source; added when it is new.
            sequences: All sequences of that source.
            indices: Which of them, in the order they are trained on, shape (k,).
            places: Rows of the new order, ascending, shape (k,).
        """
        sources = {**self.sources, name: sequences}
        taken = np.zeros(self.rows + len(indices), dtype=np.bool_)
        taken[places] = True
        order = np.empty((len(taken), 2), dtype=np.int64)
        order[~taken] = self.order
        order[taken] = np.stack([np.full(len(indices), list(sources).index(name)), indices], axis=1)
        return replace(self, sources=sources, order=order)

    def without_last(self, count: int) -> "Mixture":
        """Drop the last ``count`` unpadded rows of the main source.

        Raises:
            UserError: It has not so many.
        """
        main = list(self.sources).index(self.main)
        candidates = np.flatnonzero((self.order[:, 0] == main) & (self.lengths == self.context))
        if count >= len(candidates):
            raise UserError(
                f"{count} sequences would replace all {len(candidates)} of {self.main}",
                expected="a share that leaves some of it",
            )
        return replace(self, order=np.delete(self.order, candidates[len(candidates) - count :], axis=0))


def planned_by(mixture: Mixture, stage: TrainingStage, batch_tokens: int) -> PlannedStage:
    """Return how long a stage is that trains on the whole order."""
    steps = -(-mixture.rows * mixture.context // batch_tokens)
    return PlannedStage(stage, sum(mixture.tokens().values()), mixture.context, batch_tokens, steps)


def pretraining_mixture(
    streams: Mapping[str, Sequences], general_tokens: int, exposure: ExposureInput | None, seed: int
) -> Mixture:
    """Order stage 1; the k-th general sequence is the same in every recipe of a seed.

    Args:
        streams: Packed sequences by source: ``general``; and what the exposure names, packed as stage 2 packs it, whose
            first share is exposed. The control that trains longer takes the general sequences after the planned ones.
        general_tokens: Planned general tokens.
        exposure: How much, and where; None for none.
        seed: The stage's seed.
    """
    general = streams["general"]
    context = int(general.ids.shape[1])
    planned = sequence_count(general_tokens, context)
    order = _rows(permutation(planned, seed, "order", "general"))
    mixture = Mixture({"general": general}, order, "general", int(general.lengths[:planned].sum()))
    if exposure is None:
        return mixture
    amount, first = exposure.amount(context), planned if exposure.source == "general" else 0
    if amount.exposed == 0:
        raise UserError(
            f"exposure fraction {exposure.fraction} of {amount.available} sequences is none",
            expected="a larger fraction or more target tokens",
        )
    passes = [permutation(amount.exposed, seed, "order", "exposure", number) for number in range(exposure.repeats)]
    if exposure.mode == "replace":
        mixture = mixture.without_last(amount.rows)
    places = _places(exposure, amount.rows, mixture.rows + amount.rows, seed)
    return mixture.with_rows(exposure.source, streams[exposure.source], first + np.concatenate(passes), places)


def posttraining_mixture(
    target: Sequences, remainder: tuple[float, float], max_tokens: int | None, seed: int
) -> Mixture:
    """Order stage 2: passes over a part of D_post, each in an order of its own.

    Args:
        target: D_post, packed once for all stages.
        remainder: Part of it trained on, e.g. (0.25, 1) after an exposure of a quarter on track ``matched``.
        max_tokens: Cap in target tokens; the order ends with the last whole sequence within it. None: one pass.
        seed: The stage's seed.

    Raises:
        UserError: The part is empty, or the cap below one sequence.
    """
    part = np.arange(share(target.count, remainder[0]), share(target.count, remainder[1]))
    if len(part) == 0:
        raise UserError(
            f"nothing of D_post is left to post-train on: part {remainder} of {target.count} sequences",
            expected="a plan without stage 2 where all of the target was spent in stage 1",
        )
    pass_tokens = int(target.lengths[part].sum())
    passes = 1 if max_tokens is None else -(-max_tokens // pass_tokens)
    indices = np.concatenate([part[permutation(len(part), seed, "order", "target", p)] for p in range(passes)])
    if max_tokens is not None:
        indices = indices[np.cumsum(target.lengths[indices]) <= max_tokens]
    if len(indices) == 0:
        raise UserError(f"a cap of {max_tokens} tokens holds no sequence", expected="max_tokens of a batch or more")
    return Mixture({"target": target}, _rows(indices), "target", pass_tokens)


def finetuning_mixture(downstream: Sequences, seed: int) -> Mixture:
    """Order stage 3: every sequence once, shuffled within each pass over the pool; a short one comes last."""
    full, step = downstream.full, downstream.pool_sequences
    blocks = [full[first : first + step] for first in range(0, len(full), step)]
    shuffled = [b[permutation(len(b), seed, "order", "downstream", number)] for number, b in enumerate(blocks)]
    short = np.setdiff1d(np.arange(downstream.count), full)
    indices = np.concatenate([*shuffled, short])
    return Mixture({"downstream": downstream}, _rows(indices), "downstream", int(downstream.lengths.sum()))


def _rows(indices: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([np.zeros_like(indices), indices], axis=1)


def _places(exposure: ExposureInput, count: int, total: int, seed: int) -> NDArray[np.int64]:
    key = (seed, "order", "placement")
    if exposure.placement == "uniform":
        return spread(count, total, *key)
    room = max(count, math.ceil(PLACEMENT_SHARE * total))
    first = 0 if exposure.placement == "early" else total - room
    return first + spread(count, room, *key)
