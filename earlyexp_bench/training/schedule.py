"""Learning rate: linear warm-up, then a cosine over the planned steps."""

import math

from earlyexp_bench.contracts.stages import Optimization

FLOOR_SHARE = 0.1


def warmup_steps(optimization: Optimization, steps: int) -> int:
    """Steps of warm-up: fixed ones where the benchmark says so, else a share of the planned steps, rounded up."""
    if optimization.warmup_steps is not None:
        return optimization.warmup_steps
    return math.ceil(optimization.warmup_fraction * steps)


def learning_rate(optimization: Optimization, step: int, steps: int) -> float:
    """Learning rate of ``step``, counted from 0, of a stage planned for ``steps``.

    The last step of the warm-up has the peak, the last planned step min(floor, 0.1 * peak). A warm-up in fixed
    steps may be longer than the stage, and then never reaches the peak.
    """
    peak, warmup = optimization.learning_rate, warmup_steps(optimization, steps)
    if step < warmup:
        return peak * (step + 1) / warmup
    lowest = FLOOR_SHARE * peak
    if optimization.min_learning_rate is not None:
        lowest = min(lowest, optimization.min_learning_rate)
    progress = (step + 1 - warmup) / (steps - warmup)
    return lowest + (peak - lowest) * 0.5 * (1 + math.cos(math.pi * progress))
