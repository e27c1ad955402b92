"""Commands by plugins: listed from metadata, imported when called, core's own first, and told well when broken."""

import json
import os
import subprocess
import sys

import pytest

RUN = "import sys; from earlyexp_bench.cli import main; main()"
# The same where nobody has installed the kit.
WITHOUT_KIT = """
import importlib.metadata as metadata, sys
every = metadata.entry_points
metadata.entry_points = lambda **asked: [p for p in every(**asked) if p.dist.name != "earlyexp-testing"]
from earlyexp_bench.cli import main
main()
"""
SOUND = """
import typer
from earlyexp_bench.contracts import UserError

def greet(name: str, twice: bool = False) -> None:
    "Greet somebody by name."
    if name == "nobody":
        raise UserError("nobody is there", where="NAME", expected="somebody")
    print(f"hello {name}")

many = typer.Typer(help="Several commands.")
many.command("first")(greet)
many.command("second")(greet)
"""
NAMES = {
    "greet": "sound:greet",
    "many": "sound:many",
    "plugins.greet": "sound:greet",
    "plan": "sound:greet",
    "records.save": "sound:greet",
    "nowhere.greet": "sound:greet",
    "raises": "raises:app",
    "exits": "exits:app",
    "no-app": "sound:UserError",
    "empty": "empty:app",
    "absent": "nothing_here:app",
}


def install(folder, distribution, names):
    about = folder / f"{distribution.replace('-', '_')}-2.dist-info"
    about.mkdir()
    metadata = {"Metadata-Version": "2.1", "Name": distribution, "Version": "2", "Summary": f"Of {distribution}."}
    (about / "METADATA").write_text("\n".join(f"{name}: {value}" for name, value in metadata.items()))
    lines = [f"{name} = {place}" for name, place in names.items()]
    (about / "entry_points.txt").write_text("\n".join(["[earlyexp_bench.commands]", *lines]))


@pytest.fixture
def folder(tmp_path):
    install(tmp_path, "earlyexp-outside", NAMES)
    (tmp_path / "sound.py").write_text(SOUND)
    (tmp_path / "raises.py").write_text("raise RuntimeError('made for another version')")
    (tmp_path / "exits.py").write_text("raise SystemExit(0)")
    (tmp_path / "empty.py").write_text("import typer\napp = typer.Typer()")
    return tmp_path


@pytest.fixture
def earlyexp(folder):
    def run(*arguments, code=RUN):
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "300"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_help_lists_them_with_the_summary_and_imports_nothing_of_them(earlyexp):
    code = f"import atexit; {RUN}".replace("main()", "atexit.register(lambda: print(sorted(sys.modules))); main()")
    done = earlyexp("--help", code=code)
    listed = {line.split()[1]: line for line in done.stdout.splitlines() if line.startswith("│")}
    assert listed.keys() >= {"greet", "many", "raises", "absent"}
    assert "Of earlyexp-outside." in listed["greet"]
    assert "Say what a run would do" in listed["plan"]
    assert "'sound'" not in done.stdout
    assert "'pydantic'" not in done.stdout


def test_one_is_a_command_like_any(earlyexp):
    assert earlyexp("greet", "Ada").stdout == "hello Ada\n"
    assert earlyexp("plugins", "greet", "Ada").stdout == "hello Ada\n"
    assert earlyexp("many", "second", "Ada").stdout == "hello Ada\n"
    assert "Greet somebody by name." in earlyexp("greet", "-h").stdout
    assert "Several commands." in earlyexp("many", "--help").stdout
    assert "completion" not in earlyexp("many", "--help").stdout


def test_its_mistakes_are_told_as_cores_are(earlyexp):
    done = earlyexp("greet", "nobody")
    assert done.returncode == 2
    assert done.stderr == "error: NAME: nobody is there\n  expected: somebody\n"
    assert earlyexp("greet").returncode == 2
    assert "Did you mean 'greet'" in earlyexp("gret").stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "RuntimeError: made for another version"),
        ("exits", "SystemExit"),
        ("no-app", "neither a typer app nor a function"),
        ("empty", "RuntimeError"),
        ("absent", "No module named 'nothing_here'"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--help"]], ids=["called", "asked"])
def test_a_broken_one_says_so_when_it_is_called(earlyexp, name, reason, more):
    done = earlyexp(name, *more)
    assert done.returncode == 2
    assert f"`{name}` of earlyexp-outside could not be loaded: " in done.stderr
    assert reason in done.stderr
    assert "expected: another version of earlyexp-outside" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_of_core_wins_and_the_list_says_so(earlyexp):
    assert "Usage: " in earlyexp("plan", "--help").stdout
    assert "Greet" not in earlyexp("plan", "--help").stdout + earlyexp("records", "save", "--help").stdout
    found = json.loads(earlyexp("plugins", "list", "--json").stdout)
    broken = {row["name"]: row["reason"] for row in found["broken"] if row["distribution"] == "earlyexp-outside"}
    assert broken.keys() == {"plan", "records save", "nowhere greet"}
    assert "a command `plan` of its own" in broken["plan"]
    assert "no group of commands `nowhere`" in broken["nowhere greet"]
    rows = {row["id"]: row for row in found["commands"]}
    assert rows["plugins greet"]["distribution"] == "earlyexp-outside 2"
    assert "command\tplugins greet\t2\tearlyexp-outside 2" in earlyexp("plugins", "list").stdout


def test_two_that_bring_one_are_both_named(earlyexp, folder):
    install(folder, "earlyexp-other", {"greet": "sound:greet"})
    done = earlyexp("greet", "Ada")
    assert done.returncode == 2
    assert "earlyexp-other" in done.stderr
    assert "earlyexp-outside" in done.stderr


@pytest.mark.parametrize("name", ["check", "new"])
def test_what_the_kit_brings_is_listed_without_it_and_says_its_pip_line(earlyexp, name):
    listed = earlyexp("plugins", "--help", code=WITHOUT_KIT).stdout
    assert any(name in line and "pip install earlyexp-testing" in line for line in listed.splitlines())
    done = earlyexp("plugins", name, "--json", code=WITHOUT_KIT)
    assert done.returncode == 2
    assert "pip install -e plugins/earlyexp-testing" in done.stderr
    assert "Traceback" not in done.stderr
