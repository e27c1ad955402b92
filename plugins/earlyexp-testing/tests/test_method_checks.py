"""Every broken method is caught by the check that is about its defect, and by no other; sound ones pass."""

import sys
from pathlib import Path

import pytest

from earlyexp_testing import conformance_tests
from earlyexp_testing.conformance.run import check_plugin

BROKEN = Path(__file__).parent / "broken" / "methods"
PARTS = 3


def expected_of(part, monkeypatch):
    monkeypatch.syspath_prepend(str(BROKEN))
    expected = sys.modules.get("earlyexp_broken_methods") or __import__("earlyexp_broken_methods")
    return dict(list(expected.EXPECTED.items())[part::PARTS])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_each_defect_is_caught_by_its_check_alone(part, caught, monkeypatch):
    expected = expected_of(part, monkeypatch)
    assert len(expected) > 15
    assert caught("methods", *expected) == {name: [check] if check else [] for name, check in expected.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lora", "replay", "dropout"])
def test_the_methods_built_in_keep_every_promise(name):
    outcomes = list(check_plugin(name))
    assert [problem for outcome in outcomes for problem in outcome.problems] == []
    made = {outcome.check for outcome in outcomes if outcome.kind == "method"}
    assert made == {
        *("method-descriptions", "method-json", "method-runs", "method-trains", "method-keeps", "method-same-bits"),
        *("method-resumes", "method-same-key", "method-budget", "method-network", "method-shared-state"),
        *("method-inputs", "method-surroundings"),
    }


def test_a_package_names_its_tests_after_what_is_checked():
    (mark,) = conformance_tests("lora").pytestmark
    ids = [case.id for case in mark.args[1]]
    assert "builtin/lora-method-trains" in ids
    assert "builtin-plugin-seconds" in ids
    assert not [name for name in ids if "replay" in name or "domain" in name]
