"""Commands about plugins: what is installed, and what a component is; the conformance kit adds to them."""

import json
from typing import Annotated

import typer

from earlyexp_bench.cli.arguments import AsJson
from earlyexp_bench.cli.commands import WithPlugins

plugins = typer.Typer(
    cls=WithPlugins,
    help="What is installed, whether it is sound, and a package to start from.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="A distribution, entry point or component, e.g. earlyexp-music.")]


@plugins.command("list")
def list_plugins(as_json: AsJson = False) -> None:
    """List domains, methods, evaluators, executors, benchmarks, claims and commands, and what could not be loaded."""
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


def _size(number: int | None) -> str:
    return "" if number is None else f"{number / 1e6:.1f} MB"
