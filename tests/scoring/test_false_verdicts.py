"""A short version of benchmarks/stats/verdicts.py: what the rule of a board promises, and where it does not hold."""

from pathlib import Path

import numpy as np
import pytest
from scripts import load_script

from earlyexp_bench.scoring.intervals import board_interval, verdict_of
from earlyexp_bench.scoring.statistics import t_interval

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stats" / "verdicts.py"
simulation = load_script(SCRIPT, "verdict_simulation")
BOARDS = 4000
CASES = {case.name: case for case in simulation.CASES}
HOLDS = [name for name in CASES if "steady" not in name]


def gains_of(name, seeds):
    return simulation.draw_gains(np.random.default_rng(seeds), CASES[name], BOARDS, seeds)


def rate_of(name, seeds):
    return simulation.false_verdicts(gains_of(name, seeds)).any(axis=(1, 2)).mean()


@pytest.mark.parametrize("seeds", simulation.SEEDS)
@pytest.mark.parametrize("name", HOLDS)
def test_a_board_of_equal_recipes_seldom_calls_one_better_or_worse(name, seeds):
    assert 0.01 < rate_of(name, seeds) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / BOARDS)


@pytest.mark.parametrize("seeds", simulation.SEEDS)
def test_it_spends_what_it_may_where_losses_are_normal(seeds):
    assert rate_of("normal", seeds) > 0.035
    own = simulation.own_coverage(gains_of("normal", seeds))
    np.testing.assert_allclose(own, 0.95, atol=0.015)


@pytest.mark.parametrize(
    ("name", "least"),
    [("exponential, steady reference", 0.2), ("two values, one run in ten, steady reference", 0.7)],
)
def test_it_fails_where_the_docs_say_so(name, least):
    assert min(rate_of(name, seeds) for seeds in simulation.SEEDS) > least


@pytest.mark.parametrize("primary", [True, False])
@pytest.mark.parametrize("seeds", simulation.SEEDS)
def test_a_gain_of_the_size_that_is_printed_is_found_in_four_of_five_cases(seeds, primary):
    found = simulation.found_share(np.random.default_rng(seeds), seeds, BOARDS, primary=primary)
    assert found == pytest.approx(0.8, abs=3 * np.sqrt(0.8 * 0.2 / BOARDS))


@pytest.mark.parametrize("seeds", simulation.SEEDS)
def test_the_simulation_judges_as_boards_do(seeds):
    for board in gains_of("exponential, steady reference", seeds)[:50]:
        called = simulation.false_verdicts(board[None])[0]
        for pipeline, rows in enumerate(board):
            for row, gains in enumerate(rows):
                interval = board_interval(gains.tolist(), simulation.PIPELINES, primary=row == 0)
                assert called[pipeline, row] == (verdict_of(interval) in ("better", "worse"))
                own = t_interval(gains.tolist())
                assert simulation.own_coverage(gains[None, None, None])[0, 0] == (own.low <= 0 <= own.high)
