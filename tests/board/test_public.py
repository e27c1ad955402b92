"""The package's own functions: what a notebook calls."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import earlyexp_bench
from earlyexp_bench.contracts import UserError

NAMES = ["check", "claims", "plan", "report", "run", "tune"]


def test_importing_the_package_loads_nothing_and_its_names_are_functions_with_documented_arguments() -> None:
    code = "import sys, earlyexp_bench; print([m for m in sys.modules if m.startswith('earlyexp_bench.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert earlyexp_bench.__all__ == NAMES
    for name in NAMES:
        function = getattr(earlyexp_bench, name)
        documented = inspect.getdoc(function) or ""
        assert all(f"\n    {argument}: " in documented for argument in inspect.signature(function).parameters)


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'leaderboard'"):
        earlyexp_bench.leaderboard  # noqa: B018


def test_plan_report_and_claims_are_the_commands_without_the_printing(tmp_path: Path) -> None:
    here = Path.cwd()
    prepared = earlyexp_bench.plan("smoke", store=tmp_path / "store", seeds=[0])
    assert {status.state for status in prepared.statuses} == {"miss"}
    with pytest.raises(UserError, match="is no store"):
        earlyexp_bench.report("smoke", store=str(tmp_path / "store"), out=tmp_path)
    with pytest.raises(UserError, match="states no claims"):
        earlyexp_bench.claims("smoke", store=tmp_path / "store")
    with pytest.raises(UserError, match="--seeds names 77"):
        earlyexp_bench.run("smoke", seeds=[77], store=tmp_path / "store", out=tmp_path)
    assert Path(os.curdir).resolve() == here


def test_one_override_may_be_given_as_text() -> None:
    with pytest.raises(UserError, match=r"nothing_such"):
        earlyexp_bench.plan("smoke", overrides="nothing_such=1")
