"""A short version of benchmarks/stats/coverage.py: what the choice of interval and of test promises."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stats" / "coverage.py"
SPEC = importlib.util.spec_from_file_location("coverage_simulation", SCRIPT)
simulation = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(simulation)


def three_errors_above(rate, boards):
    return rate + 3 * np.sqrt(rate * (1 - rate) / boards)


@pytest.mark.parametrize("noise", ["normal", "heavy", "skewed"])
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_the_interval_covers_in_the_worst_row_where_the_others_do_not(seeds, noise):
    differences = simulation.draw_differences(np.random.default_rng(seeds), 8000, seeds, noise)
    assert simulation.student_covers(differences).min() >= 0.93
    assert simulation.pooled_covers(differences).min() < 0.92
    assert simulation.bootstrap_covers(differences, resamples=299).min() < 0.93


@pytest.mark.parametrize(("pipelines", "seeds"), [(1, 3), (1, 5), (1, 10), (4, 5)])
def test_a_board_without_differences_seldom_says_better_or_worse(pipelines, seeds):
    boards = 4000
    scores = simulation.draw_boards(np.random.default_rng(seeds), boards, pipelines, seeds, "normal")
    verdicts, ranks = simulation.false_findings(scores, 0.0)
    assert 0.0 < verdicts < three_errors_above(0.05, boards)
    assert ranks < three_errors_above(0.05, boards)


@pytest.mark.parametrize("pipelines", [1, 2])
def test_behind_an_open_gate_the_other_rows_are_seldom_called_better_or_worse(pipelines):
    boards = 1500
    scores = simulation.draw_boards(np.random.default_rng(1), boards, pipelines, 5, "normal")
    verdicts, ranks = simulation.false_findings(scores, 50.0)
    assert 0.0 < verdicts < three_errors_above(0.05, boards)
    assert ranks < three_errors_above(0.05, boards)
