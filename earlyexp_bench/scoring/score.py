"""From cells to a board. Pure: the same terms and cells give the same board, in any order of the cells."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from earlyexp_bench.scoring.board import Board, Counts, PipelineScore, PointScore, Row, SeedScore, Verdict, Word
from earlyexp_bench.scoring.cells import CURVE, BoardTerms, CellResult, Losses, PipelineTerms, Scales, SweepKey
from earlyexp_bench.scoring.fronts import Floats, choose_points, hypervolume, single_hypervolumes
from earlyexp_bench.scoring.gain import MatchedGain, matched_gain
from earlyexp_bench.scoring.group import Group, group_cells
from earlyexp_bench.scoring.statistics import LEVEL, Estimate, t_interval, t_test


def score_board(terms: BoardTerms, cells: Iterable[CellResult]) -> Board:
    """Score every recipe on every pipeline against the reference of the same seed.

    Raises:
        ValueError: A cell is unknown to the board or listed twice, or was run at a point that is none of the benchmark's.
    """
    groups = group_cells(terms, cells)
    rows = []
    for recipe in terms.recipes:
        scores = tuple(
            _score(groups[recipe.name, pipeline.name], groups[terms.reference, pipeline.name], pipeline)
            for pipeline in terms.pipelines
        )
        rows.append(Row(recipe.name, scores, _average(scores)))
    counts = [group.counts for group in groups.values()]
    total = Counts(*(sum(getattr(c, name) for c in counts) for name in Counts.__slots__))
    complete = all(group.state != "incomplete" for group in groups.values())
    return Board(terms, total, complete, tuple(rows), _verdicts(terms, rows))


def hypervolume_of(cells: Sequence[CellResult], terms: PipelineTerms, count: int) -> tuple[float, int]:
    """Choose at most ``count`` points by their validation losses and score the test losses of those.

    Returns:
        The hypervolume over the product of (nadir − ideal), never clipped, and how many points were chosen.
    """
    test, validation = _scales(terms)
    chosen = choose_points(_points(cells, "validation"), count, validation.nadir)
    points = _points(cells, "test")[chosen]
    return hypervolume(points, test.nadir) / test.unit, len(chosen)


def sweep_limited(group: Group, validation: Scales) -> bool | None:
    """Whether the best trade-off lies at an end of the learning rates run, so that a better one may lie beyond.

    The best trade-off is the sweep point with the largest hypervolume of its own, on validation, mean over the seeds
    (and over its checkpoints, where a method yields several).
    None where no point is better than the nadir on both axes.
    """
    earned: dict[SweepKey, float] = {}
    for cell in (cell for cell in group.all if cell.status == "done"):
        own = float(single_hypervolumes(_points([cell], "validation"), validation.nadir)[0])
        earned[cell.sweep_key] = earned.get(cell.sweep_key, 0.0) + own
    if not earned or max(earned.values()) == 0.0:
        return None
    best_key: SweepKey = max(earned, key=lambda key: earned[key])
    best = dict(best_key)
    rates = {name: sorted({cell.sweep[name] for cell in group.all}) for name in best if name.endswith("learning_rate")}
    return any(len(grid) > 1 and best[name] in (grid[0], grid[-1]) for name, grid in rates.items())


def _score(group: Group, reference: Group, terms: PipelineTerms) -> PipelineScore:
    state, reason = group.state, group.reason
    if state == "complete" and (terms.test is None or terms.validation is None):
        state, reason = "incomplete", "the units of the axes are not known yet"
    seeds = _seeds(group, reference, terms) if state == "complete" else ()
    done = [cell for cell in group.all if cell.status == "done"]
    gain, matched_range, matched_reason = _gain_over_seeds(seeds)
    return PipelineScore(
        recipe=group.recipe,
        pipeline=group.pipeline,
        state=state,
        reason=reason,
        counts=group.counts,
        capped=sum(cell.stopped == "cap" for cell in done),
        sweep_limited=sweep_limited(group, terms.validation) if seeds and terms.validation else None,
        hypervolume=_over_seeds(seeds, lambda seed: seed.hypervolume),
        hypervolume_difference=_over_seeds(seeds, lambda seed: seed.hypervolume_difference),
        matched_gain=gain,
        matched_range=matched_range,
        matched_reason=matched_reason,
        pretraining_difference=_over_seeds(seeds, lambda seed: seed.pretraining_difference),
        points=_point_scores(group),
        seeds=seeds,
        tokens=_mean_tokens(done),
        flops=float(np.mean([cell.flops for cell in done])) if done else None,
    )


def _seeds(group: Group, reference: Group, terms: PipelineTerms) -> tuple[SeedScore, ...]:
    compare = group.recipe != reference.recipe and reference.state == "complete"
    return tuple(_seed(seed, group, reference if compare else None, terms) for seed in group.cells)


def _seed(seed: int, group: Group, reference: Group | None, terms: PipelineTerms) -> SeedScore:
    own, chosen = hypervolume_of(group.done(seed), terms, group.sweep_size)
    if reference is None:
        return SeedScore(seed, own, chosen)
    theirs, _ = hypervolume_of(reference.done(seed), terms, reference.sweep_size)
    gain = _gain(group.done(seed), reference.done(seed), terms)
    return SeedScore(
        seed,
        own,
        chosen,
        own - theirs,
        gain.nats,
        (gain.low, gain.high) if gain.low is not None and gain.high is not None else None,
        gain.reason,
        _pretraining_difference(group.done(seed), reference.done(seed)),
    )


def _gain(cells: Sequence[CellResult], reference: Sequence[CellResult], terms: PipelineTerms) -> MatchedGain:
    test, validation = _scales(terms)
    curves = [_points(_best_curve(side, validation), "test") for side in (reference, cells)]
    return matched_gain(curves[0], curves[1], test.nadir)


def _best_curve(cells: Sequence[CellResult], validation: Scales) -> list[CellResult]:
    """The cells of the stage-2 setting with the largest validation hypervolume, by rising stage-3 rate."""
    curves: dict[object, list[CellResult]] = {}
    for cell in cells:
        curves.setdefault(cell.curve, []).append(cell)
    if not curves:
        return []
    best = max(curves.values(), key=lambda curve: hypervolume(_points(curve, "validation"), validation.nadir))
    return sorted(best, key=lambda cell: cell.sweep.get(CURVE, 0.0))


def _pretraining_difference(cells: Sequence[CellResult], reference: Sequence[CellResult]) -> float | None:
    """Mean difference at equal sweep points, over the points that both have."""
    ours, theirs = _pretraining_by_sweep(cells), _pretraining_by_sweep(reference)
    shared = [key for key in ours if key in theirs]
    return float(np.mean([ours[key] - theirs[key] for key in shared])) if shared else None


def _pretraining_by_sweep(cells: Sequence[CellResult]) -> dict[object, float]:
    losses: dict[object, list[float]] = {}
    for cell in cells:
        if cell.test is not None and cell.test.pretraining is not None:
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


def _verdicts(terms: BoardTerms, rows: Sequence[Row]) -> tuple[Verdict, ...]:
    if terms.primary == terms.reference:
        return ()
    scores = {row.recipe: row.pipelines for row in rows}
    return tuple(
        _verdict(ours, theirs) for ours, theirs in zip(scores[terms.primary], scores[terms.reference], strict=True)
    )


def _verdict(score: PipelineScore, reference: PipelineScore) -> Verdict:
    estimate, reason = score.hypervolume_difference, _why_no_verdict(score, reference)
    if reason or estimate is None:
        return Verdict(score.pipeline, score.recipe, reference.recipe, "none", estimate, None, reason)
    differences = [seed.hypervolume_difference for seed in score.seeds]
    p_value = t_test([difference for difference in differences if difference is not None])
    sign: Word = "better" if estimate.mean > 0 else "worse"
    word: Word = sign if p_value < 1 - LEVEL else "undecided"
    return Verdict(score.pipeline, score.recipe, reference.recipe, word, estimate, p_value)


def _why_no_verdict(score: PipelineScore, reference: PipelineScore) -> str:
    for side in (reference, score):
        if side.state != "complete":
            return f"{side.recipe} is not complete"
    for side in (reference, score):
        if side.sweep_limited:
            return f"{side.recipe} is sweep-limited: its best trade-off lies at an end of the rates run"
    if score.hypervolume_difference is None or score.hypervolume_difference.n < 2:
        return "one seed gives no interval"
    return ""


def _point_scores(group: Group) -> tuple[PointScore, ...]:
    """Every sweep point over the seeds, in the order of the sweep."""
    order = {(cell.curve, cell.sweep_key): cell for cell in group.all}
    keys = sorted(order, key=lambda key: (key[0], order[key].sweep.get(CURVE, 0.0)))
    return tuple(
        _point_score([c for c in group.all if (c.curve, c.sweep_key) == key], len(group.cells)) for key in keys
    )


def _point_score(cells: Sequence[CellResult], seeds: int) -> PointScore:
    done = [cell for cell in cells if cell.test is not None and cell.status == "done"] if len(cells) == seeds else []
    losses = [cell.test for cell in done if cell.test is not None]
    shared = set.intersection(*(set(cell.metrics) for cell in done)) if len(done) == seeds and done else set()
    return PointScore(
        sweep=cells[0].sweep,
        output=cells[0].output,
        immediate=_mean(losses, seeds, lambda loss: loss.immediate),
        retained=_mean(losses, seeds, lambda loss: loss.retained),
        downstream=_mean(losses, seeds, lambda loss: loss.downstream),
        pretraining=_mean(losses, seeds, lambda loss: loss.pretraining),
        forgetting=_mean(losses, seeds, _forgetting),
        metrics={name: float(np.mean([cell.metrics[name] for cell in done])) for name in sorted(shared)},
    )


def _forgetting(losses: Losses) -> float | None:
    if losses.retained is None or losses.immediate is None:
        return None
    return losses.retained - losses.immediate


def _mean(losses: Sequence[Losses], seeds: int, value: Callable[[Losses], float | None]) -> Estimate | None:
    known = [number for number in map(value, losses) if number is not None]
    return t_interval(known) if known and len(known) == seeds else None


def _mean_tokens(cells: Sequence[CellResult]) -> dict[str, float]:
    sources = sorted({source for cell in cells for source in cell.tokens})
    return {source: float(np.mean([cell.tokens.get(source, 0) for cell in cells])) for source in sources}


def _points(cells: Sequence[CellResult], split: str) -> Floats:
    """(downstream, retained) of cells that are done, shape (n, 2)."""
    losses = [getattr(cell, split) for cell in cells]
    return np.array([(loss.downstream, loss.retained) for loss in losses], dtype=np.float64).reshape(-1, 2)


def _scales(terms: PipelineTerms) -> tuple[Scales, Scales]:
    if terms.test is None or terms.validation is None:
        raise ValueError(f"{terms.name} has no scales yet")
    return terms.test, terms.validation
