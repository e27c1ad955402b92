"""Which rows were made with other software than the reference, or from weights that their parents no longer have.

Equal stages are compared, on one pipeline, by what each record says of itself. What is usual is what most of the
reference's cells were made with, and of what the reference has not (the plugin of a row's own method), what most of all
cells were. So nothing depends on what is installed where the board is built.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from earlyexp_bench.scoring.cells import CellResult

Usual = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class OtherSoftware:
    """Something that cells of a row were made with, and that is not usual.

    Attributes:
        name: A distribution, ``code of`` one, or ``type of machine``.
        value: Version, hash or name.
        usual: What it is compared with.
        cells: How many were made with it.
    """

    name: str
    value: str
    usual: str
    cells: int


def usual_software(reference: Sequence[CellResult], cells: Iterable[CellResult]) -> Usual:
    """Return what is usual, by stage and name.

    Args:
        reference: The reference's cells on one pipeline.
        cells: All cells there.
    """
    return _most_common(cells) | _most_common(reference)


def other_software(cells: Sequence[CellResult], usual: Usual) -> tuple[OtherSoftware, ...]:
    """Return what cells of one row were made with that is not usual, in the order of the names."""
    counts = Counter(unusual for cell in cells for unusual in set(_unusual(cell, usual)))
    return tuple(OtherSoftware(*unusual, number) for unusual, number in sorted(counts.items()))


def changed_parents(cells: Iterable[CellResult]) -> int:
    """Count cells with a stage that was made from other weights than its parent has now."""
    return sum(any(made.changed_parents for made in cell.made) for cell in cells)


def _most_common(cells: Iterable[CellResult]) -> dict[tuple[str, str], str]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for cell in cells:
        for made in cell.made:
            for name, value in made.software.items():
                counts[made.stage, name][value] += 1
    # Of two that are as common the first by name: the order of cells may decide nothing.
    return {key: min(values, key=lambda value: (-values[value], value)) for key, values in counts.items()}


def _unusual(cell: CellResult, usual: Usual) -> Iterator[tuple[str, str, str]]:
    for made in cell.made:
        for name, value in made.software.items():
            if value != usual[made.stage, name]:
                yield name, value, usual[made.stage, name]
