"""Metric versions 1 and 2, from cells to a board. Pure: the same cells give the same board, in whatever order."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.board import Board, Counts, PipelineScore, Row, SeedScore
from earlyexp_bench.scoring.cells import BoardTerms, CellResult, PipelineTerms, SweepKey, sweep_key
from earlyexp_bench.scoring.grid import edge_of
from earlyexp_bench.scoring.group import Group, Pair, group_cells
from earlyexp_bench.scoring.points import accuracies, middle_index, point_scores
from earlyexp_bench.scoring.provenance import changed_parents, other_software, usual_software
from earlyexp_bench.scoring.seeds import gain_over_seeds, mean_flops, mean_ledger, mean_tokens, over_seeds, seed_score
from earlyexp_bench.scoring.so_far import so_far
from earlyexp_bench.scoring.statistics import Estimate, t_interval
from earlyexp_bench.scoring.verdicts import judge_pipeline


def score_cells(terms: BoardTerms, cells: Iterable[CellResult]) -> Board:
    """Hypervolume of the staircase against unigram nadirs, paired by seed.

    Raises:
        ValueError: A cell is unknown to the board, listed twice, or at a sweep point that the benchmark does not have.
    """
    groups = group_cells(terms, cells)
    columns = [_column(terms, pipeline, groups) for pipeline in terms.pipelines]
    rows = [Row(scores[0].recipe, scores, _average(scores), _so_far(scores)) for scores in zip(*columns, strict=True)]
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
    ours = {recipe: group for (recipe, on), group in groups.items() if on == pipeline.name}
    usual = usual_software(reference.all, [cell for group in ours.values() for cell in group.all])
    told = [
        replace(
            score,
            accuracies=_accuracies(score, ours[score.recipe], reference, theirs),
            other_software=other_software(ours[score.recipe].all, usual),
            changed_parents=changed_parents(ours[score.recipe].all),
        )
        for score in scores
    ]
    return judge_pipeline(terms, told)


def _accuracies(score: PipelineScore, group: Group, reference: Group, theirs: PipelineScore) -> tuple[Accuracy, ...]:
    point = score.middle_point
    return accuracies(point, group, reference, theirs.middle_point) if point else ()


def _score(group: Group, reference: Group, terms: PipelineTerms, sweep: Sequence[SweepKey]) -> PipelineScore:
    state, reason = group.state, group.reason
    if state == "complete" and (terms.test is None or terms.validation is None):
        state, reason = "incomplete", "the units of the axes are not known yet"
    seeds = _seeds(group, reference, terms) if state == "complete" else ()
    done = [cell for cell in group.all if cell.status == "done"]
    costed = done if state == "complete" else []
    points = point_scores(group)
    gain, matched_range, matched_reason = gain_over_seeds(seeds)
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
        hypervolume=over_seeds(seeds, lambda seed: seed.hypervolume),
        matched_gain=gain,
        matched_range=matched_range,
        matched_reason=matched_reason,
        pretraining_difference=over_seeds(seeds, lambda seed: seed.pretraining_difference),
        points=points,
        middle=middle_index(points, group, sweep, terms.validation) if terms.validation else None,
        seeds=seeds,
        accuracies=(),
        tokens=mean_tokens([cell.tokens for cell in costed]),
        ledger=mean_ledger(costed),
        flops=mean_flops(costed),
        so_far=so_far(group, reference, terms, sweep),
    )


def _seeds(group: Group, reference: Group, terms: PipelineTerms) -> tuple[SeedScore, ...]:
    compare = group.recipe != reference.recipe and reference.state == "complete"
    return tuple(seed_score(seed, group, reference if compare else None, terms) for seed in group.cells)


def _average(scores: Sequence[PipelineScore]) -> Estimate | None:
    differences = [[seed.hypervolume_difference for seed in score.seeds] for score in scores]
    if not differences or any(not row or None in row for row in differences):
        return None
    return t_interval(np.mean(np.array(differences, dtype=np.float64), axis=0).tolist())


def _so_far(scores: Sequence[PipelineScore]) -> Estimate | None:
    """The average over the seeds that are compared on every pipeline; None where all are complete."""
    if not any(score.so_far for score in scores):
        return None
    differences = [
        {
            seed.seed: seed.hypervolume_difference
            for seed in score.shown.seeds
            if seed.hypervolume_difference is not None
        }
        for score in scores
    ]
    shared = [seed for seed in differences[0] if all(seed in of_pipeline for of_pipeline in differences)]
    means = [float(np.mean([of_pipeline[seed] for of_pipeline in differences])) for seed in shared]
    return t_interval(means) if means else None
