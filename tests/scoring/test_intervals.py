import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from earlyexp_bench.scoring.intervals import (
    board_interval,
    detectable_gain,
    error_share,
    verdict_of,
    without_spread,
)
from earlyexp_bench.scoring.power import detectable_effect

gains = st.lists(st.floats(-3, 3).map(lambda v: round(v, 3)), min_size=2, max_size=20, unique=True)


@given(st.integers(1, 6), st.integers(8, 30))
def test_all_intervals_of_a_board_spend_five_per_cent(pipelines, family):
    shares = [error_share(pipelines, primary=True, family=family)]
    shares += [error_share(pipelines, primary=False, family=family)] * (family - 1)
    assert sum(shares) * pipelines == pytest.approx(0.05)
    assert shares[0] * pipelines == pytest.approx(0.025)


def test_the_interval_is_students_at_that_level():
    values = [0.1, 0.4, 0.2, 0.5, 0.3]
    half = stats.t.ppf(1 - 0.05 / 2 / 14 / 2, 4) * np.std(values, ddof=1) / math.sqrt(5)
    interval = board_interval(values, 2, primary=False)
    assert (interval.mean, interval.n) == (pytest.approx(0.3), 5)
    assert (interval.low, interval.high) == pytest.approx((0.3 - half, 0.3 + half))
    primary = board_interval(values, 2, primary=True)
    assert interval.low < primary.low < primary.high < interval.high


def test_one_seed_has_a_mean_and_no_interval():
    interval = board_interval([0.3], 1, primary=True)
    assert (interval.mean, interval.low, interval.high) == (0.3, None, None)
    assert verdict_of(interval) == "none"


@given(gains)
def test_a_verdict_is_where_the_interval_lies(values):
    interval = board_interval(values, 1, primary=True)
    mirrored = board_interval([-value for value in values], 1, primary=True)
    opposite = {"better": "worse", "worse": "better", "not told apart": "not told apart"}
    assert verdict_of(mirrored) == opposite[verdict_of(interval)]
    assert (verdict_of(interval) == "better") == (interval.low > 0)


def test_what_does_not_vary_over_seeds_has_no_verdict():
    assert without_spread([0.3] * 5)
    assert without_spread([0.3])
    assert verdict_of(board_interval([0.3] * 5, 1, primary=True)) == "none"
    assert detectable_gain([0.3] * 5, 1, primary=True) is None


@pytest.mark.parametrize(("seeds", "primary", "other"), [(20, 0.17, 0.21), (10, 0.27, 0.36), (5, 0.52, 0.87)])
def test_detectable_gains_are_those_that_the_protocol_prints(seeds, primary, other):
    for nats, is_primary in ((primary, True), (other, False)):
        found = 0.21 * detectable_effect(seeds, error_share(2, primary=is_primary))
        assert found == pytest.approx(nats, abs=0.006)


@pytest.mark.parametrize(("pipelines", "family", "message"), [(0, 8, "pipeline"), (1, 7, "family of 7")])
def test_a_board_without_pipelines_or_with_a_small_family_is_refused(pipelines, family, message):
    with pytest.raises(ValueError, match=message):
        error_share(pipelines, primary=True, family=family)
