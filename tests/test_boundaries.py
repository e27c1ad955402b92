"""What stays unloaded: the command line answers at once because torch and its company live in the worker only."""

import ast
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
PLUGINS = Path(__file__).parents[1] / "plugins"
# What a package of anyone's may import of the core: the first three in its light half, too.
OPEN_ROOMS = {"contracts", "hooks", "domains", "training", "evaluation", "scoring"}
# The conformance kit plans benchmarks and, in processes of its own, runs stages.
OF_THE_KIT = OPEN_ROOMS | {"spec", "planning", "store", "stages"}

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


@pytest.mark.parametrize(
    "arguments", [["--help"], ["plugins", "list"], ["run", "--help"], ["plugins", "check", "--help"]], ids=" ".join
)
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


def core_names(tree):
    """Yield every dotted name of the core that a module imports or reaches through what it imported, and as what."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "earlyexp_bench":
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            known |= {a.asname or a.name: a.name for a in node.names if a.name.split(".")[0] == "earlyexp_bench"}
    yield from ((name, ast.Load) for name in known.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            yield f"{known[node.value.id]}.{node.attr}", type(node.ctx)


def trespasses(source, rooms):
    """Return what a plugin's module does with the core that it may not."""
    tree = ast.parse(source)
    for name, use in core_names(tree):
        parts = name.split(".")
        if any(part.startswith("_") and not part.startswith("__") for part in parts):
            yield f"{name} is private"
        if len(parts) > 1 and list(PACKAGE.glob(f"{parts[1]}*")) and parts[1] not in rooms:
            yield f"{name} is none of {', '.join(sorted(rooms))}"
        if use is not ast.Load:
            yield f"{name} is set"
    yield from (
        "it patches" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "unittest"
    )


@pytest.mark.parametrize("plugin", sorted(path.name for path in PLUGINS.glob("*/") if (path / "src").is_dir()))
def test_a_plugin_stands_on_what_any_package_may_import(plugin):
    rooms = OF_THE_KIT if plugin == "earlyexp-testing" else OPEN_ROOMS
    files = sorted((PLUGINS / plugin / "src").rglob("*.py"))
    found = {path.name: list(trespasses(path.read_text(encoding="utf-8"), rooms)) for path in files}
    assert files
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from earlyexp_bench.stages import _training",
        "from earlyexp_bench.training import loop\nloop.REPORT_SECONDS = 0",
        "from earlyexp_bench.training import loop\nloop._Run",
        "from earlyexp_bench.builtin import methods",
        "from earlyexp_bench.cli.output import print_error",
        "from earlyexp_bench.launch import run_benchmark",
        "from unittest import mock",
    ],
)
def test_a_trespass_is_noticed(source):
    assert list(trespasses(source, OF_THE_KIT))
