"""From cells to a board. Pure: the same cells give the same board, in whatever order."""

from collections.abc import Iterable, Sequence

import numpy as np

from earlyexp_bench.scoring.board import Board, Counts, PipelineScore, RecipeScore, SeedScore
from earlyexp_bench.scoring.cells import BoardTerms, CellResult, PipelineTerms, sweep_key
from earlyexp_bench.scoring.group import Group, Pair, group_cells
from earlyexp_bench.scoring.levels import flag_of, with_levels
from earlyexp_bench.scoring.machines import machines_of
from earlyexp_bench.scoring.provenance import Usual, changed_parents, other_software, usual_software
from earlyexp_bench.scoring.scores import JUDGED
from earlyexp_bench.scoring.statistics import Estimate, t_interval
from earlyexp_bench.scoring.summary import Comparison
from earlyexp_bench.scoring.verdicts import judge_pipeline
from earlyexp_bench.scoring.versions import scores_of


def score_board(terms: BoardTerms, cells: Iterable[CellResult]) -> Board:
    """Score every recipe on every pipeline against the reference of the same seed, as ``terms.metric_version`` says.

    Raises:
        ValueError: Unknown metric version; a cell is unknown to the board, listed twice, or at a sweep point that the
            benchmark does not have.
    """
    scores_of(terms.metric_version)
    cells = list(cells)
    groups = group_cells(terms, cells)
    terms = with_levels(terms, groups)
    columns = [_column(terms, pipeline, groups) for pipeline in terms.pipelines]
    rows = sorted((_row(scores) for scores in zip(*columns, strict=True)), key=lambda row: _place(row, terms.reference))
    counts = [group.counts for group in groups.values()]
    total = Counts(*(sum(getattr(c, name) for c in counts) for name in Counts.__slots__))
    complete = all(group.state != "incomplete" for group in groups.values())
    return Board(terms, total, complete, tuple(rows), machines_of(cells))


def _column(terms: BoardTerms, pipeline: PipelineTerms, groups: dict[Pair, Group]) -> tuple[PipelineScore, ...]:
    """Every row on one pipeline."""
    rows = [groups[recipe.name, pipeline.name] for recipe in terms.recipes]
    reference = groups[terms.reference, pipeline.name]
    sweep, scores = [sweep_key(point) for point in terms.sweep], scores_of(terms.metric_version)
    usual = usual_software(reference.all, [cell for row in rows for cell in row.all])
    return judge_pipeline(terms, [_score(Comparison(row, reference, pipeline, sweep, scores), usual) for row in rows])


def _score(comparison: Comparison, usual: Usual) -> PipelineScore:
    row, whole = comparison.row, comparison.whole()
    state, reason = row.state, row.reason
    if state == "complete" and not comparison.scaled:
        state, reason = "incomplete", "the units of the axes are not known yet"
    flagged, mend = flag_of(whole.levels)
    return PipelineScore(
        recipe=row.recipe,
        pipeline=row.pipeline,
        state=state,
        reason=reason,
        counts=row.counts,
        not_converged=sum(cell.status == "done" and cell.converged is False for cell in row.all),
        whole=whole,
        so_far=comparison.so_far(),
        other_software=other_software(row.all, usual),
        changed_parents=changed_parents(row.all),
        tries=comparison.tries if comparison.scaled else 1,
        flagged=flagged,
        mend=mend,
        oracle=_stands_there(row, comparison.terms),
        selects_on_validation=len({cell.output for cell in row.all}) > 1,
    )


def _stands_there(row: Group, terms: PipelineTerms) -> bool:
    """Whether some setting of stage 2 is at the hardest level before it is fine-tuned, mean over the seeds."""
    if terms.levels is None:
        return False
    losses: dict[object, list[float]] = {}
    for cell in row.all:
        if cell.test is not None and cell.test.immediate_downstream is not None:
            losses.setdefault(cell.curve, []).append(cell.test.immediate_downstream)
    return any(float(np.mean(of_one)) <= terms.levels[-1] for of_one in losses.values())


def _place(row: RecipeScore, reference: str) -> tuple[bool, float]:
    """By falling mean gain; what has none (yet) comes last, in the benchmark's order."""
    mean = row.average or row.so_far
    if row.recipe == reference:
        return False, 0.0
    return mean is None, -mean.mean if mean else 0.0


def _row(scores: tuple[PipelineScore, ...]) -> RecipeScore:
    """One recipe on every pipeline, and the average over them."""
    complete = all(score.whole.seeds for score in scores)
    average = _average([score.whole.seeds for score in scores], every=True) if complete else None
    so_far = any(score.so_far for score in scores)
    return RecipeScore(
        scores[0].recipe,
        scores,
        average,
        _average([score.shown.seeds for score in scores], every=False) if so_far else None,
    )


def _average(pipelines: Sequence[Sequence[SeedScore]], *, every: bool) -> Estimate | None:
    """Mean of what is judged, over pipelines within each seed, then over the seeds that all pipelines compare.

    Args:
        pipelines: Seeds of each.
        every: Whether there is none unless each seed is compared on each pipeline.
    """
    differences = [
        {seed.seed: value for seed in seeds if (value := seed.value(JUDGED)) is not None} for seeds in pipelines
    ]
    if every and any(len(of_one) < len(seeds) for of_one, seeds in zip(differences, pipelines, strict=True)):
        return None
    shared = [seed for seed in differences[0] if all(seed in of_one for of_one in differences)]
    means = [float(np.mean([of_one[seed] for of_one in differences])) for seed in shared]
    return t_interval(means) if means else None
