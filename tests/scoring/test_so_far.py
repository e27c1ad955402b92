"""Before a row is complete its numbers are shown over the seeds there are, paired, and nothing rests on them."""

from dataclasses import replace

import numpy as np
import pytest

from earlyexp_bench.scoring import CURVE, Answers, score_board

GAINS = (0.30, 0.35, 0.25)


@pytest.fixture
def paired(front):
    return [c for seed, gain in enumerate(GAINS) for c in front("baseline", seed) + front("early", seed, gain)]


def without(cell, status="missing"):
    return replace(cell, status=status, reason="why", test=None, validation=None)


def kept(cells, **seeds):
    """The cells, of each recipe those of so many seeds only."""
    return [cell if cell.seed in seeds[cell.recipe] else without(cell) for cell in cells]


def mean_of(*gains):
    return pytest.approx(np.mean([(6 - 4.4) * gain / 4 for gain in gains]))


def test_one_seed_of_three_shows_its_numbers_without_interval_and_gets_no_verdict(terms, paired):
    score = score_board(terms(), kept(paired, baseline=[0], early=[0])).score("early", "p")
    so_far = score.so_far
    assert score.state == "incomplete"
    assert so_far.scores["hypervolume_difference"].mean == mean_of(GAINS[0])
    assert (so_far.scores["hypervolume_difference"].low, so_far.scores["hypervolume_difference"].n) == (None, 1)
    assert so_far.scores["gain"].mean == pytest.approx(GAINS[0])
    assert so_far.middle_point.retained.n == 1
    assert so_far.flops is not None
    assert (score.judgement.word, score.judgement.own) == ("none", None)


def test_two_seeds_have_an_interval(terms, paired):
    so_far = score_board(terms(), kept(paired, baseline=[0, 2], early=[0, 2])).score("early", "p").so_far
    assert so_far.scores["hypervolume_difference"].mean == mean_of(GAINS[0], GAINS[2])
    difference = so_far.scores["hypervolume_difference"]
    assert difference.low < difference.mean < difference.high


@pytest.mark.parametrize(
    ("baseline", "early", "both"),
    [([0, 1, 2], [1], [1]), ([1], [0, 1, 2], [1]), ([0, 1], [1, 2], [1]), ([0], [2], [])],
)
def test_differences_are_taken_over_the_seeds_that_both_have(terms, front, baseline, early, both):
    # Seeds are far apart, so that a difference of means over different seeds would be far off.
    cells = [c for s, gain in enumerate(GAINS) for c in front("baseline", s, s / 2) + front("early", s, s / 2 + gain)]
    score = score_board(terms(), kept(cells, baseline=baseline, early=early)).score("early", "p")
    difference = score.so_far.scores.get("hypervolume_difference")
    assert (difference.mean if difference else None) == (mean_of(*(GAINS[s] for s in both)) if both else None)
    assert [seed.seed for seed in score.so_far.seeds] == early
    assert [seed.seed for seed in score.so_far.seeds if seed.value("hypervolume_difference") is not None] == both


def test_a_seed_that_broke_off_shows_its_points_and_enters_no_difference(terms, paired):
    missing = {(c.recipe, c.seed, c.sweep[CURVE]) for c in paired if c.recipe == "early" and c.seed == 1}
    missing = set(sorted(missing)[2:])
    cells = [without(c) if (c.recipe, c.seed, c.sweep[CURVE]) in missing else c for c in paired]
    so_far = score_board(terms(), cells).score("early", "p").so_far
    assert [seed.seed for seed in so_far.seeds] == [0, 2]
    assert so_far.scores["hypervolume_difference"].n == 2
    assert [point.retained.n for point in so_far.points] == [3, 3, 2, 2]


@pytest.mark.parametrize("status", ["failed", "missing"])
def test_a_row_of_which_no_seed_is_whole_has_losses_and_no_score(terms, paired, status):
    cells = [without(c, status) if c.recipe == "early" and c.sweep[CURVE] == 2e-4 else c for c in paired]
    so_far = score_board(terms(), cells).score("early", "p").so_far
    assert (so_far.seeds, so_far.scores) == ((), {})
    assert sum(point.retained is not None for point in so_far.points) == 3


def test_a_diverged_cell_belongs_to_a_whole_seed(terms, paired):
    diverged = [without(c, "diverged") if c.recipe == "early" and c.sweep[CURVE] == 2e-4 else c for c in paired]
    so_far = score_board(terms(), kept(diverged, baseline=[0], early=[0])).score("early", "p").so_far
    assert [seed.seed for seed in so_far.seeds] == [0]


def test_a_complete_board_and_what_never_ran_say_nothing_so_far(terms, paired):
    whole = score_board(terms(), paired)
    assert all(score.so_far is None for row in whole.rows for score in row.pipelines)
    skipped = score_board(terms(), [without(c, "skipped") if c.recipe == "early" else c for c in paired])
    nothing = score_board(terms(), kept(paired, baseline=[0], early=[]))
    assert skipped.score("early", "p").so_far is None and nothing.score("early", "p").so_far is None


def test_the_average_so_far_is_over_the_seeds_that_every_pipeline_compares(terms, front):
    cells = [
        cell
        for pipeline, seeds, gain in (("p", (0, 1), 0.3), ("q", (1, 2), 0.1))
        for seed in seeds
        for cell in front("baseline", seed, pipeline=pipeline) + front("early", seed, gain + seed, pipeline=pipeline)
    ]
    average = score_board(terms(pipelines=("p", "q")), cells).row("early").so_far
    assert (average.n, average.low) == (1, None)
    assert average.mean == pytest.approx(1.2)


def test_answers_are_paired_over_the_seeds_that_both_have(terms, paired):
    def answered(cell):
        right = cell.recipe == "early" or cell.seed == 2
        return replace(cell, answers={"retained/target/t": Answers((right, True), 0.5, "digest")})

    cells = kept([answered(c) for c in paired], baseline=[0, 2], early=[0, 1])
    (accuracy,) = score_board(terms(), cells).score("early", "p").so_far.accuracies
    assert (accuracy.seeds, accuracy.difference.mean) == (1, 0.5)


def test_before_the_units_are_known_there_are_losses_alone(terms, paired):
    about = terms()
    about = replace(about, pipelines=tuple(replace(p, test=None, validation=None) for p in about.pipelines))
    so_far = score_board(about, kept(paired, baseline=[0], early=[0])).score("early", "p").so_far
    assert so_far.scores.get("hypervolume") is None and so_far.points[0].retained.n == 1
