"""Where a board's levels come from, what is read at them, and who may choose between runs."""

from dataclasses import replace

import pytest

from earlyexp_bench.scoring import score_board

FROM_REFERENCE = (5.3, 4.725, 4.50625)  # a quarter, a half and three quarters of the way from 2.5 to 5


def rows(front, gains, seeds=range(3)):
    return [c for s in seeds for c in front("baseline", s) + front("early", s, gains[s % len(gains)])]


def frozen(terms, levels):
    return replace(terms, pipelines=tuple(replace(one, levels=levels) for one in terms.pipelines))


def swept(cells, rate):
    return [replace(c, sweep=c.sweep | {"posttraining.learning_rate": rate}) for c in cells]


def settings(terms, rates=(1e-3, 2e-3)):
    sweep = tuple(point | {"posttraining.learning_rate": rate} for rate in rates for point in terms.sweep)
    return replace(terms, sweep=sweep)


def test_without_frozen_levels_they_are_from_the_references_mean_curve(terms, front):
    board = score_board(terms(), rows(front, (0.3, 0.35, 0.25)))
    (pipeline,) = board.terms.pipelines
    assert pipeline.levels == pytest.approx(FROM_REFERENCE)
    assert pipeline.levels_from == "reference"
    levels = board.score("early", "p").whole.levels
    assert [level.level for level in levels] == list(pipeline.levels)
    assert [level.gain.mean for level in levels] == pytest.approx([0.3] * 3)
    assert [level.gain for level in board.score("baseline", "p").whole.levels] == [None] * 3


def test_frozen_levels_are_kept_whatever_the_reference_does(terms, front):
    board = score_board(frozen(terms(), (5.4, 5.0, 4.6)), rows(front, (0.3, 0.35, 0.25)))
    assert board.terms.pipelines[0].levels == (5.4, 5.0, 4.6)
    assert board.terms.pipelines[0].levels_from == "benchmark"
    assert board.score("baseline", "p").whole.scores["matched_loss"].mean == pytest.approx((3.1 + 3.2 + 4.0) / 3)


def test_a_seed_of_the_reference_that_is_not_whole_has_no_part_in_the_levels(terms, front):
    far = front("baseline", 2, points=((9.8, 3.0), (9.0, 3.2), (8.6, 4.0), (8.4, 4.8)))[:3]
    cells = [c for s in (0, 1) for c in front("baseline", s)] + far
    assert score_board(terms(), cells).terms.pipelines[0].levels == pytest.approx(FROM_REFERENCE)


def test_with_several_settings_of_the_reference_the_best_on_validation_gives_the_levels(terms, front):
    worse = [replace(c, validation=replace(c.validation, immediate=2.6)) for c in front("baseline", 0, -0.1)]
    cells = swept(worse, 1e-3) + swept(front("baseline", 0), 2e-3)
    assert score_board(settings(terms([0])), cells).terms.pipelines[0].levels == pytest.approx(FROM_REFERENCE)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (((5.8, 3.0), (5.0, 3.2), (4.6, 3.3), (4.4, 3.4)), "larger rates"),
        (((5.8, 3.6), (5.0, 3.8), (4.6, 4.0), (4.4, 4.8)), "gentler rates"),
    ],
)
def test_a_reference_whose_rates_do_not_bracket_the_levels_leaves_the_board_without(terms, front, points, said):
    cells = [c for s in range(3) for c in front("baseline", s, points=points) + front("early", s, 0.1 * s)]
    board = score_board(terms(), cells)
    early = board.score("early", "p")
    assert board.terms.pipelines[0].levels is None
    assert (early.judgement.word, early.whole.levels) == ("none", ())
    assert said in early.judgement.reason and said in early.whole.reasons["gain"]
    assert "hypervolume" in early.whole.scores


def test_the_sensitivity_table_reads_the_same_cells_otherwise(terms, front):
    above = ((5.8, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 5.6))
    cells = [c for s in range(3) for c in front("baseline", s, points=above) + front("early", s, 0.8 + 0.01 * s)]
    early = score_board(frozen(terms(), (5.3, 4.725, 4.5)), cells).score("early", "p")
    assert list(early.sensitivity) == ["middle level only", "uncapped", "levels − 0.15", "levels + 0.15"]
    gain = early.whole.scores["gain"].mean
    assert early.sensitivity["uncapped"].mean > gain  # the reference's last run is .6 nats above the nadir
    assert early.sensitivity["middle level only"].mean == pytest.approx(0.81)
    assert early.sensitivity["levels + 0.15"].mean != pytest.approx(gain)
    assert all(one.low < one.mean < one.high for one in early.sensitivity.values())


def test_at_each_level_the_setting_lowest_on_validation_is_read_on_test(terms, front):
    lower_on_test, lower_on_validation = front("early", 0, 0.4), front("early", 0, 0.1)
    lower_on_validation = [
        replace(c, validation=replace(c.validation, retained=c.validation.retained - 0.9)) for c in lower_on_validation
    ]
    cells = swept(front("baseline", 0), 1e-3) + swept(front("baseline", 0, 0.001), 2e-3)
    cells += swept(lower_on_test, 1e-3) + swept(lower_on_validation, 2e-3)
    board = score_board(frozen(settings(terms([0])), FROM_REFERENCE), cells)
    assert board.score("early", "p").whole.by_seed("matched_loss") == pytest.approx([3.75 - 0.1])


def test_who_has_fewer_runs_to_choose_from_gets_no_verdict(terms, front):
    def cells(recipe, *gains):
        made = [(rate, gain) for rate, gain in zip((1e-3, 2e-3), gains, strict=True)]
        return [c for rate, gain in made for s in range(3) for c in swept(front(recipe, s, gain + 0.01 * s), rate)]

    once = score_board(settings(terms()), cells("baseline", 0.0, 0.001) + cells("early", 0.5, 0.5)).score("early", "p")
    assert (once.tries, once.judgement.word) == (1, "none")
    assert "unequal tries: stage-2 runs a seed: early 1, baseline 2" in once.judgement.reason
    twice = score_board(settings(terms()), cells("baseline", 0.0, 0.001) + cells("early", 0.5, 0.51))
    assert twice.score("early", "p").tries == 2
    assert "unequal" not in twice.score("early", "p").judgement.reason


def test_checkpoints_of_one_run_are_one_setting_and_the_row_is_marked(terms, front):
    free = [c for s in range(3) for i in range(3) for c in front("early", s, 0.1 * i + 0.01 * s, output=f"alpha-{i}")]
    board = score_board(terms(), [c for s in range(3) for c in front("baseline", s)] + free)
    early = board.score("early", "p")
    assert (early.tries, early.selects_on_validation) == (1, True)
    assert not board.score("baseline", "p").selects_on_validation
    assert early.judgement.word == "better"
    assert early.whole.by_seed("gain") == pytest.approx([0.2, 0.21, 0.22])


def test_a_curve_that_comes_back_is_read_at_its_first_crossing_in_whatever_order_cells_come(terms, front):
    back = ((5.8, 3.0), (4.4, 3.2), (5.6, 4.0), (4.4, 4.8))
    cells = [c for s in range(3) for c in front("baseline", s) + front("early", s, 0.01 * s, points=back)]
    whole = score_board(terms(), cells).score("early", "p").whole
    assert all(level.retained.mean < 3.2 for level in whole.levels)
    assert score_board(terms(), cells[::-1]).score("early", "p").whole == whole
