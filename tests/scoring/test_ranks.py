import numpy as np
import pytest

from earlyexp_bench.scoring.ranks import RankRange, rank_ranges

NOISE = np.random.default_rng(0).normal(0, 0.1, (9, 10))
SHARED = np.array([3.0, -2.0, 0.5, 1.0, -4.0, 2.0, 0.0, 7.0, -1.0, 4.0])  # seeds differ far more than rows


def board(means, seeds=10):
    return {name: (NOISE[i] + SHARED + mean)[:seeds].tolist() for i, (name, mean) in enumerate(means.items())}


def ranges(means, seeds=10, **options):
    return rank_ranges(board(means, seeds), "early", "baseline", **options)


def test_rows_far_apart_have_one_place_each_although_seeds_differ_more():
    assert ranges({"baseline": 0, "early": 2, "replay": 1}) == {
        "baseline": RankRange(3, 3),
        "early": RankRange(1, 1),
        "replay": RankRange(2, 2),
    }


def test_what_cannot_be_told_apart_shares_places_without_being_a_group():
    # early > baseline, but middle is apart from neither.
    found = rank_ranges(
        {
            "baseline": [0.0, 0.1, -0.1, 0.05, -0.05],
            "early": [1.0, 1.1, 0.9, 1.1, 0.9],
            "middle": [2.0, -1.0, 0.5, -0.8, 1.8],
        },
        "early",
        "baseline",
    )
    assert found == {"baseline": RankRange(2, 3), "early": RankRange(1, 2), "middle": RankRange(1, 3)}


def test_pipelines_share_the_chance_of_a_false_rank():
    means = {"baseline": 0, "early": 0.6, "replay": -0.6}
    apart = ranges(means, 5, pipelines=1)
    assert apart["early"] == RankRange(1, 1)
    assert ranges(means, 5, pipelines=10**6) == dict.fromkeys(means, RankRange(1, 3))


def test_an_undecided_primary_leaves_every_place_open():
    found = ranges({"baseline": 0, "early": 0, "replay": 50})
    assert set(found.values()) == {RankRange(1, 3)}


def test_below_five_seeds_only_the_primary_contrast_moves_a_rank():
    found = ranges({"baseline": 0, "early": 2, "replay": 50}, seeds=4)
    assert found == {"baseline": RankRange(2, 3), "early": RankRange(1, 2), "replay": RankRange(1, 3)}


def test_one_seed_gives_no_rank():
    assert ranges({"baseline": 0, "early": 9}, seeds=1) == {"baseline": None, "early": None}


def test_a_barred_row_is_apart_from_nobody():
    assert ranges({"baseline": 0, "early": 2, "limited": 50}, barred=["limited"])["limited"] == RankRange(1, 3)


def test_which_rows_are_apart_does_not_depend_on_what_else_is_on_the_board():
    rows = board({"baseline": 0, "early": 2, "a": 0.25, "b": 0.5, "c": 0.75, "d": 1.0, "e": 1.25})
    few = {name: rows[name] for name in ("baseline", "early", "a", "d")}
    places = rank_ranges(few, "early", "baseline")
    for name in ("b", "c", "e"):
        few[name] = rows[name]
    more = rank_ranges(few, "early", "baseline")
    above = {name: places[name].best - 1 for name in places}
    assert all(more[name].best - 1 >= above[name] for name in places)  # who was above still is
    assert places["a"].worst - places["a"].best <= more["a"].worst - more["a"].best


def test_a_family_below_eight_is_refused():
    with pytest.raises(ValueError, match="at least 8"):
        ranges({"baseline": 0, "early": 1}, family=1)


def test_unequal_seeds_and_too_many_rows_are_refused():
    with pytest.raises(ValueError, match="unequal seeds"):
        rank_ranges({"baseline": [1.0, 2.0], "early": [1.0]}, "early", "baseline")
    with pytest.raises(ValueError, match="10 rows"):
        rank_ranges({f"r{i}": [1.0, 2.0] for i in range(10)}, "r1", "r0")
