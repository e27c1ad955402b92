"""A short version of benchmarks/stats/claims.py: claims are seldom given a false verdict, even at their borders."""

from pathlib import Path

import numpy as np
import pytest
from scripts import load_script

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "stats" / "claims.py"
simulation = load_script(SCRIPT, "claims_simulation")
STUDIES = 1000


def three_errors_above(rate):
    return rate + 3 * np.sqrt(rate * (1 - rate) / STUDIES)


@pytest.mark.parametrize("case", simulation.CASES, ids=lambda case: case.name)
def test_false_verdicts_are_at_most_one_in_twenty(case):
    assert simulation.false_rate(case, "normal", 5, STUDIES) <= three_errors_above(0.05)


def test_contradictions_of_a_claim_that_holds_are_at_most_one_in_forty():
    (case,) = (case for case in simulation.CASES if case.name == "R4 no gain, noise of each level: not contradicted")
    assert 0 < simulation.false_rate(case, "normal", 5, STUDIES) <= three_errors_above(0.025)


def test_the_papers_u_is_seldom_found_at_ten_seeds_and_a_spread_of_a_fifth_of_a_nat():
    depth, passed, supported = simulation.u_found(0.2, 10, STUDIES)
    assert depth > 0.2
    assert passed < 0.1
    assert supported == 0.0
    assert simulation.u_found(0.05, 10, STUDIES)[2] > 0.8
