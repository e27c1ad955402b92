import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from earlyexp_bench.scoring import t_interval, t_test


@given(st.lists(st.floats(-3, 3).map(lambda v: round(v, 3)), min_size=2, max_size=10, unique=True))
def test_interval_and_test_are_students(values):
    theirs = stats.ttest_1samp(values, 0.0)
    low, high = theirs.confidence_interval(0.95)
    estimate = t_interval(values)
    assert (estimate.low, estimate.high) == pytest.approx((low, high))
    assert t_test(values) == pytest.approx(theirs.pvalue)


def test_one_seed_gives_no_interval():
    estimate = t_interval([0.3])
    assert (estimate.mean, estimate.low, estimate.high, estimate.n) == (0.3, None, None, 1)
    with pytest.raises(ValueError, match="two"):
        t_test([0.3])


@pytest.mark.parametrize("n", [3, 5, 10])
def test_interval_covers_the_truth_95_times_in_100(n):
    draws = np.random.default_rng(n).normal(1.0, 1.0, (2000, n))
    covered = [estimate.low <= 1.0 <= estimate.high for estimate in map(t_interval, draws.tolist())]
    assert 0.935 < np.mean(covered) < 0.965


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_not_a_number_has_no_interval_and_no_test(wrong):
    for ask in (t_interval, t_test):
        with pytest.raises(ValueError, match="finite"):
            ask([1.0, wrong, 2.0])


def test_what_the_arithmetic_left_is_no_difference():
    assert t_test([4e-13] * 5) == 1.0
    assert t_test([1e-17, 2e-17, 1e-17, 1e-17, 2e-17]) == 1.0


def test_what_does_not_vary_over_seeds_is_evidence_of_nothing():
    assert t_test([0.1] * 5) == 1.0
