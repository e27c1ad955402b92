"""Metric versions 1 and 2, from cells to a board. Pure: the same cells give the same board, in whatever order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.board import Board, Counts, PipelineScore, Row, SeedScore
from earlyexp_bench.scoring.cells import BoardTerms, CellResult, PipelineTerms, SweepKey, sweep_key
from earlyexp_bench.scoring.curves import best_curve, curve_losses
from earlyexp_bench.scoring.fronts import choose_points, hypervolume
from earlyexp_bench.scoring.gain import MatchedGain, matched_gain
from earlyexp_bench.scoring.grid import edge_of
from earlyexp_bench.scoring.group import Group, Pair, group_cells
from earlyexp_bench.scoring.points import accuracies, losses_of, middle_index, point_scores
from earlyexp_bench.scoring.statistics import Estimate, t_interval
from earlyexp_bench.scoring.verdicts import judge_pipeline


def score_cells(terms: BoardTerms, cells: Iterable[CellResult]) -> Board:
    """Hypervolume of the staircase against unigram nadirs, paired by seed.

    Raises:
        ValueError: A cell is unknown to the board, listed twice, or at a sweep point that the benchmark does not have.
    """
    groups = group_cells(terms, cells)
    columns = [_column(terms, pipeline, groups) for pipeline in terms.pipelines]
    rows = [Row(scores[0].recipe, scores, _average(scores)) for scores in zip(*columns, strict=True)]
    counts = [group.counts for group in groups.values()]
    total = Counts(*(sum(getattr(c, name) for c in counts) for name in Counts.__slots__))
    complete = all(group.state != "incomplete" for group in groups.values())
    return Board(terms, total, complete, tuple(rows))


def _column(terms: BoardTerms, pipeline: PipelineTerms, groups: dict[Pair, Group]) -> tuple[PipelineScore, ...]:
    """Every row on one pipeline."""
    reference = groups[terms.reference, pipeline.name]
    sweep = [sweep_key(point) for point in terms.sweep]
    scores = [_score(groups[recipe.name, pipeline.name], reference, pipeline, sweep) for recipe in terms.recipes]
    theirs = next(score for score in scores if score.recipe == terms.reference)
    answered = [
        replace(score, accuracies=_accuracies(score, groups[score.recipe, pipeline.name], reference, theirs))
        for score in scores
    ]
    return judge_pipeline(terms, answered)


def _accuracies(score: PipelineScore, group: Group, reference: Group, theirs: PipelineScore) -> tuple[Accuracy, ...]:
    point = score.middle_point
    return accuracies(point, group, reference, theirs.middle_point) if point else ()


def _hypervolume_of(cells: Sequence[CellResult], terms: PipelineTerms, count: int) -> tuple[float, int]:
    """Choose at most ``count`` points by their validation losses and score the test losses of those.

    Returns:
        The hypervolume over the product of (nadir − ideal), never clipped, and how many points were chosen.
    """
    test, validation = terms.scales
    chosen = choose_points(losses_of(cells, "validation"), count, validation.nadir)
    points = losses_of(cells, "test")[chosen]
    return hypervolume(points, test.nadir) / test.unit, len(chosen)


def _score(group: Group, reference: Group, terms: PipelineTerms, sweep: Sequence[SweepKey]) -> PipelineScore:
    state, reason = group.state, group.reason
    if state == "complete" and (terms.test is None or terms.validation is None):
        state, reason = "incomplete", "the units of the axes are not known yet"
    seeds = _seeds(group, reference, terms) if state == "complete" else ()
    done = [cell for cell in group.all if cell.status == "done"]
    costed = done if state == "complete" else []
    points = point_scores(group)
    gain, matched_range, matched_reason = _gain_over_seeds(seeds)
    edge = edge_of(group, terms.validation) if seeds and terms.validation else None
    return PipelineScore(
        recipe=group.recipe,
        pipeline=group.pipeline,
        state=state,
        reason=reason,
        counts=group.counts,
        capped=sum(cell.stopped == "cap" for cell in done),
        sweep_limited=edge.limited if edge else None,
        open_ended=edge.open_ended if edge else None,
        hypervolume=_over_seeds(seeds, lambda seed: seed.hypervolume),
        matched_gain=gain,
        matched_range=matched_range,
        matched_reason=matched_reason,
        pretraining_difference=_over_seeds(seeds, lambda seed: seed.pretraining_difference),
        points=points,
        middle=middle_index(points, group, sweep, terms.validation) if terms.validation else None,
        seeds=seeds,
        accuracies=(),
        tokens=_mean_tokens([cell.tokens for cell in costed]),
        ledger=_mean_ledger(costed),
        flops=float(np.mean([cell.flops for cell in costed])) if costed else None,
    )


def _seeds(group: Group, reference: Group, terms: PipelineTerms) -> tuple[SeedScore, ...]:
    compare = group.recipe != reference.recipe and reference.state == "complete"
    return tuple(_seed(seed, group, reference if compare else None, terms) for seed in group.cells)


def _seed(seed: int, group: Group, reference: Group | None, terms: PipelineTerms) -> SeedScore:
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


def _over_seeds(seeds: Sequence[SeedScore], value: Callable[[SeedScore], float | None]) -> Estimate | None:
    """Interval over the seeds; None unless every seed has the value."""
    values = [value(seed) for seed in seeds]
    known = [number for number in values if number is not None]
    return t_interval(known) if known and len(known) == len(values) else None


def _gain_over_seeds(seeds: Sequence[SeedScore]) -> tuple[Estimate | None, tuple[float, float] | None, str]:
    why = "; ".join(f"seed {seed.seed}: {seed.matched_reason}" for seed in seeds if seed.matched_reason)
    estimate = _over_seeds(seeds, lambda seed: seed.matched_gain)
    if estimate is None:
        return None, None, why
    low, high = np.mean([seed.matched_range for seed in seeds if seed.matched_range], axis=0)
    return estimate, (float(low), float(high)), ""


def _average(scores: Sequence[PipelineScore]) -> Estimate | None:
    differences = [[seed.hypervolume_difference for seed in score.seeds] for score in scores]
    if not differences or any(not row or None in row for row in differences):
        return None
    return t_interval(np.mean(np.array(differences, dtype=np.float64), axis=0).tolist())


def _mean_tokens(cells: Sequence[dict[str, int]]) -> dict[str, float]:
    """Mean over cells, by source; a cell that names no tokens of a source has none."""
    sources = sorted({source for tokens in cells for source in tokens})
    return {source: float(np.mean([tokens.get(source, 0) for tokens in cells])) for source in sources}


def _mean_ledger(cells: Sequence[CellResult]) -> dict[str, dict[str, float]]:
    stages = dict.fromkeys(stage for cell in cells for stage in cell.ledger)
    return {stage: _mean_tokens([cell.ledger.get(stage, {}) for cell in cells]) for stage in stages}
