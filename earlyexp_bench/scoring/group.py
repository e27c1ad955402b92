"""The cells of one recipe on one pipeline: what is there, what is not, and whether fronts may be compared."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

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
        by_status = Counter(cell.status for cell in self.all)
        unlisted = sum(self._unlisted(cells) for cells in self.cells.values())
        return Counts(
            expected=len(self.all) + unlisted,
            done=by_status["done"],
            diverged=by_status["diverged"],
            failed=by_status["failed"],
            missing=by_status["missing"] + unlisted,
            skipped=by_status["skipped"],
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
        text = "" if self.state == "skipped" else self._not_run(absent)
        return "; ".join([text, *said]) if text else "; ".join(said)

    def done(self, seed: int) -> list[CellResult]:
        """Cells of a seed that have losses."""
        return [cell for cell in self.cells[seed] if cell.status == "done"]

    def ran(self, seed: int) -> list[CellResult]:
        """Cells of a seed whose training came to an end, good or bad."""
        return [cell for cell in self.cells[seed] if cell.status in RAN]

    @property
    def whole(self) -> frozenset[int]:
        """Seeds of which every cell ran."""
        return frozenset(seed for seed, cells in self.cells.items() if not self._absent(cells))

    def only(self, seeds: Collection[int]) -> "Group":
        """The cells of some seeds."""
        return replace(self, cells={seed: cells for seed, cells in self.cells.items() if seed in seeds})

    def at(self, sweep: SweepKey, output: str, *, every: bool = True) -> list[CellResult]:
        """The cells of one sweep point and checkpoint that have losses, one a seed; where ``every``, of all or none."""
        cells = [c for c in self.all if c.sweep_key == sweep and c.output == output and c.status == "done"]
        return cells if len(cells) == len(self.cells) or not every else []

    def _not_run(self, absent: dict[int, int]) -> str:
        """What has not run, seed by seed where seeds differ."""
        if min(absent.values()) == self.sweep_size:
            return "not run"
        parts = [f"seed {seed}: {count} of {self.sweep_size}" for seed, count in absent.items() if count]
        return "not run: " + ", ".join(parts) if parts else ""

    @cached_property
    def _listed(self) -> set[tuple[SweepKey, str]]:
        """Sweep points and checkpoints that some seed has, and so every seed must have."""
        return {(cell.sweep_key, cell.output) for cell in self.all}

    def _unlisted(self, cells: Sequence[CellResult]) -> int:
        """Cells of a seed that nobody listed."""
        nowhere = self.sweep_size - len({key for key, _ in self._listed})
        return nowhere + len(self._listed) - len(cells)

    def _absent(self, cells: Sequence[CellResult]) -> int:
        """Sweep points of a seed that have not run, or not with all their checkpoints."""
        ran = {(cell.sweep_key, cell.output) for cell in cells if cell.status in RAN}
        short = {key for key, _ in self._listed - ran}
        return self.sweep_size - len({key for key, _ in self._listed} - short)


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
