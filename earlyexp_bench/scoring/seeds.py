"""One seed of a row against the same seed of the reference, and means over seeds."""

from collections.abc import Callable, Sequence

import numpy as np

from earlyexp_bench.scoring.board import SeedScore
from earlyexp_bench.scoring.cells import CellResult, PipelineTerms, SweepKey
from earlyexp_bench.scoring.curves import best_curve, curve_losses
from earlyexp_bench.scoring.fronts import choose_points, hypervolume
from earlyexp_bench.scoring.gain import MatchedGain, matched_gain
from earlyexp_bench.scoring.group import Group
from earlyexp_bench.scoring.points import losses_of
from earlyexp_bench.scoring.statistics import Estimate, t_interval


def seed_score(seed: int, group: Group, reference: Group | None, terms: PipelineTerms) -> SeedScore:
    """Score a seed of which every cell ran, and compare it with the reference's where there is one to compare with."""
    own, chosen = _hypervolume_of(group.done(seed), terms, group.sweep_size)
    if reference is None:
        return SeedScore(seed, own, chosen)
    theirs, _ = _hypervolume_of(reference.done(seed), terms, reference.sweep_size)
    gain = _gain(group.ran(seed), reference.ran(seed), terms)
    return SeedScore(
        seed,
        own,
        chosen,
        own - theirs,
        gain.nats,
        (gain.low, gain.high) if gain.low is not None and gain.high is not None else None,
        gain.reason,
        _pretraining_difference(group.cells[seed], reference.cells[seed]),
    )


def _gain(cells: Sequence[CellResult], reference: Sequence[CellResult], terms: PipelineTerms) -> MatchedGain:
    test, validation = terms.scales
    curves = [curve_losses(best_curve(side, validation), "downstream") for side in (reference, cells)]
    return matched_gain(curves[0], curves[1], test.nadir)


def _pretraining_difference(cells: Sequence[CellResult], reference: Sequence[CellResult]) -> float | None:
    """Mean difference over the sweep; None unless every cell of both has the loss."""
    ours, theirs = _pretraining_by_sweep(cells), _pretraining_by_sweep(reference)
    if ours is None or theirs is None:
        return None
    return float(np.mean([ours[key] - theirs[key] for key in ours]))


def _pretraining_by_sweep(cells: Sequence[CellResult]) -> dict[SweepKey, float] | None:
    losses: dict[SweepKey, list[float]] = {}
    for cell in cells:
        if cell.test is None or cell.test.pretraining is None:
            return None
        losses.setdefault(cell.sweep_key, []).append(cell.test.pretraining)
    return {key: float(np.mean(values)) for key, values in losses.items()}


def over_seeds(seeds: Sequence[SeedScore], value: Callable[[SeedScore], float | None]) -> Estimate | None:
    """Interval over the seeds; None unless every seed has the value."""
    values = [value(seed) for seed in seeds]
    known = [number for number in values if number is not None]
    return t_interval(known) if known and len(known) == len(values) else None


def gain_over_seeds(seeds: Sequence[SeedScore]) -> tuple[Estimate | None, tuple[float, float] | None, str]:
    """Mean gain over the seeds and the mean ends of its range; where a seed has none, why."""
    why = "; ".join(f"seed {seed.seed}: {seed.matched_reason}" for seed in seeds if seed.matched_reason)
    estimate = over_seeds(seeds, lambda seed: seed.matched_gain)
    if estimate is None:
        return None, None, why
    low, high = np.mean([seed.matched_range for seed in seeds if seed.matched_range], axis=0)
    return estimate, (float(low), float(high)), ""


def _hypervolume_of(cells: Sequence[CellResult], terms: PipelineTerms, count: int) -> tuple[float, int]:
    """Choose at most ``count`` points by their validation losses and score the test losses of those.

    Returns:
        The hypervolume over the product of (nadir − ideal), never clipped, and how many points were chosen.
    """
    test, validation = terms.scales
    chosen = choose_points(losses_of(cells, "validation"), count, validation.nadir)
    points = losses_of(cells, "test")[chosen]
    return hypervolume(points, test.nadir) / test.unit, len(chosen)


def mean_tokens(cells: Sequence[dict[str, int]]) -> dict[str, float]:
    """Mean over cells, by source; a cell that names no tokens of a source has none."""
    sources = sorted({source for tokens in cells for source in tokens})
    return {source: float(np.mean([tokens.get(source, 0) for tokens in cells])) for source in sources}


def mean_ledger(cells: Sequence[CellResult]) -> dict[str, dict[str, float]]:
    """The same by stage."""
    stages = dict.fromkeys(stage for cell in cells for stage in cell.ledger)
    return {stage: mean_tokens([cell.ledger.get(stage, {}) for cell in cells]) for stage in stages}


def mean_flops(cells: Sequence[CellResult]) -> float | None:
    """Mean over cells; None where there are none."""
    return float(np.mean([cell.flops for cell in cells])) if cells else None
