"""Learning rate: linear warm-up, then a cosine over the planned steps; or the peak, and a decay that may come early."""

import math
from dataclasses import dataclass, replace

from earlyexp_bench.contracts.stages import Optimization

FLOOR_SHARE = 0.1


@dataclass(frozen=True)
class Schedule:
    """The learning rates of a stage, and the step after which it ends.

    Attributes:
        optimization: Peak, warm-up, shape and floor.
        planned: Steps that the whole order takes; warm-up and cosine go by them.
        ended_at: Steps done when no further gain was found; None where there was none to find yet.
    """

    optimization: Optimization
    planned: int
    ended_at: int | None = None

    def ended(self, step: int) -> "Schedule":
        """Return what ends after ``step`` steps without a further gain: at once, or by a decay unless one runs."""
        decaying = self._decays and step >= self.decay_start
        return self if decaying else replace(self, ended_at=step)

    @property
    def _decays(self) -> bool:
        return self.optimization.schedule == "warmup-stable-decay"

    @property
    def decay_start(self) -> int:
        """Steps before the linear decay, of which the planned one ends with the order."""
        if self.ended_at is not None:
            return self.ended_at
        return self.planned - math.ceil(self.optimization.decay_fraction * self.planned)

    @property
    def stop(self) -> int:
        """Steps after which the stage ends."""
        if self.ended_at is None:
            return self.planned
        share = self.optimization.decay_fraction if self._decays else 0.0
        return min(self.planned, self.ended_at + math.ceil(share / (1 - share) * self.ended_at))

    def rate(self, step: int) -> float:
        """Learning rate of ``step``, counted from 0.

        The last step of the warm-up has the peak, the last step min(floor, 0.1 * peak). A warm-up in fixed
        steps may be longer than the stage, and then never reaches the peak.
        """
        peak, warmup = self.optimization.learning_rate, warmup_steps(self.optimization, self.planned)
        if step < warmup:
            return peak * (step + 1) / warmup
        lowest = FLOOR_SHARE * peak
        if self.optimization.min_learning_rate is not None:
            lowest = min(lowest, self.optimization.min_learning_rate)
        return lowest + (peak - lowest) * (self._linear(step) if self._decays else self._cosine(step, warmup))

    def _cosine(self, step: int, warmup: int) -> float:
        progress = (step + 1 - warmup) / (self.planned - warmup)
        return 0.5 * (1 + math.cos(math.pi * progress))

    def _linear(self, step: int) -> float:
        return 1 - max(0, step + 1 - self.decay_start) / max(1, self.stop - self.decay_start)


def warmup_steps(optimization: Optimization, steps: int) -> int:
    """Steps of warm-up: fixed ones where the benchmark says so, else a share of the planned steps, rounded up."""
    if optimization.warmup_steps is not None:
        return optimization.warmup_steps
    return math.ceil(optimization.warmup_fraction * steps)
