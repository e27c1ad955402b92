"""What stays unloaded: the command line answers at once because torch and its company live in the worker only."""

import configparser
import json
import subprocess
import sys
from pathlib import Path

import pytest

import earlyexp_bench

HEAVY = ("torch", "transformers", "datasets", "lm_eval", "peft", "scipy", "pandas", "altair", "pyarrow")
LIGHT_ROOMS = ("contracts", "hooks", "spec", "store", "planning", "execute", "domains", "builtin", "board", "cli")
PACKAGE = Path(earlyexp_bench.__file__).parent
RULES = PACKAGE.parent / ".importlinter"

REPORT = "; import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
COMMAND = """
import sys
from earlyexp_bench.cli import main
sys.argv = ["earlyexp-bench", *{arguments!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def modules_after(code):
    """Run ``code`` in a new interpreter; return what it printed and the modules it had loaded at the end."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed, _, modules = done.stdout.rstrip("\n").rpartition("\n")
    return printed, json.loads(modules)


def heavy(modules):
    return sorted({name.partition(".")[0] for name in modules} & set(HEAVY))


@pytest.mark.parametrize("arguments", [["--help"], ["plugins", "list"], ["run", "--help"]], ids=" ".join)
def test_the_command_answers_without_loading_what_trains(arguments):
    printed, modules = modules_after(COMMAND.format(arguments=arguments) + REPORT.removeprefix("; "))
    assert printed.strip()
    assert heavy(modules) == []


@pytest.mark.parametrize("room", LIGHT_ROOMS)
def test_a_light_room_loads_without_what_trains(room):
    _, modules = modules_after(f"import earlyexp_bench.{room}{REPORT}")
    assert heavy(modules) == []


def test_looking_plugins_up_loads_no_heavy_half():
    code = (
        "from earlyexp_bench.hooks import registry\n"
        "named = [e.definition.implementation for k in ('domain', 'method', 'evaluator') for e in registry().all(k)]\n"
        "print(json.dumps([name.partition(':')[0] for name in named]))\n"
    )
    printed, modules = modules_after(f"import json\n{code}" + REPORT.removeprefix("; "))
    halves = json.loads(printed)
    assert "earlyexp_bench.builtin._procedural" in halves
    assert not set(halves) & set(modules)
    assert heavy(modules) == []


@pytest.mark.skipif(not RULES.is_file(), reason="the rules lie in the source tree, not in the wheel")
def test_every_room_has_an_import_rule():
    rules = configparser.ConfigParser()
    rules.read(RULES)
    protected = {rules[section].get("protected_modules", "").strip() for section in rules.sections()}
    rooms = {f"earlyexp_bench.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py")}
    assert rooms - protected == {"earlyexp_bench.contracts"}
