import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = Path(__file__).parent / "broken"
SCRIPT = """
import json, sys
from earlyexp_testing.conformance.run import check_plugin
for outcome in check_plugin(sys.argv[1]):
    if outcome.kind != "plugin":
        print(json.dumps([outcome.subject.rpartition("/")[2], outcome.check, outcome.problems]))
"""


def _broken(kind, monkeypatch):
    """Return the definitions of a package of broken components by name, and what each expects."""
    monkeypatch.syspath_prepend(str(BROKEN / kind))
    module = importlib.import_module(f"earlyexp_broken_{kind}")
    found = []
    getattr(module, f"register_{kind}")(register=found.append)
    return {definition.name: definition for definition in found}, module.EXPECTED


@pytest.fixture
def broken_domains(monkeypatch):
    return _broken("domains", monkeypatch)


@pytest.fixture
def broken_evaluators(monkeypatch):
    return _broken("evaluators", monkeypatch)


@pytest.fixture
def caught():
    """``caught(kind, *names)``: the checks that complain when the whole kit runs on broken components, by name."""

    def run(kind, *names):
        package = f"broken-{kind}"
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, f"earlyexp-{package}"],
            env=os.environ
            | {"PYTHONPATH": str(BROKEN / kind), "EARLYEXP_PLUGINS": package, "BROKEN_ONLY": " ".join(names)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {name: [check for subject, check, messages in rows if subject == name and messages] for name in names}

    return run
