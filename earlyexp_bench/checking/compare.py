"""A cell made again beside the published one: stage by stage to the bit, and loss by loss."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from earlyexp_bench.board.compare import Group, group_of, made_on
from earlyexp_bench.contracts import ParentRef, Record
from earlyexp_bench.planning import Cell, Plan
from earlyexp_bench.planning.nearest import flat
from earlyexp_bench.scoring import CellResult
from earlyexp_bench.store import differing

SHOWN = 3  # of what differs in one stage
State = Literal["identical", "different", "not made"]


@dataclass(frozen=True)
class CheckedCell:
    """A published cell and the same one made here.

    Attributes:
        cell: The cell in words.
        state: ``identical`` to the bit: status, weights and everything measured, of every stage.
        stage: The first stage that differs, in words; empty where none does.
        kind: Of that stage.
        differences: What differs in it.
        losses: On test, by name: as published and as found here. Only where both cells are done.
        machines: Types of machine: as published and here.
    """

    cell: str
    state: State
    stage: str = ""
    kind: str = ""
    differences: tuple[str, ...] = ()
    losses: Mapping[str, tuple[float, float]] | None = None
    machines: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    @property
    def same_machine(self) -> bool:
        """Whether both were made on one type of machine, as far as the records say."""
        there, here = self.machines
        return there == here

    @property
    def other_losses(self) -> dict[str, tuple[float, float]]:
        """The losses that are not equal."""
        return {name: pair for name, pair in (self.losses or {}).items() if pair[0] != pair[1]}


@dataclass(frozen=True)
class LossDifference:
    """How far one loss of the cells made here is from the published one, nats per token.

    Attributes:
        between_seeds: SD between the published seeds of the same recipes, pipelines and sweep points; None where these
            have a seed each.
    """

    loss: str
    rms: float
    largest: float
    between_seeds: float | None


def stages_of(plan: Plan, cells: Iterable[Cell]) -> dict[str, ParentRef]:
    """Return the stages that cells come from, data first, by key: parents before children."""
    specs = {node.key: node.spec for node in plan.nodes}
    found: dict[str, ParentRef] = {}

    def visit(ref: ParentRef) -> None:
        if ref.key not in found:
            for _, parent in sorted(specs[ref.key].parents.items(), key=lambda item: (item[0] == "model", item[0])):
                visit(parent)
            found[ref.key] = ref

    for cell in cells:
        for ref in cell.stages.values():
            visit(ref)
    return found


def compare_cell(
    there: CellResult,
    here: CellResult,
    stages: Sequence[tuple[str, Record, Record | None]],
) -> CheckedCell:
    """Compare a published cell with the one made here.

    Args:
        there: As published.
        here: As made here.
        stages: Of each stage, parents first: its label, what was published, what was made here.
    """
    machines = _machines(stages, 1), _machines(stages, 2)
    known = CheckedCell(there.label, "identical", losses=_losses(there, here), machines=machines)
    for label, published, made in stages:
        if made is None:
            return _told(known, "not made", label, published, (here.reason,))
        if differences := tuple(_differences(published, made)):
            return _told(known, "different", label, published, differences)
    return known


def _told(known: CheckedCell, state: State, label: str, record: Record, differences: tuple[str, ...]) -> CheckedCell:
    return replace(known, state=state, stage=label, kind=record.payload["kind"], differences=differences)


def _machines(stages: Iterable[tuple[str, Record, Record | None]], side: Literal[1, 2]) -> frozenset[str]:
    records = (record for stage in stages if isinstance(record := stage[side], Record))
    return frozenset(map(made_on, records)) - {""}


def _differences(there: Record, here: Record) -> Iterator[str]:
    """What differs between two records of one stage: status, weights, what it found."""
    if not differing(there, here):
        return
    if there.status != here.status:
        yield f"{here.status} here, {there.status} as published"
    for output in sorted(there.weight_hashes.keys() | here.weight_hashes.keys()):
        if there.weight_hashes.get(output) != here.weight_hashes.get(output):
            yield f"other weights ({output})"
    found = [flat(record.output.model_dump(mode="json") if record.output else {}) for record in (there, here)]
    others = [name for name in sorted(found[0].keys() | found[1].keys()) if found[0].get(name) != found[1].get(name)]
    for name in others[:SHOWN]:
        yield f"{name} is {found[1].get(name)!r} here, {found[0].get(name)!r} as published"
    if len(others) > SHOWN:
        yield f"{len(others) - SHOWN} further values"


def _losses(there: CellResult, here: CellResult) -> dict[str, tuple[float, float]] | None:
    if there.test is None or here.test is None:
        return None
    published, made = asdict(there.test), asdict(here.test)
    return {name: (loss, made[name]) for name, loss in published.items() if loss is not None and made[name] is not None}


def loss_differences(checked: Sequence[CheckedCell], published: Sequence[CellResult]) -> tuple[LossDifference, ...]:
    """Return how far each loss is off, beside the spread that another seed would make.

    Args:
        checked: Cells that were made here.
        published: All seeds of their recipes, pipelines and sweep points.
    """
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for cell in checked:
        for name, pair in (cell.losses or {}).items():
            pairs[name].append(pair)
    return tuple(_difference(name, np.array(found), published) for name, found in pairs.items())


def _difference(loss: str, pairs: np.ndarray, published: Sequence[CellResult]) -> LossDifference:
    apart = np.abs(pairs[:, 1] - pairs[:, 0])
    spread = between_seeds(published, lambda cell: getattr(cell.test, loss, None))
    return LossDifference(loss, float(np.sqrt(np.mean(apart**2))), float(apart.max()), spread)


def between_seeds(cells: Sequence[CellResult], loss: Callable[[CellResult], float | None]) -> float | None:
    """Return the SD of a loss between seeds, pooled over recipes, pipelines, sweep points and checkpoints."""
    groups: dict[Group, list[float]] = defaultdict(list)
    for cell in cells:
        if (value := loss(cell)) is not None:
            groups[group_of(cell)].append(value)
    squares = [
        (np.var(values, ddof=1) * (len(values) - 1), len(values) - 1) for values in groups.values() if values[1:]
    ]
    return math.sqrt(sum(s for s, _ in squares) / sum(n for _, n in squares)) if squares else None
