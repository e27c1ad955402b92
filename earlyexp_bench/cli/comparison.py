"""What the command line says of results made here beside the published ones, in a line each."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earlyexp_bench.board.compare import Comparison, DifferentCell
    from earlyexp_bench.board.score import Scored
    from earlyexp_bench.scoring import CellResult

SHOWN = 5


def print_comparison(scored: "Scored") -> None:
    """Print what was compared with published records; nothing without any."""
    for line in comparison_lines(scored.comparison, scored.cells):
        print(line)


def comparison_lines(found: "Comparison | None", cells: "Sequence[CellResult]") -> Iterator[str]:
    """Yield what was compared and found, and which cells of a board are the published ones; nothing without any."""
    if found is None:
        return
    yield from _compared(found)
    if not found.joins:
        yield f"the published cells are not on this board: {_why_apart(found)}"
        return
    published = sum(cell.published for cell in cells)
    here = [cell for cell in cells if cell.status in ("done", "diverged") and not cell.published]
    if published and here:
        yield f"on the board: {_made_here(here)} and {published} published ones, which --own-only leaves out"
    elif published:
        yield f"on the board: the {published} published cells"


def _compared(found: "Comparison") -> Iterator[str]:
    same = found.cells - len(found.different)
    if found.cells:
        yield f"{same} of {found.cells} cells identical to the published ones, to the bit"
    elif found.stages:
        same = found.stages - len(found.different_stages)
        yield f"no cell made here is published; {same} of {found.stages} stages that are published are identical"
    for cell in found.different[:SHOWN]:
        yield f"  {_apart(cell)}"
    if (more := len(found.different) - SHOWN) > 0:
        yield f"  and {more} more"
    if found.different and found.machines != found.published_machines:
        yield f"  made on {_listed(found.machines)}; published: {_listed(found.published_machines)}"


def _apart(cell: "DifferentCell") -> str:
    if cell.note:
        return f"{cell.label}: {cell.note}"
    between = "" if cell.spread is None else f"; SD between published seeds {cell.spread:.3f}"
    return (
        f"{cell.label}: {cell.loss} loss {cell.here:.4f}, published {cell.published:.4f}, "
        f"{cell.here - cell.published:+.4f}{between}"
    )


def _why_apart(found: "Comparison") -> str:
    if found.machines <= found.published_machines:
        return "machines of one type should give equal bits, and these did not (docs/reproducibility.md)"
    return (
        f"they come from another type of machine ({_listed(found.published_machines)}; here "
        f"{_listed(found.machines)}), and bits are promised on one type only. For a verdict on rows of your own, "
        "--own-only makes the reference here too"
    )


def _made_here(cells: "Sequence[CellResult]") -> str:
    recipes = ", ".join(dict.fromkeys(cell.recipe for cell in cells))
    seeds = sorted({cell.seed for cell in cells})
    return f"{len(cells)} cells made here ({'seeds' if seeds[1:] else 'seed'} {ranges(seeds)}: {recipes})"


def ranges(numbers: Sequence[int]) -> str:
    """Write sorted numbers as ``0-3, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _listed(machines: frozenset[str]) -> str:
    return " and ".join(sorted(machines)) or "an unknown machine"
