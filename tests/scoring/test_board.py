import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from earlyexp_bench.scoring import CURVE, CellResult, Losses, Scale, hypervolume, score_board

GAINS = (0.30, 0.35, 0.25)


@pytest.fixture
def paired(front):
    return [c for seed, gain in enumerate(GAINS) for c in front("baseline", seed) + front("early", seed, gain)]


def without(cell, status):
    return replace(cell, status=status, reason="why", test=None, validation=None)


def test_difference_is_paired_by_seed_and_in_units_of_nadir_minus_ideal(terms, paired):
    score = score_board(terms(), paired).score("early", "p")
    # The staircase has width 6 − 4.4; moving it down by g adds g to its height all along.
    expected = [(6 - 4.4) * gain / 4 for gain in GAINS]
    assert [seed.value("hypervolume_difference") for seed in score.whole.seeds] == pytest.approx(expected)
    assert score.whole.scores["hypervolume_difference"].mean == pytest.approx(sum(expected) / 3)


def test_gain_is_paired_by_seed_and_in_nats(terms, paired):
    score = score_board(terms(), paired).score("early", "p")
    assert score.whole.by_seed("gain") == pytest.approx(GAINS)
    assert score.whole.scores["gain"].mean == pytest.approx(np.mean(GAINS))
    # At a quarter, a half and three quarters of the way from 2.5 to 5 the reference retains 3.125, 3.75 and 4.375.
    assert score_board(terms(), paired).score("baseline", "p").whole.scores["matched_loss"].mean == pytest.approx(3.75)


def test_a_seed_effect_that_all_recipes_share_cancels(terms, front):
    shifts = (0.0, 0.15, -0.2)
    cells = [c for s, shift in enumerate(shifts) for c in front("baseline", s, shift) + front("early", s, shift + 0.1)]
    estimate = score_board(terms(), cells).score("early", "p").whole.scores["gain"]
    assert estimate.high - estimate.low < 1e-9
    assert estimate.mean == pytest.approx(0.1)


@pytest.mark.parametrize("status", ["missing", "failed"])
def test_a_row_with_a_cell_that_did_not_run_has_no_score(terms, paired, status):
    cells = [without(paired[-1], status) if cell is paired[-1] else cell for cell in paired]
    board = score_board(terms(), cells)
    score = board.score("early", "p")
    assert (score.state, score.counts.ran, score.counts.expected) == ("incomplete", 11, 12)
    assert "seed 2: 1 of 4" in score.reason
    assert (score.whole.scores, score.whole.seeds) == ({}, ())
    assert (score.whole.tokens, score.whole.ledger, score.whole.flops) == ({}, {}, None)
    assert not board.complete and score.judgement.word == "none"
    assert score.judgement.reason == "early is not complete"


def test_a_cell_that_nobody_listed_is_missing(terms, paired):
    listed, dropped = score_board(terms(), paired), score_board(terms(), paired[:-1])
    assert listed.complete
    assert dropped.counts.missing == 1 and not dropped.complete


def test_without_the_reference_nothing_is_compared(terms, paired):
    cells = [cell for cell in paired if not (cell.recipe == "baseline" and cell.seed == 1)]
    score = score_board(terms(), cells).score("early", "p")
    assert score.state == "complete"
    assert set(score.whole.scores) == {"hypervolume", "matched_loss"}


def test_a_diverged_cell_counts_as_run_and_as_the_nadir_from_there_on(terms, paired):
    whole = score_board(terms(), paired).score("early", "p")
    cells = [without(c, "diverged") if c.recipe == "early" and c.sweep[CURVE] == 2e-4 else c for c in paired]
    score = score_board(terms(), cells).score("early", "p")
    assert (score.state, score.counts.diverged) == ("complete", 3)
    assert score.whole.scores["hypervolume"].mean < whole.whole.scores["hypervolume"].mean
    assert [level.failed for level in score.whole.levels] == [1.0, 1.0, 1.0]
    assert score.whole.by_seed("matched_loss") == [5.0, 5.0, 5.0]


def test_a_seed_in_which_a_cell_diverged_is_never_dropped(terms, paired):
    lost = [
        without(c, "diverged") if c.recipe == "early" and c.seed == 1 and c.sweep[CURVE] == 4e-4 else c for c in paired
    ]
    whole = score_board(terms(), lost).score("early", "p").whole
    assert [level.how for level in whole.seeds[1].levels] == ["crossed", "crossed", "failed"]
    assert whole.scores["gain"].n == 3
    # At the third level it is the nadir, 5, that the reference's 4.375 is compared with.
    assert whole.by_seed("gain") == pytest.approx([0.30, (0.35 + 0.35 + 4.375 - 5) / 3, 0.25])


def test_a_recipe_that_cannot_run_is_skipped_and_leaves_the_board_complete(terms, paired):
    cells = [without(cell, "skipped") if cell.recipe == "early" else cell for cell in paired]
    board = score_board(terms(), cells)
    assert board.score("early", "p").state == "skipped"
    assert board.complete


def test_points_are_chosen_on_validation_and_scored_on_test(terms, front):
    cells = front("baseline", 0)
    # Best on test alone, dominated on validation: it must not be chosen.
    lucky = replace(
        cells[0], test=Losses(retained=3.0, downstream=4.0), validation=Losses(retained=4.9, downstream=5.9)
    )
    honest = score_board(terms(seeds=[0]), [without(cells[0], "diverged"), *cells[1:]])
    board = score_board(terms(seeds=[0]), [lucky, *cells[1:]])
    found, expected = (one.score("baseline", "p").whole.scores for one in (board, honest))
    assert found == expected


def test_hypervolume_is_not_clipped_at_the_ideal(terms, front):
    points = [(3.0, 2.0)] * 4
    score = score_board(terms(seeds=[0]), front("baseline", 0, points=points)).score("baseline", "p")
    assert score.whole.scores["hypervolume"].mean == pytest.approx(3 * 3 / 4)


def test_a_front_of_more_points_is_refused_with_the_reason(terms, paired):
    extra = replace(paired[0], sweep={CURVE: 9e-4})
    with pytest.raises(
        ValueError, match=r"baseline on p, seed 0 was run at 5 points .*0\.0009.* benchmark has 4 points"
    ):
        score_board(terms(), [*paired, extra])


def test_a_front_of_as_many_but_other_points_is_refused(terms, paired):
    moved = [replace(cell, sweep={CURVE: 9e-4}) if cell is paired[-1] else cell for cell in paired]
    with pytest.raises(ValueError, match=r"early on p, seed 2 was run at 4 points .*same points"):
        score_board(terms(), moved)


def test_a_method_with_free_points_is_scored_on_as_many_as_the_others(terms, front):
    free = [c for i in range(3) for c in front("early", 0, 0.02 * i, output=f"alpha-{i}")]
    score = score_board(terms(seeds=[0]), front("baseline", 0) + free).score("early", "p")
    assert score.whole.seeds[0].chosen == 4
    assert score.counts.expected == 12


def test_checkpoints_that_say_nothing_new_earn_nothing(terms, front):
    copies = [c for i in range(5) for c in front("early", 0, output=f"alpha-{i}")]
    score = score_board(terms(seeds=[0]), front("baseline", 0) + copies).score("early", "p")
    assert score.whole.scores["hypervolume_difference"].mean == 0.0


def test_a_finer_grid_on_one_curve_earns_what_its_best_four_points_do(terms, front):
    """With all of them it would earn more: more steps of the staircase lie on the same curve."""
    curve = ((5.8, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 4.8))
    curves = [[(x + 0.07 * i, y - 0.08 * i) for x, y in curve] for i in range(3)]
    grid = [c for i, points in enumerate(curves) for c in front("early", 0, points=points, output=f"alpha-{i}")]
    score = score_board(terms(seeds=[0]), front("baseline", 0) + grid).score("early", "p")
    every_point, nadir = [point for points in curves for point in points], (6.0, 5.0)
    best = max(hypervolume(four, nadir) for four in combinations(every_point, 4))
    assert score.whole.scores["hypervolume"].mean == pytest.approx(best / 4)
    assert score.whole.scores["hypervolume"].mean < hypervolume(every_point, nadir) / 4


def test_two_results_for_one_cell_are_refused(terms, paired):
    with pytest.raises(ValueError, match="two cells are one"):
        score_board(terms(), [*paired, paired[0]])


def test_a_cell_of_another_board_is_refused(terms, paired):
    with pytest.raises(ValueError, match="no such recipe"):
        score_board(terms(), [*paired, replace(paired[0], recipe="unheard-of")])


def test_a_seed_without_a_checkpoint_that_others_have_leaves_the_row_incomplete(terms, paired, front):
    further = [c for seed in range(2) for c in front("early", seed, 0.3, output="later")]
    score = score_board(terms(), [*paired, *further]).score("early", "p")
    assert (score.state, score.reason) == ("incomplete", "not run: seed 2: 4 of 4")
    assert score.counts.missing == 4


def test_a_row_of_which_nothing_ran_says_so_in_two_words(terms, paired):
    score = score_board(terms(), [c for c in paired if c.recipe == "baseline"]).score("early", "p")
    assert (score.state, score.reason) == ("incomplete", "not run")


def test_an_unheard_of_row_is_named_among_those_there_are(terms, paired):
    board = score_board(terms(), paired)
    with pytest.raises(KeyError, match="'erly' is not on b@1; there are early, baseline"):
        board.score("erly", "p")
    with pytest.raises(KeyError, match="'q' is not on b@1; there are p"):
        board.score("early", "q")


def test_a_row_beyond_the_nadir_has_earned_nothing(terms, front):
    lost = [c for seed in range(3) for c in front("early", seed, points=[(7.0, 7.0)] * 4)]
    score = score_board(terms(), lost).score("early", "p")
    assert score.whole.scores["hypervolume"].mean == 0.0


def test_the_guard_is_the_mean_difference_of_pretraining_loss(terms, front):
    cells = [c for s in range(3) for c in front("baseline", s) + front("early", s, pretraining=4.0 + 0.1 * s)]
    estimate = score_board(terms(), cells).score("early", "p").whole.scores.get("pretraining_difference")
    assert estimate.mean == pytest.approx(0.1)


def test_the_guard_is_no_mean_over_the_points_that_did_not_diverge(terms, paired):
    cells = [without(c, "diverged") if c.recipe == "early" and c.sweep[CURVE] == 4e-4 else c for c in paired]
    score = score_board(terms(), cells).score("early", "p")
    assert score.whole.scores.get("hypervolume_difference") is not None
    assert score.whole.scores.get("pretraining_difference") is None


def test_costs_are_means_over_a_complete_row_by_stage_and_source(terms, paired):
    def costly(cell):
        spent = {"pretrain": {"general": 100, "target": 10 * cell.seed}, "finetune": {"downstream": 50}}
        tokens = {"general": 100, "target": 10 * cell.seed, "downstream": 50}
        return replace(cell, ledger=spent, tokens=tokens, flops=6.0)

    score = score_board(terms(), [costly(cell) for cell in paired]).score("early", "p")
    assert score.whole.ledger == {"pretrain": {"general": 100.0, "target": 10.0}, "finetune": {"downstream": 50.0}}
    assert (score.whole.tokens["target"], score.whole.flops) == (10.0, 6.0)


def test_the_middle_of_the_sweep_is_the_same_point_for_a_row_of_several_checkpoints(terms, front):
    free = [c for i in (2, 1, 3) for c in front("early", 0, 0.1 * i, output=f"alpha-{i}")]
    board = score_board(terms(seeds=[0]), front("baseline", 0) + free)
    middles = [board.score(recipe, "p").whole.middle_point for recipe in ("baseline", "early")]
    assert [middle.sweep for middle in middles] == [{CURVE: 2e-4}] * 2
    assert middles[1].output == "alpha-3"  # the best trade-off there


def test_an_unknown_metric_version_is_refused_with_the_known_ones(terms, paired):
    with pytest.raises(ValueError, match="no metric version 7; there is 3"):
        score_board(replace(terms(), metric_version=7), paired)


def test_pipelines_are_averaged_within_a_seed_before_the_interval(terms, front):
    # Opposite seed effects cancel within a seed; an interval over all six values would be wide.
    gains = {"p": (0.1, 0.2, 0.3), "q": (0.3, 0.2, 0.1)}
    cells = [
        cell
        for pipeline, values in gains.items()
        for seed, gain in enumerate(values)
        for cell in front("baseline", seed, pipeline=pipeline) + front("early", seed, gain, pipeline=pipeline)
    ]
    board = score_board(terms(pipelines=("p", "q")), cells)
    average = next(row for row in board.rows if row.recipe == "early").average
    assert average.n == 3
    assert average.high - average.low < 1e-9
    partial = score_board(terms(pipelines=("p", "q")), cells[:-1])
    assert next(row for row in partial.rows if row.recipe == "early").average is None


def test_cells_that_did_not_converge_are_counted(terms, paired):
    cells = [replace(cell, converged=False) if cell.seed == 0 else cell for cell in paired]
    assert score_board(terms(), cells).score("early", "p").not_converged == 4


def test_means_are_only_over_all_seeds(terms, paired):
    cells = [without(c, "diverged") if c is paired[0] else c for c in paired]
    points = score_board(terms(), cells).score("baseline", "p").whole.points
    assert [point.retained is None for point in points] == [True, False, False, False]
    assert points[1].forgetting.mean == pytest.approx(points[1].retained.mean - 2.5)


def test_the_order_of_cells_changes_nothing(terms, paired):
    shuffled = random.Random(1).sample(paired, len(paired))
    assert score_board(terms(), shuffled) == score_board(terms(), paired)


def test_before_the_units_are_known_nothing_is_scored(terms, paired):
    early = terms()
    unknown = replace(early, pipelines=tuple(replace(p, test=None, validation=None) for p in early.pipelines))
    score = score_board(unknown, paired).score("early", "p")
    assert score.whole.scores.get("hypervolume") is None and "not known yet" in score.reason


def test_a_done_cell_needs_its_losses():
    with pytest.raises(ValueError, match="without retained and downstream"):
        CellResult("baseline", "p", 0, {CURVE: 1e-4}, test=Losses(retained=3.0), validation=Losses(retained=3.0))
    with pytest.raises(ValueError, match="diverged"):
        Losses(retained=float("inf"))
    with pytest.raises(ValueError, match="below nadir"):
        Scale(nadir=3.0, ideal=3.5)


@pytest.mark.parametrize("field", ["recipes", "pipelines", "seeds", "sweep"])
def test_a_board_lists_everything_once_and_something_of_each(terms, field):
    listed = getattr(terms(), field)
    for wrong in ((), (*listed, listed[0])):
        with pytest.raises(ValueError, match=f"{field} of a board must be at least one, and each once"):
            replace(terms(), **{field: wrong})


def test_a_scale_is_finite():
    with pytest.raises(ValueError, match="both finite"):
        Scale(float("inf"), 4.0)
