"""The curve of a seed: the cells of one stage-2 setting by rising stage-3 rate."""

import math
from collections.abc import Sequence

import numpy as np

from earlyexp_bench.scoring.cells import CURVE, CellResult, Scales
from earlyexp_bench.scoring.fronts import hypervolume
from earlyexp_bench.scoring.plane import Floats
from earlyexp_bench.scoring.points import losses_of


def best_curve(cells: Sequence[CellResult], validation: Scales) -> list[CellResult]:
    """Return the cells of the stage-2 setting, and checkpoint, with the largest validation hypervolume.

    Args:
        cells: Of one seed, all that ran.
        validation: Scales of the validation split.

    Returns:
        By rising stage-3 rate, those that diverged among them.
    """
    curves: dict[object, list[CellResult]] = {}
    for cell in cells:
        curves.setdefault(cell.curve, []).append(cell)
    best = max(curves.values(), key=lambda curve: _earned(curve, validation), default=[])
    return sorted(best, key=lambda cell: cell.sweep.get(CURVE, 0.0))


def curve_losses(cells: Sequence[CellResult], other: str) -> Floats:
    """Return (other loss, retained) of a curve on test, shape (n, 2); (∞, ∞) where a cell diverged or has no such loss.

    Args:
        cells: In their order.
        other: ``downstream`` or ``pretraining``.
    """
    pairs = [(getattr(cell.test, other, None), cell.test and cell.test.retained) for cell in cells]
    return np.array([(math.inf, math.inf) if None in pair else pair for pair in pairs], dtype=np.float64).reshape(-1, 2)


def _earned(curve: Sequence[CellResult], validation: Scales) -> float:
    done = [cell for cell in curve if cell.status == "done"]
    return hypervolume(losses_of(done, "validation"), validation.nadir)
