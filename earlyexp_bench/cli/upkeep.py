"""Commands that look after what runs leave: freeing disk, handing tasks to the ``lm_eval`` command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earlyexp_bench.cli.arguments import Set, StoreDir, at_home
from earlyexp_bench.options import DEFAULT_STORE, Options

if TYPE_CHECKING:
    from earlyexp_bench.store import Garbage

Keep = Annotated[
    list[str] | None, typer.Option(metavar="BENCHMARK", help="Delete nothing of this benchmark; may be repeated.")
]
Yes = Annotated[bool, typer.Option("--yes/--dry-run", help="Delete, or only say what would be deleted.")]
Measured = Annotated[
    str | None,
    typer.Option(metavar="BENCHMARK", help="Only what this benchmark measures, as it does; default: all domains."),
]


def gc(store: StoreDir = DEFAULT_STORE, keep: Keep = None, yes: Yes = False) -> None:
    """Delete checkpoints and token files, and keep records: boards stay, and `run` makes again what it needs."""
    from earlyexp_bench.planning.records import collect_garbage

    found = collect_garbage(store, keep or (), delete=yes)
    for line in _lines(found):
        print(f"  {line}")
    size = f"{sum(garbage.size for garbage in found) / 1e6:.1f} MB"
    if yes:
        print(f"{size} freed; records stay, and a run that needs what is gone makes it again")
    else:
        print(f"{size} would be freed, records stay; a run that needs what is gone makes it again: gc --yes deletes")


def export_tasks(
    directory: Annotated[Path, typer.Argument(callback=at_home, help="Folder to write to.", metavar="DIR")],
    benchmark: Measured = None,
    set_: Set = None,
) -> None:
    """Write tasks as YAML and JSONL for the stock `lm_eval` command."""
    from earlyexp_bench.planning.export import export_benchmark, export_installed

    if benchmark is None:
        names = export_installed(directory)
    else:
        names = export_benchmark(Options(benchmark, overrides=tuple(set_ or ())), directory)
    for name in names:
        print(name)
    print(f"lm_eval --model hf --model_args pretrained=CHECKPOINT --include_path {directory} --tasks NAME,…")


def _lines(found: "list[Garbage]") -> list[str]:
    notes = {"unfinished": ", which start over when they run again", "failed": ", of which logs stay"}
    lines = []
    for what in dict.fromkeys(garbage.what for garbage in found):
        sizes = [garbage.size for garbage in found if garbage.what == what]
        lines.append(f"{what:<10} {len(sizes)} stages, {sum(sizes) / 1e6:.1f} MB{notes.get(what, '')}")
    return lines
