"""The cells of one recipe on one pipeline: what is there, what is not, and whether fronts may be compared."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from earlyexp_bench.scoring.board import Counts, State
from earlyexp_bench.scoring.cells import CURVE, RAN, BoardTerms, CellResult, SweepKey, sweep_key

Pair = tuple[str, str]


@dataclass(frozen=True)
class Group:
    """Cells of one recipe on one pipeline, seed by seed, in the order of their sweep."""

    recipe: str
    pipeline: str
    cells: dict[int, tuple[CellResult, ...]]
    sweep_size: int

    @property
    def all(self) -> list[CellResult]:
        """Every cell."""
        return [cell for cells in self.cells.values() for cell in cells]

    @property
    def counts(self) -> Counts:
        """Cells by status; a cell that nobody listed is missing."""
        found = Counter(cell.status for cell in self.all)
        unlisted = sum(self.sweep_size - len({c.sweep_key for c in cells}) for cells in self.cells.values())
        return Counts(
            expected=len(self.all) + unlisted,
            done=found["done"],
            diverged=found["diverged"],
            failed=found["failed"],
            missing=found["missing"] + unlisted,
            skipped=found["skipped"],
        )

    @property
    def state(self) -> State:
        """``complete`` only if every cell ran."""
        counts = self.counts
        if counts.skipped and counts.skipped == counts.expected:
            return "skipped"
        return "complete" if counts.ran == counts.expected else "incomplete"

    @property
    def reason(self) -> str:
        """What is not there, and why."""
        said = dict.fromkeys(cell.reason for cell in self.all if cell.status in ("skipped", "failed") and cell.reason)
        absent = {seed: self._absent(cells) for seed, cells in self.cells.items()}
        parts = [f"seed {seed}: {count} of {self.sweep_size}" for seed, count in absent.items() if count]
        text = "" if self.state == "skipped" or not parts else "not run: " + ", ".join(parts)
        return "; ".join([text, *said]) if text else "; ".join(said)

    def done(self, seed: int) -> list[CellResult]:
        """Cells of a seed that have losses."""
        return [cell for cell in self.cells[seed] if cell.status == "done"]

    def at(self, sweep: SweepKey, output: str) -> list[CellResult] | None:
        """The cells of one sweep point and checkpoint, one a seed; None unless every seed has its losses."""
        found = [c for c in self.all if c.sweep_key == sweep and c.output == output and c.status == "done"]
        return found if len(found) == len(self.cells) else None

    def _absent(self, cells: Sequence[CellResult]) -> int:
        whole = {cell.sweep_key for cell in cells} - {cell.sweep_key for cell in cells if cell.status not in RAN}
        return self.sweep_size - len(whole)


def group_cells(terms: BoardTerms, cells: Iterable[CellResult]) -> dict[Pair, Group]:
    """Sort cells into groups.

    Raises:
        ValueError: A cell is unknown to the board, listed twice, or at a sweep point that the benchmark does not have.
    """
    pairs = [(recipe.name, pipeline.name) for recipe in terms.recipes for pipeline in terms.pipelines]
    sorted_cells: dict[Pair, dict[int, list[CellResult]]] = {pair: {s: [] for s in terms.seeds} for pair in pairs}
    for cell in sorted(cells, key=_order):
        seeds = sorted_cells.get((cell.recipe, cell.pipeline))
        if seeds is None or cell.seed not in seeds:
            raise ValueError(f"{cell.label}: the board has no such recipe, pipeline or seed")
        seeds[cell.seed].append(cell)
    groups = {}
    for (recipe, pipeline), seeds in sorted_cells.items():
        for listed in seeds.values():
            _refuse_unequal(listed, terms)
        groups[recipe, pipeline] = Group(recipe, pipeline, {s: tuple(c) for s, c in seeds.items()}, terms.sweep_size)
    return groups


def _order(cell: CellResult) -> tuple[str, str, int, SweepKey, float, str]:
    others = tuple(item for item in cell.sweep_key if item[0] != CURVE)
    return cell.recipe, cell.pipeline, cell.seed, others, cell.sweep.get(CURVE, 0.0), cell.output


def _refuse_unequal(cells: Sequence[CellResult], terms: BoardTerms) -> None:
    twice = [key for key, n in Counter((cell.sweep_key, cell.output) for cell in cells).items() if n > 1]
    if twice:
        raise ValueError(f"two cells are one: {next(c.label for c in cells if (c.sweep_key, c.output) == twice[0])}")
    fixed, run = {sweep_key(point) for point in terms.sweep}, {cell.sweep_key for cell in cells}
    if not run <= fixed:
        raise ValueError(
            f"{cells[0].recipe} on {cells[0].pipeline}, seed {cells[0].seed} was run at {_listed(run)} where the "
            f"benchmark has {_listed(fixed)}: fronts are compared at the same points, more of them on a curve earn more"
        )


def _listed(keys: Iterable[SweepKey]) -> str:
    points = [", ".join(f"{name} {value:g}" for name, value in key) or "no sweep" for key in sorted(keys)]
    return f"{len(points)} points ({'; '.join(points)})"
