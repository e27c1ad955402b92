import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

# Small enough that a run takes seconds, whole enough that every stage does.
TINY = (
    "pretraining.tokens=8K",
    "target_tokens=2K",
    "posttraining.max_tokens=6K",
    "finetuning.tokens=3K",
    "finetuning.sweep.learning_rate=[5e-4, 2e-3]",
    "evaluators=[{use: loss, max_documents: 5}, {use: answer-loss, max_documents: 5}]",
)


def earlyexp(*arguments: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line as a user does."""
    return subprocess.run(
        [sys.executable, "-P", "-c", "from earlyexp_bench.cli import main; main()", *arguments],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


ARGUMENTS = ["run", "smoke", *(word for setting in TINY for word in ("--set", setting))]


def run_tiny(cwd: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return earlyexp(*ARGUMENTS, *arguments, cwd=cwd, **environment)


run_tiny.arguments = ARGUMENTS


@pytest.fixture(scope="session")
def command() -> Command:
    return earlyexp


@pytest.fixture(scope="session")
def tiny() -> Command:
    """``tiny(cwd, *arguments)`` runs a benchmark of seconds and returns the finished process."""
    return run_tiny


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a tiny run has finished. Tests that change it copy it first."""
    folder = tmp_path_factory.mktemp("finished")
    done = run_tiny(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
