"""What claims read of a board's cells: losses at one rate, curves in one view."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from earlyexp_bench.scoring.cells import CURVE, CellResult, Losses, PipelineTerms, Scales
from earlyexp_bench.scoring.claims.levels import Curve, Side
from earlyexp_bench.scoring.curves import curve_losses, curves_in
from earlyexp_bench.scoring.gain import with_holes
from earlyexp_bench.scoring.group import Group
from earlyexp_bench.scoring.plane import Floats

View = Literal["downstream", "pretraining"]
Loss = Callable[[Losses], float | None]
Found = Floats | str  # losses, or why there are none


def losses_at_rate(groups: Sequence[Group], rate: float | None, loss: Loss) -> Found:
    """Return one test loss of every seed and recipe at one stage-3 rate, shape (seeds, recipes), or why not."""
    columns = []
    for group in groups:
        at = [[cell for cell in group.done(seed) if cell.sweep.get(CURVE) == rate] for seed in group.cells]
        values = [loss(cells[0].test) if len(cells) == 1 and cells[0].test else None for cells in at]
        if None in values:
            return f"{group.recipe} has not exactly one loss at rate {rate:g} for every seed"
        columns.append(values)
    return np.array(columns, dtype=np.float64).T


def curves_of(group: Group, view: View, pipeline: PipelineTerms) -> Side:
    """Return each seed's curves of (other loss, retained), without what is beyond the nadir of its split."""
    return {seed: [_curve(cells, view, pipeline) for cells in curves_in(group.ran(seed))] for seed in group.cells}


def _curve(cells: Sequence[CellResult], view: View, pipeline: PipelineTerms) -> Curve:
    splits = zip(("test", "validation"), pipeline.scales, strict=True)
    return Curve(*(with_holes(curve_losses(cells, view, split), _nadir(scales, view)) for split, scales in splits))


def _nadir(scales: Scales, view: View) -> tuple[float, float]:
    """(other loss, retained); the pretraining corpus has no nadir."""
    downstream, retained = scales.nadir
    return (downstream if view == "downstream" else math.inf), retained
