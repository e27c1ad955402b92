"""The levels of downstream loss at which a board compares: a benchmark's own, or from its reference's mean curve."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from earlyexp_bench.scoring.board import LevelScore
from earlyexp_bench.scoring.cells import BoardTerms, CellResult, PipelineTerms
from earlyexp_bench.scoring.curves import curve_losses, curves_in
from earlyexp_bench.scoring.group import Group, Pair
from earlyexp_bench.scoring.matched import LevelLoss, Levels, Points, frozen_levels, mean_curve
from earlyexp_bench.scoring.statistics import t_interval

MOST = 0.1  # share of seeds that may be clamped, or not reach a level, where a verdict is given
Curve = Sequence[CellResult]
AtLevels = Sequence[LevelLoss]


def with_levels(terms: BoardTerms, groups: Mapping[Pair, Group]) -> BoardTerms:
    """Return the terms with levels for every pipeline whose benchmark freezes none, or why there are none."""
    pipelines = [
        one if one.levels is not None else _from_reference(one, groups[terms.reference, one.name])
        for one in terms.pipelines
    ]
    return replace(terms, pipelines=tuple(pipelines))


def _from_reference(terms: PipelineTerms, reference: Group) -> PipelineTerms:
    terms = replace(terms, levels_from="reference")
    if terms.test is None:
        return replace(terms, levels_reason="the unigram loss of the target is not known yet")
    try:
        return replace(terms, levels=_levels(reference, terms.test.retained.nadir))
    except ValueError as why:
        return replace(terms, levels_reason=f"no levels: {why}")


def _levels(reference: Group, nadir: float) -> Levels:
    """Levels from one setting of stage 2, the one with the lowest immediate loss on validation."""
    settings = _settings(reference)
    if not settings:
        raise ValueError(f"{reference.recipe} has no seed yet of which every cell is done")
    best = min(settings, key=lambda curves: _immediate(curves, "validation"))
    points: list[Points] = [[(x, y) for x, y in curve_losses(curve, "downstream")] for curve in best]
    return frozen_levels(mean_curve(points, nadir), _immediate(best, "test"), nadir)


def _settings(reference: Group) -> list[list[Curve]]:
    """The curves of every complete seed, by stage-2 setting."""
    settings: dict[object, list[Curve]] = {}
    for seed in sorted(reference.whole):
        if len(reference.done(seed)) == len(reference.cells[seed]):
            for curve in curves_in(reference.done(seed)):
                settings.setdefault(curve[0].curve, []).append(curve)
    return list(settings.values())


def _immediate(curves: Sequence[Curve], split: str) -> float:
    losses = [getattr(cell, split).immediate for curve in curves for cell in curve]
    if None in losses:
        raise ValueError("the reference's immediate loss was not measured")
    return float(np.mean(losses))


def level_scores(rows: Sequence[AtLevels], references: Sequence[AtLevels | None]) -> tuple[LevelScore, ...]:
    """Return the levels over the seeds, each seed's of the row and, where it is compared, of the reference."""
    return tuple(
        _level_score([row[at] for row in rows], [None if one is None else one[at] for one in references])
        for at in range(len(rows[0]))
    )


def _level_score(row: Sequence[LevelLoss], reference: Sequence[LevelLoss | None]) -> LevelScore:
    gains = [theirs.retained - ours.retained for ours, theirs in zip(row, reference, strict=True) if theirs]
    return LevelScore(
        level=row[0].level,
        retained=t_interval([one.retained for one in row]),
        gain=t_interval(gains) if gains else None,
        clamped=float(np.mean([one.clamped for one in row])),
        not_reached=float(np.mean([one.not_reached for one in row])),
        failed=float(np.mean([one.how == "failed" for one in row])),
    )


def flag_of(levels: Sequence[LevelScore]) -> tuple[str, float | None]:
    """Say at which levels a row is clamped or not there in more than 10% of its seeds, and the scale that mends it."""
    clamped = [level for level in levels if level.clamped > MOST]
    short = [level for level in levels if level.not_reached > MOST]
    said = [f"is below {one.level:.2f} at its gentlest rate already in {one.clamped:.0%} of seeds" for one in clamped]
    said += [f"does not reach {one.level:.2f} at any rate in {one.not_reached:.0%} of seeds" for one in short]
    mend = None if bool(clamped) == bool(short) else 0.5 if clamped else 2.0
    return ", and ".join(said), mend
