"""What was made here beside what is published: equal to the bit, or how far apart."""

import statistics
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from earlyexp_bench.board.collect import collect_cells
from earlyexp_bench.contracts import Record
from earlyexp_bench.planning import Cell, Plan, build_plan
from earlyexp_bench.planning.drift import type_of_machine
from earlyexp_bench.planning.native import as_published
from earlyexp_bench.scoring.cells import RAN, CellResult, SweepKey, sweep_key
from earlyexp_bench.store import PublishedRecords, Store, differing

Group = tuple[str, str, SweepKey, str]
LOSSES = ("retained", "downstream", "immediate", "pretraining")


@dataclass(frozen=True)
class DifferentCell:
    """A cell whose result here is not the published one.

    Attributes:
        label: The cell in words.
        note: What there is to say where no loss on test differs.
        loss: The loss on test that differs most.
        here: Its value here, in nats per token.
        published: Its published value.
        spread: Standard deviation of the published value between seeds; None below two seeds.
    """

    label: str
    note: str = ""
    loss: str = ""
    here: float = 0.0
    published: float = 0.0
    spread: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Results made here beside the published ones of the same stages.

    Attributes:
        cells: Cells made here that are published too.
        different: Those of them that are not equal to the bit.
        stages: Stages made here that are published too.
        different_stages: Those of them whose results differ, by their labels.
        machines: Types of machine of what was made here, with the version of torch.
        published_machines: The same of what is published.
    """

    cells: int
    different: tuple[DifferentCell, ...]
    stages: int
    different_stages: tuple[str, ...]
    machines: frozenset[str]
    published_machines: frozenset[str]

    @property
    def joins(self) -> bool:
        """Tell whether published cells may stand on one board with those made here.

        Bits are promised on one type of machine, and what both have must bear it out.
        """
        return self.machines <= self.published_machines and not self.different_stages


def compare(plan: Plan, store: Store, published: PublishedRecords) -> Comparison:
    """Compare every stage and every cell of a plan that both have.

    Where this machine trains natively instead, its stages have other keys than the published ones, and cells are
    compared by their losses.
    """
    unequal, shared = {}, 0
    made: set[str] = set()
    for node in plan.nodes:
        here, there = store.find(node.spec.kind, node.key), published.find(node.spec.kind, node.key)
        made |= {made_on(here)} if here else set()
        shared += bool(here and there)
        if here and there and differing(here, there):
            unequal[node.key] = node.label
    cells = _ran_in_both(plan, store, published)
    return Comparison(
        cells=len(cells.pairs),
        different=tuple(cells.different(unequal)),
        stages=shared,
        different_stages=tuple(unequal.values()),
        machines=frozenset(made - {""}),
        published_machines=frozenset(map(made_on, published.by_key.values())) - {""},
    )


def group_of(cell: Cell | CellResult) -> Group:
    """What cells of several seeds have in common."""
    return cell.recipe, cell.pipeline, sweep_key(cell.sweep), cell.output


def made_on(record: Record) -> str:
    """Name what decides a record's bits beside its key: type of machine and version of torch; empty where no tensor."""
    if not record.payload.get("numerics"):
        return ""
    return ", ".join(filter(None, [type_of_machine(record), f"torch {record.environment.get('torch', '?')}"]))


@dataclass(frozen=True)
class _Cells:
    """Cells that ran in both: (planned, here, published); ``theirs`` are all published cells."""

    pairs: Sequence[tuple[Cell, CellResult, CellResult]]
    theirs: Sequence[CellResult]

    def different(self, unequal: Collection[str]) -> Iterator[DifferentCell]:
        """Yield those with a stage among the unequal ones."""
        for planned, here, there in self.pairs:
            if here.test != there.test or any(ref.key in unequal for ref in planned.stages.values()):
                yield self._different(here, there)

    def _different(self, here: CellResult, there: CellResult) -> DifferentCell:
        if here.test is None or there.test is None:
            return DifferentCell(here.label, f"{here.status} here, {there.status} as published")
        pairs = [(name, getattr(here.test, name), getattr(there.test, name)) for name in LOSSES]
        apart = [(abs(a - b), name, a, b) for name, a, b in pairs if None not in (a, b) and a != b]
        if not apart:
            return DifferentCell(here.label, "other weights, and equal losses on test")
        _, name, a, b = max(apart)
        return DifferentCell(here.label, "", name, a, b, self._spread(there, name))

    def _spread(self, like: CellResult, name: str) -> float | None:
        """Standard deviation of a published loss between the seeds of one row and setting."""
        same = [cell for cell in self.theirs if group_of(cell) == group_of(like)]
        values = [value for cell in same if cell.test and (value := getattr(cell.test, name)) is not None]
        return statistics.stdev(values) if len(values) > 1 else None


def _ran_in_both(plan: Plan, store: Store, published: PublishedRecords) -> _Cells:
    native = plan.loaded.native_instead
    theirs = collect_cells(build_plan(as_published(plan.loaded)) if native else plan, published)
    pairs = zip(plan.cells, collect_cells(plan, store), theirs, strict=True)
    return _Cells([pair for pair in pairs if pair[1].status in RAN and pair[2].status in RAN], theirs)
