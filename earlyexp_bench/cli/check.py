"""The command that makes published cells again and says whether they are what was published."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earlyexp_bench.cli.arguments import Benchmark, Offline, Recipes, Seeds, Set, Workers, at_home
from earlyexp_bench.options import Options

if TYPE_CHECKING:
    from earlyexp_bench.checking import Checked, CheckedCell

SHOWN = 12  # cells that differ, and types of machine

Cells = Annotated[
    int | None,
    typer.Option(min=1, help="How many, spread over recipes, pipelines and seeds; default: 12, or all of --seeds."),
]
Records = Annotated[
    Path | None,
    typer.Option(
        callback=at_home, metavar="DIR", help="Folder of files that `records save` wrote; default: published."
    ),
]
Keep = Annotated[
    Path | None, typer.Option(callback=at_home, help="Folder to make them in and to keep; default: a temporary one.")
]


def check(
    benchmark: Benchmark,
    recipes: Recipes = None,
    cells: Cells = None,
    seeds: Seeds = None,
    records: Records = None,
    workers: Workers = None,
    store: Keep = None,
    set_: Set = None,
    offline: Offline = False,
) -> None:
    """Make published cells again and say whether they are the same, to the bit.

    Exits with 0 where they are, and where another type of machine gives other bits; with 3 where this type should have
    given the same ones; with 1 where a cell could not be made.
    """
    from earlyexp_bench.checking import check_benchmark
    from earlyexp_bench.cli.progress import watching
    from earlyexp_bench.cli.seeds import read_seeds
    from earlyexp_bench.launch import INTERRUPTED

    options = Options(
        benchmark, recipes, tuple(set_ or ()), seeds=read_seeds(seeds), workers=workers, offline=offline, own_only=True
    )
    try:
        with watching() as display:
            checked = check_benchmark(options, display, cells=cells, records=records, keep=store)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    print_checked(checked)
    raise typer.Exit(checked.exit_code)


def print_checked(checked: "Checked") -> None:
    """Print how many cells are identical; of others which and where, how far off they are, and on what machines."""
    total = len(checked.cells)
    print(f"{checked.identical} of {total} cells of {checked.board} identical, to the bit")
    for line in _different(checked):
        print(line)
    if checked.identical == total:
        return
    _print_losses(checked)
    for line in _why(checked):
        print(line)


def _different(checked: "Checked") -> Iterator[str]:
    """The cells that differ though they should not, one by one; of those of other machines how many."""
    broken = [cell for cell in checked.cells if cell.state == "not made" or _is_broken(cell)]
    for cell in broken[:SHOWN]:
        yield f"{cell.state}: {cell.cell}"
        yield f"  first in {cell.stage}: {'; '.join(cell.differences)}"
        for name, (there, here) in cell.other_losses.items():
            yield f"  {_loss(name)} {here:.6g} here, {there:.6g} as published"
    if len(broken) > SHOWN:
        yield f"and {len(broken) - SHOWN} more"
    elsewhere = Counter(cell.kind for cell in checked.cells if cell.state == "different" and not cell.same_machine)
    for kind, number in elsewhere.items():
        yield f"{number} differ on another type of machine, from {kind} on"


def _is_broken(cell: "CheckedCell") -> bool:
    return cell.state == "different" and cell.same_machine


def _print_losses(checked: "Checked") -> None:
    from earlyexp_bench.cli.output import print_table

    if not any(difference.largest for difference in checked.losses):
        return
    rows = [
        [_loss(difference.loss), *map(_nats, (difference.rms, difference.largest, difference.between_seeds))]
        for difference in checked.losses
    ]
    title = "Here beside published, test split, nats per token"
    print_table(title, ["loss", "rms difference", "largest", "SD between published seeds"], rows)


def _loss(name: str) -> str:
    return f"{name.replace('_', ' ')} loss"


def _nats(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value == 0 or value >= 0.001 else f"{value:.1e}"


def _why(checked: "Checked") -> Iterator[str]:
    """What may have made the difference: machines and software."""
    for side, name in enumerate(("published", "here")):
        machines = sorted({machine for cell in checked.cells for machine in cell.machines[side]})
        yield f"{name} on {'; '.join(machines[:SHOWN]) or 'a machine that its records do not name'}"
    if checked.native_instead:
        yield "this machine has no portable instruction set (x86-64 with AVX2), so other bits are expected"
    if checked.software:
        yield f"published with {', '.join(checked.software[:SHOWN])}"
    if checked.kept is not None:
        yield f"what was made here, and logs: {checked.kept}"
