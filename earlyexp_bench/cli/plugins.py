"""Commands about plugins: what is installed, whether it keeps its promises, a package to start from."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from earlyexp_bench.cli.arguments import AsJson, at_home
from earlyexp_bench.cli.commands import WithPlugins

if TYPE_CHECKING:
    from earlyexp_bench.testing.conformance.check import Outcome

plugins = typer.Typer(
    cls=WithPlugins,
    help="What is installed, whether it is sound, and a package to start from.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="A distribution, entry point or component, e.g. earlyexp-music.")]
NewKind = Annotated[
    Literal["method", "domain", "evaluator", "benchmark"], typer.Argument(help="What the package is to bring.")
]
NewName = Annotated[str, typer.Argument(help="Its name: lower case, digits and hyphens; the package is earlyexp-NAME.")]
Into = Annotated[Path, typer.Option(callback=at_home, help="Folder in which the package's folder is made.")]


@plugins.command("list")
def list_plugins(as_json: AsJson = False) -> None:
    """List domains, methods, evaluators, executors, benchmarks and commands, and what could not be loaded."""
    from earlyexp_bench.cli.app import app
    from earlyexp_bench.cli.commands import command_rows
    from earlyexp_bench.cli.output import print_table
    from earlyexp_bench.hooks.listing import listed

    found = listed()
    commands, broken = command_rows(typer.main.get_group(app))
    found = {"components": found["components"], "commands": commands, "broken": found["broken"] + broken}
    if as_json:
        print(json.dumps(found, indent=1))
        return
    columns = ["kind", "id", "version", "distribution", "licence", "train text", "description"]
    shown = [{**row, "train text": _size(row["train_bytes"])} for row in found["components"] + commands]
    print_table("Installed", columns, [[row[column] for column in columns] for row in shown])
    for plugin in found["broken"]:
        print(f"broken: {plugin['distribution']} ({plugin['name']}): {plugin['reason']}")


@plugins.command("show")
def show(name: Name, as_json: AsJson = False) -> None:
    """Say what a component does, which parameters it takes, what it needs and costs."""
    from earlyexp_bench.cli.component import component_lines
    from earlyexp_bench.hooks import registry
    from earlyexp_bench.spec.describe import describe

    found = [describe(entry) for entry in registry().named(name)]
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for about in found:
        for line in component_lines(about):
            print(line)


@plugins.command("check")
def check(name: Name, as_json: AsJson = False) -> None:
    """Check that a plugin keeps its promises, on a tiny model; exit with 1 if it breaks one."""
    from earlyexp_bench.testing.conformance.run import check_plugin

    started = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in check_plugin(name):
        outcomes.append(outcome)
        if not as_json:
            _print(outcome)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        print(json.dumps({"passed": not failed, "checks": [_row(outcome) for outcome in outcomes]}, indent=1))
    else:
        print(f"{len(outcomes)} checks made in {time.monotonic() - started:.0f} s, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


@plugins.command("new")
def new(kind: NewKind, name: NewName, into: Into = Path()) -> None:
    """Write a package that brings a method, a domain, an evaluator or a benchmark, with tests that pass."""
    from earlyexp_bench.testing.scaffold import new_plugin

    made = new_plugin(kind, name, into)
    for path in made.files:
        print(path)
    print(f"next: cd {made.folder} && pip install -e '.[test]' && pytest; then edit {made.edit_first}")


def _size(number: int | None) -> str:
    return "" if number is None else f"{number / 1e6:.1f} MB"


def _print(outcome: "Outcome") -> None:
    print(f"{'ok    ' if outcome.passed else 'FAILED'} {outcome.subject}: {outcome.check}", flush=True)
    for problem in outcome.problems:
        text = problem.message.replace("\n", "\n         ")
        print(f"       - {text}", flush=True)
    for remark in outcome.remarks:
        print(f"       note: {remark}", flush=True)


def _row(outcome: "Outcome") -> dict[str, Any]:
    return {
        "subject": outcome.subject,
        "kind": outcome.kind,
        "check": outcome.check,
        "promise": outcome.promise,
        "passed": outcome.passed,
        "problems": [problem.message for problem in outcome.problems],
        "remarks": list(outcome.remarks),
        "seconds": round(outcome.seconds, 3),
    }
