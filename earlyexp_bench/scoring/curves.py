"""The curves of a seed: the cells of one stage-2 setting by rising stage-3 rate."""

import math
from collections.abc import Sequence

import numpy as np

from earlyexp_bench.scoring.cells import CURVE, CellResult, Losses
from earlyexp_bench.scoring.plane import Floats


def losses_of(cells: Sequence[CellResult], split: str) -> Floats:
    """(downstream, retained) of cells that are done, shape (n, 2)."""
    losses = [getattr(cell, split) for cell in cells]
    return np.array([(loss.downstream, loss.retained) for loss in losses], dtype=np.float64).reshape(-1, 2)


def curves_in(cells: Sequence[CellResult]) -> list[list[CellResult]]:
    """Return the curves of a seed, one a stage-2 setting and checkpoint, each by rising stage-3 rate.

    Args:
        cells: Of one seed, all that ran: those that diverged keep their place.
    """
    curves: dict[object, list[CellResult]] = {}
    for cell in sorted(cells, key=lambda cell: cell.sweep.get(CURVE, 0.0)):
        curves.setdefault(cell.curve, []).append(cell)
    return list(curves.values())


def curve_losses(cells: Sequence[CellResult], other: str, split: str = "test") -> Floats:
    """Return (other loss, retained) of a curve, shape (n, 2); (∞, ∞) where a cell diverged or has no such loss.

    Args:
        cells: In their order.
        other: ``downstream`` or ``pretraining``.
        split: ``test`` or ``validation``.
    """
    losses = [getattr(cell, split) or Losses() for cell in cells]
    pairs = [(getattr(loss, other), loss.retained) for loss in losses]
    return np.array([(math.inf, math.inf) if None in pair else pair for pair in pairs], dtype=np.float64).reshape(-1, 2)
