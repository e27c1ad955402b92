"""What tuning seeds tell of a design: spread, levels, rates. Never who is better."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from earlyexp_bench.scoring import BoardTerms, CellResult, Losses, Precision, precision_of

# (downstream, retained): immediate 2.5, nadir 5, so a quarter of the way is 3.125, a half 3.75, three quarters 4.375.
POINTS = ((5.8, 2.7), (5.4, 3.2), (4.8, 4.0), (4.4, 4.8))
GAINS = (0.3, 0.5, 0.1, 0.9)
Make = Callable[..., list[CellResult]]


@pytest.fixture
def precision(terms: Callable[..., BoardTerms], front: Make) -> Callable[..., Precision]:
    """Read cells of two recipes on four seeds; ``moved`` moves the curve of the second."""

    def read(
        gains: Sequence[float] = GAINS,
        points: Sequence[tuple[float, float]] = POINTS,
        moved: Sequence[tuple[float, float]] | None = None,
        change: Callable[[CellResult], CellResult] = lambda cell: cell,
    ) -> Precision:
        cells = [
            change(cell)
            for seed, gain in enumerate(gains)
            for recipe, by, at in (("baseline", 0.0, points), ("early", gain, moved or points))
            for cell in front(recipe, seed, by, points=at)
        ]
        scales = {"baseline": 1.0, "early": 1.0}
        return precision_of(terms(seeds=range(len(gains))), cells, scales, own_levels=True)

    return read


def test_the_noise_is_the_spread_of_gains_in_units_of_what_was_acquired(precision: Callable[..., Precision]) -> None:
    found = precision()
    (pipeline,) = found.pipelines
    assert pipeline.seeds == 4
    assert pipeline.sd == pytest.approx(np.std(GAINS, ddof=1))
    assert found.noise == pipeline.noise == pytest.approx(np.var(GAINS, ddof=1) / 2.5**2)


def test_what_is_told_is_the_same_whoever_is_better(precision: Callable[..., Precision]) -> None:
    told = [precision([gain + shift for gain in GAINS]) for shift in (0.0, -0.25)]
    first, second = (json.loads(json.dumps(dataclasses.asdict(one))) for one in told)
    for one in (first, second):
        one["pipelines"][0]["sd"] = round(one["pipelines"][0]["sd"], 9)
        one["pipelines"][0]["noise"] = round(one["pipelines"][0]["noise"], 9)
    assert first == second


def test_the_line_for_the_file_comes_from_the_baselines_mean_curve(precision: Callable[..., Precision]) -> None:
    (pipeline,) = precision().pipelines
    assert pipeline.line == pytest.approx((5.46, 4.9875, 4.6125))
    assert pipeline.reason == ""


def test_without_a_bracket_there_is_no_line_and_no_figure_but_the_reason(precision: Callable[..., Precision]) -> None:
    found = precision(points=((5.8, 3.5), *POINTS[1:]))
    (pipeline,) = found.pipelines
    assert (pipeline.line, pipeline.sd, found.noise) == (None, None, None)
    assert "levels need gentler rates" in pipeline.reason


def test_the_rates_that_bracket_all_levels_are_named(precision: Callable[..., Precision]) -> None:
    (pipeline,) = precision().pipelines
    assert pipeline.brackets is not None
    assert pipeline.brackets.whole
    assert pipeline.brackets.rates == (1e-4, 4e-4)


def test_a_seed_that_does_not_bracket_a_level_is_counted_on_each_split(precision: Callable[..., Precision]) -> None:
    def slow(cell: CellResult) -> CellResult:
        """In one of four seeds, on test alone."""
        if (cell.recipe, cell.seed) != ("baseline", 0) or cell.test is None:
            return cell
        return replace(cell, test=replace(cell.test, downstream=float(cell.test.downstream or 0) + 0.4))

    (pipeline,) = precision(change=slow).pipelines
    assert pipeline.brackets is not None
    assert pipeline.brackets.clamped == (0, 0, 0)
    assert pipeline.brackets.not_reached == (0, 0, 1 / 8)
    assert not pipeline.brackets.whole


def moved(by: int) -> list[tuple[float, float]]:
    """A curve that comes to each loss at ``2 ** by`` times the rate; before and after it goes on as at its ends."""
    octaves = np.log2([1, 2, 3, 4])
    losses = np.interp(octaves - by, [-3, *octaves, 5], [7.0, *(x for x, _ in POINTS), 3.2])
    return [(float(x), 3.0) for x in losses]


@pytest.mark.parametrize(("by", "scale"), [(0, 1.0), (1, 2.0), (-1, 0.5)])
def test_a_recipes_rates_are_scaled_by_its_downstream_loss_alone(
    precision: Callable[..., Precision], by: int, scale: float
) -> None:
    baseline, early = precision(moved=moved(by)).recipes
    assert (baseline.found, early.scale, early.found) == (1.0, 1.0, scale)


def test_runs_whose_loss_still_fell_are_counted_once_however_many_cells_they_have(
    precision: Callable[..., Precision],
) -> None:
    found = precision(change=lambda cell: replace(cell, converged=cell.seed != 1 or cell.recipe == "early"))
    assert (found.runs, found.not_converged) == (8, 1)


def test_what_the_baseline_must_be_better_than_is_checked_on_validation(precision: Callable[..., Precision]) -> None:
    def poor(cell: CellResult) -> CellResult:
        assert cell.validation is not None
        return replace(cell, validation=Losses(4.6, cell.validation.retained, 5.5, 4.0))

    (fine,), (bad,) = precision().pipelines, precision(change=poor).pipelines
    assert fine.losses is not None
    assert bad.losses is not None
    assert (fine.losses.immediate, fine.losses.downstream, fine.losses.unigram) == (2.5, 4.4, 5.0)
    assert fine.losses.shortfalls == ["downstream loss 4.400 is not below a bigram model's 4.000"]
    assert len(bad.losses.shortfalls) == 3
