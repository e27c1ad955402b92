import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earlyexp_bench.scoring import matched_gain

NADIR = (6.0, 5.0)
REFERENCE = np.array([(5.8, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 4.8)])


@given(st.floats(0.01, 1.0))
def test_a_curve_that_lies_lower_everywhere_gains_that_much(drop):
    gain = matched_gain(REFERENCE, REFERENCE - (0.0, drop), NADIR)
    assert gain.nats == pytest.approx(drop)
    assert (gain.low, gain.high, gain.coverage) == (4.4, 5.8, 1.0)


def test_a_curve_that_retains_less_has_a_negative_gain():
    assert matched_gain(REFERENCE - (0.0, 0.3), REFERENCE, NADIR).nats == pytest.approx(-0.3)


def test_the_gap_is_a_mean_over_downstream_loss_not_over_points():
    straight = np.array([(5.0, 2.0), (4.0, 3.0)])
    bent = np.array([(5.0, 2.0), (4.9, 2.0), (4.0, 3.0)])  # a triangle of base 1 and height .1 below
    assert matched_gain(straight, bent, NADIR).nats == pytest.approx(0.05, abs=1e-9)


def test_only_the_common_range_counts_and_it_is_reported():
    candidate = np.array([(5.4, 2.5), (4.0, 3.0)])
    gain = matched_gain(REFERENCE, candidate, NADIR)
    assert (gain.low, gain.high) == (4.4, 5.4)
    assert gain.coverage == pytest.approx(1.0 / 1.4)


def test_below_half_of_the_references_range_it_is_undefined():
    gain = matched_gain(REFERENCE, [(5.8, 3.0), (5.3, 3.1)], NADIR)
    assert gain.nats is None
    assert "36%" in gain.reason


def test_points_beyond_the_nadir_are_left_out():
    beyond = np.vstack([REFERENCE, [(4.2, 9.0)], [(6.5, 1.0)]])
    assert matched_gain(REFERENCE, beyond, NADIR).nats == pytest.approx(0.0)


@pytest.mark.parametrize("lost", [(4.8, 9.0), (np.inf, np.inf)], ids=["beyond the nadir", "diverged"])
def test_nothing_is_joined_across_a_point_that_was_left_out(lost):
    torn = np.insert(REFERENCE, 2, lost, axis=0)
    gain = matched_gain(REFERENCE, torn, NADIR)
    assert gain.nats is None
    assert "the recipe has no two adjacent rates around 4.6" in gain.reason
    assert "the reference has no" in matched_gain(torn, REFERENCE, NADIR).reason


@given(st.permutations(range(4)), st.permutations(range(4)))
def test_bare_fronts_come_in_any_order_and_lose_no_point(ours, theirs):
    gain = matched_gain(REFERENCE[theirs], (REFERENCE - (0.0, 0.3))[ours])
    assert gain.nats == pytest.approx(0.3)
    assert matched_gain(REFERENCE + 9.0, REFERENCE + np.array((9.0, 8.5))).nats == pytest.approx(0.5)


def test_a_dominated_point_of_a_bare_front_counts_for_nothing():
    with_a_bad_run = np.vstack([REFERENCE, (5.4, 9.0)])
    assert matched_gain(with_a_bad_run, REFERENCE).nats == matched_gain(REFERENCE, with_a_bad_run).nats == 0.0
    alone = matched_gain(REFERENCE, [(5.0, 3.0), (5.1, 3.1)])
    assert (alone.nats, alone.reason) == (None, "the recipe has 1 of at least 2 points that no other dominates")


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([(5.8, 3.0), (5.0, np.nan)], "point 1 is"),
        ([(5.8, 3.0), (5.0, -np.inf)], "finite"),
        (REFERENCE.T, "expected \\(n, 2\\)"),
        ([5.8, 3.0], "expected \\(n, 2\\)"),
    ],
)
@pytest.mark.parametrize("nadir", [NADIR, None])
def test_what_is_no_curve_is_refused(points, message, nadir):
    with pytest.raises(ValueError, match=message):
        matched_gain(REFERENCE, points, nadir)
    with pytest.raises(ValueError, match=message):
        matched_gain(points, REFERENCE, nadir)


def test_one_point_has_no_curve():
    gain = matched_gain(REFERENCE, [(5.0, 2.0), (4.0, 7.0)], NADIR)
    assert gain.nats is None
    assert "recipe has 1 of at least 2 points" in gain.reason


def test_where_a_curve_bends_back_its_lower_branch_counts():
    back = np.array([(5.0, 2.0), (4.0, 3.0), (5.0, 4.0)])
    assert matched_gain(back[:2], back, NADIR).nats == pytest.approx(0.0)
