"""Every broken light half is caught by the check that is about its defect, and by no other."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_testing.conformance.subject import find_subjects

BROKEN = Path(__file__).parent / "broken" / "plugins"


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from earlyexp_bench.cli import main; main()", "plugins", "check", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_each_defect_is_caught_by_its_check_alone(monkeypatch):
    monkeypatch.syspath_prepend(str(BROKEN))
    expected = importlib.import_module("earlyexp_broken_plugins").EXPECTED
    loaded = "broken-plugins,music,claims"
    done = command("earlyexp-broken-plugins", "--json", PYTHONPATH=str(BROKEN), EARLYEXP_PLUGINS=loaded)
    assert done.returncode == 1, done.stderr
    checks = [check for check in json.loads(done.stdout)["checks"] if check["kind"] == "plugin"]
    found = {
        name: [
            check["check"]
            for check in checks
            if check["subject"] == f"broken-{name.replace('_', '-')}" and check["problems"]
        ]
        for name in expected
    }
    alone = {name: [check] if check else [] for name, check in expected.items()}
    # Whoever ends its process when its hooks are called again ends every check that calls them.
    assert found == alone | {"ends_its_process": ["plugin-hooks", "plugin-surroundings"]}
    # A check that is not made is not listed: what cannot be loaded has no hooks to check.
    made = {check["check"] for check in checks if check["subject"] == "broken-raises"}
    assert made == {"plugin-loads", "plugin-network", "plugin-surroundings"}
    told = {check["subject"]: check["problems"] for check in checks if check["problems"]}
    assert (
        "broken-absent.yaml is registered and not there: name the file in the package's data"
        in (told["broken-benchmark-absent"][0])
    )
    assert "broken-invalid.yaml:17" in told["broken-benchmark-invalid"][0]
    assert "no domain 'music/tuness' is installed" in told["broken-benchmark-unknown"][0]
    assert "'hiden_size' is no key of a llama configuration" in told["broken-benchmark-model"][0]
    assert "earlyexp-claims, earlyexp-music brings, which is no dependency" in told["broken-benchmark-undeclared"][0]


@pytest.mark.slow
def test_the_command_says_what_is_checked_and_exits_with_0_when_all_is_well():
    done = command("earlyexp-benchmarks")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "plugin-seconds" in done.stdout
    assert "0 failed" in done.stdout


def test_a_plugin_that_is_not_there_exits_with_2_and_names_the_nearest():
    done = command("earlyexp-bnch")
    assert done.returncode == 2
    assert "no plugin 'earlyexp-bnch'" in done.stderr
    assert "'earlyexp-bench'" in done.stderr


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("earlyexp-bench", {"plugin", "method", "domain", "evaluator"}),
        ("EarlyExp_Bench", {"plugin", "method", "domain", "evaluator"}),
        ("builtin", {"plugin", "method", "domain", "evaluator"}),
        ("builtin/lora", {"plugin", "method"}),
        ("answer-loss", {"plugin", "evaluator"}),
    ],
)
def test_a_plugin_goes_by_its_distribution_its_entry_point_and_what_it_brings(name, kinds):
    assert {subject.kind for subject in find_subjects(name)} == kinds


def test_nothing_is_found_for_no_name():
    with pytest.raises(UserError, match="no plugin ''"):
        find_subjects("")
