"""Arguments and options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer


def at_home(path: Path | None) -> Path | None:
    """Replace ``~`` in a path: shells do not in `--out=~/results`."""
    from earlyexp_bench.contracts.paths import expanded

    return path and expanded(path)


Benchmark = Annotated[str, typer.Argument(help="Id of a benchmark, or path of a YAML file.", metavar="BENCHMARK")]
Recipes = Annotated[Path | None, typer.Option(callback=at_home, help="YAML file with more recipes for the benchmark.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="key=value; makes another protocol, with its own board.")]
StoreDir = Annotated[Path, typer.Option(callback=at_home, help="Folder of records and checkpoints.")]
OutDir = Annotated[Path, typer.Option(callback=at_home, help="Folder of results.")]
Seeds = Annotated[str | None, typer.Option(help="Run these seeds only, e.g. 0,1 or 0-2.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Stages at a time; default: what the cores allow.")]
Processes = Annotated[int, typer.Option(min=1, help="Ranks that train each stage together, under torchrun.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never ask a hub.")]
OwnOnly = Annotated[bool, typer.Option("--own-only", help="Leave the benchmark's published records out.")]
StrictCode = Annotated[
    bool, typer.Option("--strict-code", help="Results made with other code or libraries are misses, and replaced.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
