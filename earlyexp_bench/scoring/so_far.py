"""What can be said of a row before all of its cells, and the reference's, have run.

A difference is taken seed by seed, over the seeds that both have whole, never between means over different seeds.
"""

from collections.abc import Collection, Sequence

from earlyexp_bench.scoring.accuracy import Accuracy
from earlyexp_bench.scoring.board import PointScore, SeedScore, SoFar
from earlyexp_bench.scoring.cells import PipelineTerms, SweepKey
from earlyexp_bench.scoring.group import Group
from earlyexp_bench.scoring.points import accuracies, middle_index, point_scores
from earlyexp_bench.scoring.seeds import gain_over_seeds, mean_flops, mean_ledger, mean_tokens, over_seeds, seed_score


def so_far(group: Group, reference: Group, terms: PipelineTerms, sweep: Sequence[SweepKey]) -> SoFar | None:
    """Return the numbers of the cells that are there.

    Args:
        group: Cells of one recipe on one pipeline.
        reference: The reference's there.
        terms: Units of the axes, where they are known.
        sweep: The benchmark's points.

    Returns:
        None where row and reference are complete, or no cell of the row is done.
    """
    done = [cell for cell in group.all if cell.status == "done"]
    if not done or (group.state, reference.state) == ("complete", "complete"):
        return None
    both = _compared(group, reference)
    seeds = _seeds(group, reference, both, terms)
    compared = [seed for seed in seeds if seed.seed in both]
    gain, matched_range, matched_reason = gain_over_seeds(compared)
    points = point_scores(group, every=False)
    return SoFar(
        seeds=seeds,
        hypervolume=over_seeds(seeds, lambda seed: seed.hypervolume),
        hypervolume_difference=over_seeds(compared, lambda seed: seed.hypervolume_difference),
        matched_gain=gain,
        matched_range=matched_range,
        matched_reason=matched_reason,
        pretraining_difference=over_seeds(compared, lambda seed: seed.pretraining_difference),
        points=points,
        middle=middle_index(points, group, sweep, terms.validation, every=False) if terms.validation else None,
        accuracies=_accuracies(group, reference, both or group.whole, terms, sweep),
        tokens=mean_tokens([cell.tokens for cell in done]),
        ledger=mean_ledger(done),
        flops=mean_flops(done),
    )


def _compared(group: Group, reference: Group) -> frozenset[int]:
    """Seeds that row and reference both have whole; the reference is compared with nothing."""
    return frozenset() if group.recipe == reference.recipe else group.whole & reference.whole


def _seeds(group: Group, reference: Group, both: Collection[int], terms: PipelineTerms) -> tuple[SeedScore, ...]:
    if terms.test is None or terms.validation is None:
        return ()
    whole = sorted(group.whole, key=list(group.cells).index)
    return tuple(seed_score(seed, group, reference if seed in both else None, terms) for seed in whole)


def _accuracies(
    group: Group, reference: Group, seeds: Collection[int], terms: PipelineTerms, sweep: Sequence[SweepKey]
) -> tuple[Accuracy, ...]:
    ours, theirs = group.only(seeds), reference.only(seeds)
    point, other = (_middle(side, terms, sweep) for side in (ours, theirs))
    return accuracies(point, ours, theirs, other) if point else ()


def _middle(group: Group, terms: PipelineTerms, sweep: Sequence[SweepKey]) -> PointScore | None:
    points = point_scores(group)
    middle = middle_index(points, group, sweep, terms.validation) if terms.validation else None
    return None if middle is None else points[middle]
