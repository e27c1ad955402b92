"""A machine without the portable instruction set runs the same benchmark natively, under keys of its own."""

from pathlib import Path
from typing import Any

import pytest

from earlyexp_bench.cli.output import plan_lines, to_do
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan
from earlyexp_bench.planning.prepare import prepare

PORTABLE = ("numerics.instruction_set=portable",)
NATIVE = "numerics.instruction_set=native"


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``planned(here, *overrides)`` plans smoke on a machine that has the portable instruction set, or has not."""

    def plan(here: bool, *overrides: str) -> Any:
        monkeypatch.setattr("earlyexp_bench.planning.native.portable_here", lambda: here)
        return prepare(Options("smoke", store=tmp_path / "store", overrides=overrides))

    return plan


def keys(plan: Plan) -> dict[bool, set[str]]:
    """Keys of stages that make no tensor, and of those that do."""
    return {trains: {n.key for n in plan.nodes if bool(n.spec.numerics) is trains} for trains in (False, True)}


def test_its_stages_have_keys_of_their_own_but_data_are_the_same(planned: Any) -> None:
    published, here = keys(planned(True, *PORTABLE).plan), keys(planned(False, *PORTABLE).plan)
    assert not published[True] & here[True]
    assert published[False] == here[False]
    assert here == keys(planned(True, NATIVE).plan)


def test_it_is_the_same_benchmark_and_plan_and_run_say_in_a_line_what_differs(planned: Any) -> None:
    published, here = planned(True, *PORTABLE), planned(False, *PORTABLE)
    assert here.plan.loaded.board == published.plan.loaded.board
    assert here.plan.loaded.protocol == published.plan.loaded.protocol
    for lines_of in (plan_lines, to_do):
        said = [[line for line in lines_of(one) if "no portable instruction" in line] for one in (published, here)]
        assert [len(lines) for lines in said] == [0, 1]


def test_what_asks_for_the_native_one_is_what_it_was_everywhere(planned: Any) -> None:
    assert keys(planned(False, NATIVE).plan) == keys(planned(True, NATIVE).plan)
    assert not planned(False, NATIVE).plan.loaded.native_instead
