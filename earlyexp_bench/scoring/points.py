"""Sweep points over the seeds, and the middle one, where tables read their losses and accuracies."""

from collections.abc import Callable, Sequence

import numpy as np

from earlyexp_bench.scoring.accuracy import Accuracy, accuracy_of
from earlyexp_bench.scoring.board import PointScore
from earlyexp_bench.scoring.cells import CURVE, Answers, CellResult, Losses, Scales, SweepKey, sweep_key
from earlyexp_bench.scoring.curves import losses_of
from earlyexp_bench.scoring.fronts import single_hypervolumes
from earlyexp_bench.scoring.group import Group
from earlyexp_bench.scoring.statistics import Estimate, t_interval


def point_scores(group: Group, *, every: bool = True) -> tuple[PointScore, ...]:
    """Every sweep point and checkpoint over the seeds, in the order of the sweep.

    Args:
        group: Cells of one recipe on one pipeline.
        every: Whether a point needs the losses of every seed, or is a mean over the seeds that have them.
    """
    order = {(cell.curve, cell.sweep_key): cell for cell in group.all}
    keys = sorted(order, key=lambda key: (key[0], order[key].sweep.get(CURVE, 0.0)))
    return tuple(_point_score(order[key], group.at(key[1], order[key].output, every=every)) for key in keys)


def middle_index(
    points: Sequence[PointScore], group: Group, sweep: Sequence[SweepKey], scales: Scales, *, every: bool = True
) -> int | None:
    """Index of the point in the middle of every axis of the sweep, the lower of two.

    Where a method yields several checkpoints there, the one with the best trade-off: the largest hypervolume of its
    own, on validation, mean over the seeds.

    Args:
        points: Of the group, as ``point_scores`` gives them.
        group: Cells of one recipe on one pipeline.
        sweep: The benchmark's points.
        scales: Of the validation split.
        every: Whether a checkpoint needs the losses of every seed, or of one.

    Returns:
        None unless some checkpoint has these losses.
    """
    middle = _middle(sweep)
    earned = {}
    for index, point in enumerate(points):
        if sweep_key(point.sweep) == middle and (cells := group.at(middle, point.output, every=every)):
            earned[index] = float(single_hypervolumes(losses_of(cells, "validation"), scales.nadir).mean())
    return max(earned, key=lambda index: earned[index]) if earned else None


def accuracies(point: PointScore, group: Group, reference: Group, theirs: PointScore | None) -> tuple[Accuracy, ...]:
    """Accuracy on every task that all seeds answered at ``point``, and its difference to the reference's there."""
    ours, others = _answers(point, group), _answers(theirs, reference) if theirs else {}
    own = group.recipe == reference.recipe
    return tuple(accuracy_of(task, given, None if own else others.get(task, [])) for task, given in ours.items())


def _middle(sweep: Sequence[SweepKey]) -> SweepKey:
    values: dict[str, set[float]] = {}
    for name, value in (item for key in sweep for item in key):
        values.setdefault(name, set()).add(value)
    return tuple((name, sorted(grid)[(len(grid) - 1) // 2]) for name, grid in sorted(values.items()))


def _answers(point: PointScore, group: Group) -> dict[str, list[Answers]]:
    cells = group.at(sweep_key(point.sweep), point.output)
    shared = set.intersection(*(set(cell.answers) for cell in cells)) if cells else set()
    return {task: [cell.answers[task] for cell in cells] for task in sorted(shared)}


def _point_score(first: CellResult, cells: Sequence[CellResult]) -> PointScore:
    """Of the cells of every seed, of some or of none."""
    losses = [cell.test for cell in cells if cell.test is not None]
    shared = set.intersection(*(set(cell.metrics) for cell in cells)) if cells else set()
    return PointScore(
        sweep=first.sweep,
        output=first.output,
        immediate=_mean(losses, lambda loss: loss.immediate),
        retained=_mean(losses, lambda loss: loss.retained),
        downstream=_mean(losses, lambda loss: loss.downstream),
        pretraining=_mean(losses, lambda loss: loss.pretraining),
        forgetting=_mean(losses, _forgetting),
        metrics={name: float(np.mean([cell.metrics[name] for cell in cells])) for name in sorted(shared)},
    )


def _forgetting(losses: Losses) -> float | None:
    if losses.retained is None or losses.immediate is None:
        return None
    return losses.retained - losses.immediate


def _mean(losses: Sequence[Losses], value: Callable[[Losses], float | None]) -> Estimate | None:
    known = [number for number in map(value, losses) if number is not None]
    return t_interval(known) if known and len(known) == len(losses) else None
