"""Commands about records: a study is run in parts, on several machines, and merged."""

from pathlib import Path
from typing import Annotated

import typer

from earlyexp_bench.cli.arguments import Benchmark, Recipes, Set, StoreDir, at_home
from earlyexp_bench.cli.commands import WithPlugins
from earlyexp_bench.options import DEFAULT_STORE, Options

records = typer.Typer(
    cls=WithPlugins, help="A benchmark's records as one file: run in parts, merge, publish.", no_args_is_help=True
)

File = Annotated[
    Path, typer.Argument(callback=at_home, help="File to write, e.g. mini-seeds-0-2.jsonl.gz.", metavar="FILE")
]
Files = Annotated[list[Path], typer.Argument(help="Files that `records save` wrote.", metavar="FILE…")]


@records.command("save")
def save(
    benchmark: Benchmark,
    file: File,
    recipes: Recipes = None,
    store: StoreDir = DEFAULT_STORE,
    set_: Set = None,
) -> None:
    """Write the records of a benchmark, without checkpoints, as one file."""
    from earlyexp_bench.planning.records import save_records

    options = Options(benchmark, recipes=recipes, store=store, overrides=tuple(set_ or ()))
    written, planned = save_records(options, file)
    print(f"{written} records of {planned} stages in {file} ({file.stat().st_size / 1e3:.0f} KB)")


@records.command("add")
def add(files: Files, store: StoreDir = DEFAULT_STORE) -> None:
    """Put records into a store; `report` then builds boards of them, and `run` goes on where they end."""
    from earlyexp_bench.contracts.paths import expanded
    from earlyexp_bench.planning.records import add_records

    added, known = add_records([expanded(file) for file in files], store)
    print(f"{added} records added to {store}" + (f", {known} were there already" if known else ""))
