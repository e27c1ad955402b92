"""The scripts that measure speed and memory run: they call what the package has now."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks/perf"
SMALL = {
    "memory.py": ["--tokens=50000", "--directory=."],
    "planning.py": ["1"],
    "training.py": ["--rounds=1", "--steps=1"],
}


def test_every_script_is_run_here():
    assert {path.name for path in FOLDER.glob("*.py")} == set(SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("script", SMALL)
def test_a_script_measures_something_small(script, tmp_path):
    command = [sys.executable, str(FOLDER / script), *SMALL[script]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
