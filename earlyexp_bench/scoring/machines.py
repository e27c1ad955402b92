"""Which types of machine a board's cells were made on: bits are equal within one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from earlyexp_bench.scoring.cells import CellResult

MACHINE = "type of machine"


@dataclass(frozen=True, slots=True)
class MachineCells:
    """How many cells have a stage that was made on one type of machine."""

    machine: str
    cells: int


def machines_of(cells: Iterable[CellResult]) -> tuple[MachineCells, ...]:
    """Count the cells of each type of machine, the most common first; a cell made on two counts for both."""
    counts = Counter(
        machine
        for cell in cells
        for machine in {made.software[MACHINE] for made in cell.made if MACHINE in made.software}
    )
    return tuple(MachineCells(*pair) for pair in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
