"""Where on the swept grid the best trade-off lies, and so whether a better one may lie beyond what was run."""

from collections.abc import Mapping
from dataclasses import dataclass

from earlyexp_bench.scoring.cells import Scales, SweepKey
from earlyexp_bench.scoring.curves import losses_of
from earlyexp_bench.scoring.fronts import single_hypervolumes
from earlyexp_bench.scoring.group import Group


@dataclass(frozen=True, slots=True)
class Edge:
    """Of one row on one pipeline.

    Attributes:
        limited: The best trade-off lies at an end of the grid: a better one may lie beyond, and there is no verdict.
        open_ended: It lies inside the grid, and beside it nothing earns anything: a better one may lie in that gap.
    """

    limited: bool
    open_ended: bool


def edge_of(group: Group, validation: Scales) -> Edge | None:
    """Find the best trade-off of a row and what lies beside it.

    The best trade-off is the sweep point with the largest hypervolume of its own, on validation, mean over the seeds
    (and over its checkpoints, where a method yields several). A value of 0 ends its grid by itself: there is nothing
    beyond it.

    Returns:
        None where no point is better than the nadir on both axes.
    """
    earned = _earned(group, validation)
    best = max(earned, key=lambda key: earned[key], default=())
    if not earned.get(best):
        return None
    sides = [side for name, value in best for side in _sides(name, value, best, earned)]
    return Edge(limited=None in sides, open_ended=None not in sides and 0.0 in sides)


def _earned(group: Group, validation: Scales) -> dict[SweepKey, float]:
    """Hypervolume of every sweep point by itself, summed over seeds and checkpoints; nothing where it diverged."""
    earned: dict[SweepKey, float] = {cell.sweep_key: 0.0 for cell in group.all}
    for cell in group.all:
        if cell.status == "done":
            own = single_hypervolumes(losses_of([cell], "validation"), validation.nadir)
            earned[cell.sweep_key] += float(own[0])
    return earned


def _sides(name: str, value: float, best: SweepKey, earned: Mapping[SweepKey, float]) -> list[float | None]:
    """What the neighbours of the best trade-off on one axis earn; None where the grid ends."""
    grid = sorted({dict(key)[name] for key in earned})
    if len(grid) == 1:
        return []
    place = grid.index(value)
    sides: list[float | None] = [
        earned[_moved(best, name, grid[beside])] for beside in (place - 1, place + 1) if 0 <= beside < len(grid)
    ]
    return [*sides, None] if len(sides) == 1 and value != 0.0 else sides


def _moved(key: SweepKey, name: str, value: float) -> SweepKey:
    return tuple((axis, value if axis == name else own) for axis, own in key)
