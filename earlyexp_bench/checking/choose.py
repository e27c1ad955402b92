"""Which cells are made again: a few that between them touch every recipe, pipeline and seed, always the same ones."""

from collections import Counter
from collections.abc import Hashable, Sequence

from earlyexp_bench.planning import Cell
from earlyexp_bench.scoring.cells import sweep_key


def spread(cells: Sequence[Cell], wanted: int) -> list[Cell]:
    """Choose cells such that recipes, then pipelines, seeds and sweep points are as often among them as each other.

    Args:
        cells: In the order of the plan, which decides between equals.
        wanted: How many; all where there are no more.
    """
    used: Counter[Hashable] = Counter()
    left, chosen = list(cells), list[Cell]()
    while left and len(chosen) < wanted:
        rarest = min(left, key=lambda cell: [used[part] for part in _parts(cell)])
        left.remove(rarest)
        used.update(_parts(rarest))
        chosen.append(rarest)
    return [cell for cell in cells if cell in chosen]


def _parts(cell: Cell) -> list[Hashable]:
    """What cells are spread over, the most important first."""
    pair, point = (cell.recipe, cell.pipeline), (sweep_key(cell.sweep), cell.output)
    return [("recipe", cell.recipe), ("pair", pair), ("pipeline", cell.pipeline), ("seed", cell.seed), ("point", point)]
