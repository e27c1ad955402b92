"""The benchmark's scoring functions give the areas of fronts that are known in closed form."""

import numpy as np
import pytest

from earlyexp_bench.scoring import hypervolume, matched_loss, pareto_front
from earlyexp_theory import front_area, matched_gap, retained_loss

NADIR = (0.6, 1.5)


def front(distance, low, high, count):
    """Points at equal steps of √x, shape (count, 2)."""
    downstream = np.linspace(np.sqrt(low), np.sqrt(high), count) ** 2
    return np.array([(x, retained_loss(x, distance)) for x in downstream])


def test_every_point_of_a_front_is_on_the_front():
    points = front(1.2, 0.0, 0.5, 50)
    assert pareto_front(points[::-1]).tolist() == list(range(49, -1, -1))


@pytest.mark.parametrize(("distance", "high"), [(1.2, 0.5), (0.8, 0.32)])
def test_staircases_approach_the_area_of_the_front_from_below(distance, high):
    exact = front_area(distance, 0.01, high, NADIR)
    coarse, middle, fine = (hypervolume(front(distance, 0.01, high, count), NADIR) for count in (1001, 2001, 4001))
    assert coarse < middle < fine < exact
    assert (coarse - 6 * middle + 8 * fine) / 3 == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(("reference", "candidate", "sign"), [(1.2, 0.9, 1), (0.9, 1.2, -1), (1.0, 1.0, 0)])
def test_the_gain_at_many_levels_is_the_mean_gap_with_its_sign(reference, candidate, sign):
    low, high = 0.02, 0.4
    levels = np.linspace(high, low, 2001)
    theirs, ours = (
        matched_loss(front(one, 0.01, 0.45, 4001)[::-1], levels, NADIR[1]).nats for one in (reference, candidate)
    )
    assert theirs - ours == pytest.approx(matched_gap(reference, candidate, low, high), abs=1e-4)
    assert np.sign(round(theirs - ours, 9)) == sign


@pytest.mark.parametrize("distance", [0.9, 1.2])
def test_the_matched_loss_at_a_level_is_the_fronts_own(distance):
    level, points = 0.2, front(distance, 0.01, 0.45, 4001)[::-1]
    assert matched_loss(points, [level], NADIR[1]).nats == pytest.approx(retained_loss(level, distance), abs=1e-7)


def test_where_every_run_has_learned_more_than_a_level_the_first_counts():
    points = front(1.2, 0.1, 0.35, 4001)[::-1]
    assert matched_loss(points, [0.4], NADIR[1]).nats == pytest.approx(retained_loss(0.35, 1.2), abs=1e-12)
