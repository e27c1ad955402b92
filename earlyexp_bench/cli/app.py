"""The commands."""

import json
from pathlib import Path
from typing import Annotated

import typer

from earlyexp_bench.cli.arguments import (
    AsJson,
    Benchmark,
    Offline,
    OutDir,
    OwnOnly,
    Processes,
    Recipes,
    Seeds,
    Set,
    StoreDir,
    StrictCode,
    Workers,
    at_home,
)
from earlyexp_bench.cli.check import check
from earlyexp_bench.cli.claims import claims
from earlyexp_bench.cli.commands import WithPlugins
from earlyexp_bench.cli.plugins import plugins
from earlyexp_bench.cli.records import records
from earlyexp_bench.cli.seeds import read_seeds
from earlyexp_bench.cli.upkeep import export_tasks, gc
from earlyexp_bench.options import DEFAULT_OUT, DEFAULT_STORE, Options

app = typer.Typer(
    name="earlyexp-bench",
    cls=WithPlugins,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(plugins, name="plugins")
app.add_typer(records, name="records")
app.command("claims")(claims)
app.command("check")(check)
app.command("gc")(gc)
app.command("export-tasks")(export_tasks)


def _print_version(wanted: bool) -> None:
    if wanted:
        from earlyexp_bench import __version__

        print(f"earlyexp-bench {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """How should a capability be acquired so that it survives later fine-tuning?"""


@app.command()
def run(
    benchmark: Benchmark,
    recipes: Recipes = None,
    seeds: Seeds = None,
    workers: Workers = None,
    processes: Processes = 1,
    store: StoreDir = DEFAULT_STORE,
    out: OutDir = DEFAULT_OUT,
    set_: Set = None,
    offline: Offline = False,
    own_only: OwnOnly = False,
    strict_code: StrictCode = False,
) -> None:
    """Run a benchmark, or go on where it stopped, and write its board."""
    from earlyexp_bench.cli.claims import print_claims
    from earlyexp_bench.cli.comparison import print_comparison
    from earlyexp_bench.cli.progress import watching
    from earlyexp_bench.cli.summary import print_board, print_outcome
    from earlyexp_bench.launch import run_benchmark

    options = Options(
        benchmark,
        recipes,
        tuple(set_ or ()),
        seeds=read_seeds(seeds),
        workers=workers,
        processes=processes,
        store=store,
        out=out,
        offline=offline,
        own_only=own_only,
        strict_code=strict_code,
    )
    with watching() as display:
        result = run_benchmark(options, display)
    print_board(result.results.board)
    print_claims(result.results.board, result.results.claims)
    print_comparison(result.results)
    print_outcome(result, options)
    raise typer.Exit(result.exit_code)


@app.command()
def plan(
    benchmark: Benchmark,
    recipes: Recipes = None,
    seeds: Seeds = None,
    workers: Workers = None,
    processes: Processes = 1,
    store: StoreDir = DEFAULT_STORE,
    set_: Set = None,
    offline: Offline = False,
    own_only: OwnOnly = False,
    strict_code: StrictCode = False,
    as_json: AsJson = False,
) -> None:
    """Say what a run would do: hits and misses with the reason, tokens, FLOPs, time, disk."""
    from earlyexp_bench.board.as_json import plan_json
    from earlyexp_bench.cli.output import plan_lines
    from earlyexp_bench.planning.prepare import prepare

    options = Options(
        benchmark,
        recipes,
        tuple(set_ or ()),
        seeds=read_seeds(seeds),
        workers=workers,
        processes=processes,
        store=store,
        offline=offline,
        own_only=own_only,
        strict_code=strict_code,
    )
    prepared = prepare(options)
    if as_json:
        print(json.dumps(plan_json(prepared), indent=1))
        return
    print(f"{prepared.plan.loaded.board}: {len(prepared.plan.cells)} cells, {len(prepared.plan.nodes)} stages")
    for line in plan_lines(prepared):
        print(line)


@app.command()
def report(
    benchmark: Benchmark,
    recipes: Recipes = None,
    store: StoreDir = DEFAULT_STORE,
    out: OutDir = DEFAULT_OUT,
    set_: Set = None,
    own_only: OwnOnly = False,
    picture: Annotated[
        Path | None, typer.Option(callback=at_home, help="Also draw the main plots into a .png or .svg file.")
    ] = None,
    metric_version: Annotated[int | None, typer.Option(help="Score by another version of the metric.")] = None,
    processes: Processes = 1,
) -> None:
    """Rebuild a benchmark's results from its records; trains nothing."""
    from earlyexp_bench.board.report import report_benchmark
    from earlyexp_bench.cli.claims import print_claims
    from earlyexp_bench.cli.comparison import print_comparison
    from earlyexp_bench.cli.summary import print_board, print_page

    options = Options(
        benchmark, recipes, tuple(set_ or ()), processes=processes, store=store, out=out, own_only=own_only
    )
    results = report_benchmark(options, picture, metric_version)
    print_board(results.board)
    print_claims(results.board, results.claims)
    print_comparison(results)
    print_page(results)


@app.command()
def tune(
    benchmark: Benchmark,
    seeds: Annotated[str, typer.Option(help="Tuning seeds, 100 and above, e.g. 100-107.")],
    recipes: Recipes = None,
    also: Annotated[list[str] | None, typer.Option(help="A recipe of the benchmark whose rates to look at.")] = None,
    design: Annotated[
        list[str] | None, typer.Option(help="name:key=value,key=value; what to try, repeated for a table.")
    ] = None,
    workers: Workers = None,
    store: StoreDir = DEFAULT_STORE,
    set_: Set = None,
    offline: Offline = False,
    strict_code: StrictCode = False,
    as_json: AsJson = False,
) -> None:
    """Run tuning seeds and say how precisely a design measures, at what levels; never who is better."""
    from earlyexp_bench.cli.progress import watching
    from earlyexp_bench.cli.tuning import print_tuning, tuning_dict
    from earlyexp_bench.launch import RunObserver
    from earlyexp_bench.tuning import Design, tune_benchmark

    options = Options(
        benchmark,
        recipes,
        tuple(set_ or ()),
        seeds=read_seeds(seeds),
        workers=workers,
        store=store,
        offline=offline,
        strict_code=strict_code,
    )
    designs = [Design.parse(text) for text in design or ()]
    if as_json:
        result = tune_benchmark(options, designs, also or (), RunObserver())
        print(json.dumps(tuning_dict(result), indent=1, allow_nan=False))
    else:
        with watching() as display:
            result = tune_benchmark(options, designs, also or (), display)
        print_tuning(result)
    raise typer.Exit(result.exit_code)


@app.command()
def show(benchmark: Benchmark, recipes: Recipes = None, set_: Set = None) -> None:
    """Print a benchmark with every default filled in, its components' too, as YAML that says the same."""
    from earlyexp_bench.cli.streams import speaks_unicode
    from earlyexp_bench.spec import dump_yaml, filled_in, load_benchmark

    loaded = load_benchmark(benchmark, recipes=recipes, overrides=tuple(set_ or ()))
    print(f"# {loaded.board}, protocol {loaded.protocol}")
    if unknown := loaded.unknown_claims:
        missing = f"{', '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} not installed"
        print(f"# which is that of the file as written: {missing}")
    if loaded.spec.domains:
        print(f"# paths of data are relative to {Path(loaded.source.name).resolve().parent}")
    values = filled_in(loaded.spec).model_dump(mode="json", by_alias=True)
    print(dump_yaml(values, unicode=speaks_unicode()), end="")


@app.command()
def schema(
    recipe_file: Annotated[bool, typer.Option("--recipes", help="Schema of a recipe file instead.")] = False,
) -> None:
    """Print the JSON Schema of benchmark files, for editors."""
    from earlyexp_bench.spec import Benchmark as Spec
    from earlyexp_bench.spec import RecipeFile

    model = RecipeFile if recipe_file else Spec
    print(json.dumps(model.model_json_schema(), indent=1))
