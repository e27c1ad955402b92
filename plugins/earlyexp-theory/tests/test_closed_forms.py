"""Gradient descent on the dense weights follows the closed forms as its step goes to 0."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from earlyexp_theory import (
    Network,
    after_posttraining,
    aligned,
    descend,
    downstream,
    draw_basis,
    draw_strengths,
    general,
    logistic,
    mixture,
    target,
)

ASKED, BASIS = draw_strengths(3), draw_basis(3)
INITIAL = 0.02


def strengths_at(task, time, steps, start=None):
    start = start or aligned(BASIS, INITIAL, 3)
    return descend(start, task, BASIS, time / steps, steps).network.strengths(BASIS)


def flow(task, time, start=None, steps=400):
    """Extrapolate the step to 0 (Richardson, twice), and check that the error is one of first order."""
    coarse, middle, fine = (strengths_at(task, time, steps * factor, start) for factor in (1, 2, 4))
    moved = np.abs(middle - fine) > 1e-9
    assert (coarse - middle)[moved] / (middle - fine)[moved] == pytest.approx(2.0, abs=0.2)
    return (coarse - 6 * middle + 8 * fine) / 3


def network_of(strengths):
    return Network(np.diag(np.sqrt(strengths)) @ BASIS.right.T, BASIS.left @ np.diag(np.sqrt(strengths)))


@pytest.mark.parametrize("time", [1.0, 3.0])
def test_features_seen_alone_grow_logistically(time):
    expected = [logistic(INITIAL, ASKED.invariant, time), logistic(INITIAL, ASKED.general, time), INITIAL]
    assert flow(general(ASKED), time, steps=1600) == pytest.approx(expected, abs=1e-9)


def test_features_seen_together_grow_in_proportion_to_what_is_there():
    before = np.array([0.3, 0.9, 0.05])
    expected = after_posttraining(before, ASKED.invariant, ASKED.target, time=1.0)
    assert expected[1] / expected[2] == pytest.approx(0.9 / 0.05, rel=1e-12)
    assert flow(target(ASKED), 1.0, network_of(before)) == pytest.approx(expected, abs=1e-9)


def test_posttraining_ends_where_the_sum_is_what_the_target_asks_for():
    before = np.array([ASKED.invariant, 0.9, 0.05])
    expected = np.array([ASKED.invariant, *(before[1:] * ASKED.target / 0.95)])
    assert after_posttraining(before, ASKED.invariant, ASKED.target) == pytest.approx(expected, abs=1e-12)
    assert flow(target(ASKED), 10.0, network_of(before)) == pytest.approx(expected, abs=1e-9)


def test_finetuning_leaves_the_specialised_feature_untouched():
    start = network_of(np.array([1.0, 0.8, 0.5]))
    tuned = strengths_at(downstream(ASKED, ASKED.contrary), 3.0, 500, start)
    assert tuned[2] == pytest.approx(0.5, abs=1e-14)
    assert abs(tuned[1] - 0.8) > 0.3


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_exposed_pretraining_rests_where_general_and_target_data_agree(share):
    rested = strengths_at(mixture(general(ASKED), target(ASKED), share), 400.0, 2000)
    assert rested == pytest.approx([ASKED.invariant, ASKED.general, ASKED.target - ASKED.general], abs=1e-9)


def test_exposed_pretraining_follows_its_equation_on_the_way():
    share, time = 0.3, 4.0

    def change(_, strengths):
        c, z = strengths
        pull = share * (ASKED.target - c - z)
        return [2 * c * ((1 - share) * (ASKED.general - c) + pull), 2 * z * pull]

    exact = solve_ivp(change, (0, time), [INITIAL, INITIAL], method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]
    reached = flow(mixture(general(ASKED), target(ASKED), share), time, steps=1600)
    assert reached[1:] == pytest.approx(exact, abs=1e-9)


def test_dense_weights_stay_aligned_although_every_hidden_unit_holds_every_feature():
    start = aligned(BASIS, INITIAL, 3)
    assert np.abs(start.first @ BASIS.right).min() > 1e-4
    trained = descend(start, mixture(general(ASKED), target(ASKED), 0.3), BASIS, 0.1, 2000).network
    assert trained.unaligned(BASIS) < 1e-12


def test_a_learning_rate_that_is_too_high_is_named():
    with pytest.raises(ValueError, match=r"learning rate 9\.0 is too high"), np.errstate(all="ignore"):
        descend(aligned(BASIS, 1.0, 3), target(ASKED), BASIS, 9.0, 100)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_leaves_no_general_data_is_refused(share):
    with pytest.raises(ValueError, match="must be at least 0 and below 1"):
        mixture(general(ASKED), target(ASKED), share)
