"""What claims read of a board's cells: losses at one rate, curves in one view."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from earlyexp_bench.scoring.cells import CURVE, Losses, PipelineTerms, Scales
from earlyexp_bench.scoring.claims.levels import Side
from earlyexp_bench.scoring.curves import best_curve, curve_losses
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


def curves_of(group: Group, view: View, validation: Scales) -> Side:
    """Return each seed's curve of (other loss, retained) on test, of the stage-2 setting that validation chooses."""
    return {seed: curve_losses(best_curve(group.ran(seed), validation), view) for seed in group.cells}


def nadir_of(pipeline: PipelineTerms, view: View) -> tuple[float, float]:
    """Return (other loss, retained) of the test split; the pretraining corpus has no nadir.

    Raises:
        ValueError: The data stages have not run.
    """
    if pipeline.test is None:
        raise ValueError(f"the units of {pipeline.name} are not known yet")
    downstream, retained = pipeline.test.nadir
    return (downstream if view == "downstream" else math.inf), retained
