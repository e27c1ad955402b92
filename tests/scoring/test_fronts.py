from itertools import combinations

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from earlyexp_bench.scoring import choose_points, hypervolume, lower_hull, pareto_front

NADIR = (6.0, 5.0)
# Few distinct values, so that ties and points on the nadir happen.
clouds = st.integers(1, 12).flatmap(
    lambda n: arrays(np.float64, (n, 2), elements=st.integers(0, 28).map(lambda v: v / 4))
)


@given(clouds)
def test_hypervolume_agrees_with_moocore(points):
    assert hypervolume(points, NADIR) == pytest.approx(moocore.hypervolume(points, ref=NADIR))


@given(clouds)
def test_the_front_is_the_non_dominated_set_without_copies(points):
    front = points[pareto_front(points)]
    expected = np.unique(points[moocore.is_nondominated(points, keep_weakly=False)], axis=0)
    np.testing.assert_array_equal(np.unique(front, axis=0), expected)
    assert len(front) == len(expected)


def test_of_equal_points_the_first_is_kept_whatever_stands_between():
    assert pareto_front([(1, 2), (0, 3), (1, 2), (0, 3)]).tolist() == [1, 0]


def test_no_points_have_no_volume():
    assert hypervolume([], NADIR) == 0.0
    assert pareto_front([]).tolist() == []


def test_a_point_worse_than_the_nadir_on_one_axis_earns_nothing():
    assert hypervolume([(6.1, 0.0), (0.0, 5.0)], NADIR) == 0.0


def test_only_the_staircase_is_credited_not_the_line_between_points():
    assert hypervolume([(4, 4), (5, 3)], NADIR) == pytest.approx(2 * 1 + 1 * 1)


@given(clouds, st.integers(1, 4))
def test_the_chosen_points_have_the_largest_hypervolume_of_all_subsets(points, count):
    chosen = choose_points(points, count, NADIR)
    subsets = combinations(range(len(points)), min(count, len(points)))
    best = max(hypervolume(points[list(subset)], NADIR) for subset in subsets)
    assert len(chosen) <= count
    assert hypervolume(points[chosen], NADIR) == pytest.approx(best)


def test_the_hull_leaves_out_a_front_point_above_the_line_of_its_neighbours():
    points = [(0, 4), (1, 3.5), (2, 1), (4, 0)]
    assert pareto_front(points).tolist() == [0, 1, 2, 3]
    assert lower_hull(points).tolist() == [0, 2, 3]


def test_losses_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        hypervolume([(1.0, float("nan"))], NADIR)


@pytest.mark.parametrize("ask", [pareto_front, lower_hull, lambda p: hypervolume(p, NADIR)])
@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.ones((2, 4)), r"shape \(2, 4\), expected \(n, 2\)"),
        ([1.0, 2.0, 3.0, 4.0], r"shape \(4,\), expected \(n, 2\)"),
        ([(1.0, 2.0), (np.nan, 1.0)], "point 1"),
        ([(1.0, np.inf)], "point 0"),
    ],
)
def test_what_are_no_points_is_refused(ask, points, message):
    with pytest.raises(ValueError, match=message):
        ask(points)


@pytest.mark.parametrize("nadir", [(6.0,), (np.nan, 5.0), (np.inf, 5.0), 6.0])
def test_what_is_no_nadir_is_refused(nadir):
    with pytest.raises(ValueError, match="two finite losses"):
        hypervolume([(1.0, 2.0)], nadir)


def test_to_choose_no_point_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        choose_points([(1.0, 2.0)], 0, NADIR)
