"""A short version of benchmarks/stats/claims.py: claims are seldom given a false verdict, even at their borders."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "stats" / "claims.py"
SPEC = importlib.util.spec_from_file_location("claims_simulation", SCRIPT)
simulation = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = simulation  # dataclasses look their module up
SPEC.loader.exec_module(simulation)
STUDIES = 2000


@pytest.mark.parametrize("case", simulation.CASES, ids=lambda case: case.name)
def test_false_verdicts_are_at_most_one_in_twenty(case):
    rate = simulation.false_rate(case, "normal", 5, STUDIES)
    assert rate <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / STUDIES)
