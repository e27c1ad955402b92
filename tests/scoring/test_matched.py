import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earlyexp_bench.scoring.matched import (
    Setting,
    best_matched_loss,
    frozen_levels,
    matched_loss,
    mean_curve,
)

NADIR = 4.0
LEVELS = (3.5, 3.0, 2.5)
# Downstream falls and retained rises with the rate; at 3.5, 3.0 and 2.5 it retains 1.5, 2.0 and 2.5.
CURVE = [(4.0, 1.0), (3.0, 2.0), (2.0, 3.0)]
losses = st.floats(1.0, 6.0).map(lambda value: round(value, 3))
curves = st.lists(st.tuples(losses, losses), min_size=1, max_size=6)
gone = st.sampled_from([(np.inf, np.inf), (np.nan, np.nan)])
torn = st.lists(st.one_of(st.tuples(losses, losses), gone), min_size=1, max_size=6)


def retained(points, levels=LEVELS, nadir=NADIR, **more):
    return [level.retained for level in matched_loss(points, levels, nadir, **more).levels]


def how(points, levels=LEVELS):
    return [level.how for level in matched_loss(points, levels, NADIR).levels]


def test_between_two_rates_it_is_read_off_the_line():
    assert retained(CURVE) == pytest.approx([1.5, 2.0, 2.5])
    assert matched_loss(CURVE, LEVELS, NADIR).nats == pytest.approx(2.0)
    assert how(CURVE) == ["crossed"] * 3


def test_a_loss_above_the_nadir_counts_as_the_nadir_before_the_line_is_drawn():
    # From (3, 2) to (2, 6): the cap makes that (2, 4), so that 2.5 is 3 and not 4 (as if the line were capped).
    points = [(4.0, 1.0), (3.0, 2.0), (2.0, 6.0)]
    assert retained(points)[2] == pytest.approx(3.0)
    assert retained(points, capped=False)[2] == pytest.approx(4.0)


def test_the_first_crossing_counts_where_a_curve_comes_back():
    there_and_back = [(4.0, 1.0), (2.0, 2.0), (4.0, 2.5), (2.0, 3.5)]
    assert retained(there_and_back) == pytest.approx([1.25, 1.5, 1.75])


def test_rates_keep_their_order_and_are_not_sorted_by_loss():
    first_worse = [(3.6, 1.0), (4.0, 1.2), (2.0, 3.2)]
    assert retained(first_worse)[0] == pytest.approx(1.2 + 2.0 * 0.5 / 2.0)


def test_where_the_gentlest_rate_has_learned_more_its_own_loss_counts():
    assert retained(CURVE, (4.5, 3.0, 2.5)) == pytest.approx([1.0, 2.0, 2.5])
    assert how(CURVE, (4.5, 3.0, 2.5)) == ["clamped", "crossed", "crossed"]
    assert how(CURVE, (4.0, 3.0, 2.5))[0] == "crossed"  # exactly at the level is no clamping


def test_where_no_rate_reaches_the_level_the_nadir_counts():
    assert retained(CURVE, (3.0, 2.0, 1.9)) == pytest.approx([2.0, 3.0, NADIR])
    assert how(CURVE, (3.0, 2.0, 1.9)) == ["crossed", "crossed", "not reached"]


@pytest.mark.parametrize("lost", [(np.inf, np.inf), (np.nan, np.nan), (2.6, np.nan), (np.nan, 1.0)])
def test_a_run_without_finite_losses_counts_the_nadir_from_there_on(lost):
    points = [(4.0, 1.0), (3.0, 2.0), lost, (2.0, 3.0)]
    assert retained(points) == pytest.approx([1.5, 2.0, NADIR])
    assert how(points) == ["crossed", "crossed", "failed"]
    assert retained([lost, *CURVE]) == [NADIR] * 3
    assert retained([*CURVE, lost]) == retained(CURVE)


@given(torn)
def test_every_seed_has_a_finite_loss_of_at_most_the_nadir(points):
    loss = matched_loss(points, LEVELS, NADIR)
    assert np.isfinite(loss.nats)
    assert all(level.retained <= NADIR for level in loss.levels)


@given(curves, st.floats(0.01, 1.0))
def test_who_retains_more_at_every_rate_has_no_higher_matched_loss(points, drop):
    lower = [(x, y - drop) for x, y in points]
    assert matched_loss(lower, LEVELS, NADIR).nats <= matched_loss(points, LEVELS, NADIR).nats + 1e-12


@given(curves)
def test_a_run_on_the_line_changes_nothing(points):
    (x, y), (u, v) = (points[0], points[1]) if len(points) > 1 else (points[0], points[0])
    between = ((x + u) / 2, (min(y, NADIR) + min(v, NADIR)) / 2)
    assert retained([points[0], between, *points[1:]]) == pytest.approx(retained(points))


@pytest.mark.parametrize(
    ("points", "levels", "nadir", "message"),
    [
        ([], LEVELS, NADIR, "needs points"),
        (CURVE, (), NADIR, "needs points and levels"),
        (CURVE, (2.5, 3.0, 3.5), NADIR, "must fall"),
        (CURVE, (3.0, 3.0, 2.0), NADIR, "must fall"),
        (CURVE, LEVELS, np.inf, "finite"),
        (CURVE, (3.0, np.nan, 2.0), NADIR, "finite"),
    ],
)
def test_what_cannot_be_read_is_refused(points, levels, nadir, message):
    with pytest.raises(ValueError, match=message):
        matched_loss(points, levels, nadir)


def test_of_several_settings_each_level_takes_the_lowest_on_validation_and_reads_it_on_test():
    good_early = [(4.0, 1.0), (2.0, 4.0)]  # 1.75, 2.5, 3.25
    good_late = [(4.0, 2.0), (2.0, 2.5)]  # 2.125, 2.25, 2.375
    unlucky = [(4.0, 3.0), (2.0, 3.0)]
    settings = [Setting(good_early, unlucky), Setting(good_late, CURVE)]
    loss = best_matched_loss(settings, LEVELS, NADIR, NADIR)
    assert [level.retained for level in loss.levels] == pytest.approx([3.0, 2.0, 2.5])
    backwards = best_matched_loss(settings[::-1], LEVELS, NADIR, NADIR)
    assert backwards == loss


def test_a_chosen_setting_that_does_not_cross_on_test_counts_the_nadir():
    short = [(4.0, 1.0), (3.2, 1.1)]
    loss = best_matched_loss([Setting(CURVE, short), Setting([(4.0, 3.9)], CURVE)], LEVELS, NADIR, NADIR)
    assert [level.how for level in loss.levels] == ["crossed", "not reached", "not reached"]
    assert loss.levels[1].retained == NADIR


def test_settings_that_tie_are_told_apart_by_who_learned_more_on_validation():
    lost, more = [(4.0, 1.0), (3.9, 1.2)], [(4.0, 1.0), (3.8, 1.2)]  # neither reaches a level: both count the nadir
    loss = best_matched_loss([Setting(lost, [(4.0, 3.0)]), Setting(more, CURVE)], LEVELS, NADIR, NADIR)
    assert loss == matched_loss(CURVE, LEVELS, NADIR)


def test_each_split_has_its_own_nadir():
    worn = [(4.0, 5.0), (2.0, 5.0)]
    loss = best_matched_loss([Setting(worn, CURVE), Setting(CURVE, worn)], LEVELS, NADIR, 5.0)
    assert loss == matched_loss(worn, LEVELS, NADIR)


def test_one_setting_is_its_own_best():
    assert best_matched_loss([Setting([(9.0, 9.0)], CURVE)], LEVELS, NADIR, NADIR) == matched_loss(CURVE, LEVELS, NADIR)
    with pytest.raises(ValueError, match="at least one"):
        best_matched_loss([], LEVELS, NADIR, NADIR)


def test_a_mean_curve_caps_each_run_before_it_averages():
    curves = [[(4.0, 1.0), (2.0, 9.0)], [(3.0, 2.0), (2.5, 3.0)]]
    assert mean_curve(curves, NADIR) == [(3.5, 1.5), (2.25, 3.5)]
    with pytest.raises(ValueError, match="equally many"):
        mean_curve([[(4.0, 1.0)], [(3.0, 2.0), (2.5, 3.0)]], NADIR)
    with pytest.raises(ValueError, match="diverged"):
        mean_curve([[(np.inf, np.inf)]], NADIR)


def test_levels_lie_a_quarter_a_half_and_three_quarters_of_the_way():
    # From an immediate loss of 0 to 4: retained 1, 2 and 3.
    assert frozen_levels([(4.0, 0.5), (3.5, 1.5), (2.5, 3.5)], 0.0, 4.0) == pytest.approx((3.75, 3.25, 2.75))
    assert frozen_levels(CURVE, 0.0, 4.0) == pytest.approx((4.0, 3.0, 2.0))


@pytest.mark.parametrize(
    ("points", "immediate", "message"),
    [
        ([(4.0, 1.5), (2.0, 3.5)], 0.0, "gentler"),
        ([(4.0, 0.5), (2.0, 2.5)], 0.0, "larger"),
        (CURVE, 4.0, "nothing was acquired"),
        ([(2.0, 0.5), (3.0, 1.5), (4.0, 3.5)], 0.0, "must fall"),
    ],
)
def test_levels_need_rates_that_bracket_them(points, immediate, message):
    with pytest.raises(ValueError, match=message):
        frozen_levels(points, immediate, 4.0)


@given(st.floats(0.1, 2.0))
def test_the_curve_that_levels_come_from_goes_just_so_far_at_them(immediate):
    points = [(5.0, immediate), (4.2, immediate + 0.1), (3.0, 3.0), (2.5, 3.9)]
    at = retained(points, frozen_levels(points, immediate, NADIR))
    assert at == pytest.approx([immediate + share * (NADIR - immediate) for share in (0.25, 0.5, 0.75)])
