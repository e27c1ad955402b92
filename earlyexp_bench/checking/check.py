"""Make published cells again, in a fresh store, and compare them with their records."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from earlyexp_bench.board.collect import collect_cells
from earlyexp_bench.board.compare import group_of
from earlyexp_bench.checking.choose import spread
from earlyexp_bench.checking.compare import CheckedCell, compare_cell, loss_differences, stages_of
from earlyexp_bench.checking.published import Published, read_published
from earlyexp_bench.checking.result import FAILED, Checked
from earlyexp_bench.contracts import UserError
from earlyexp_bench.execute import run_stages
from earlyexp_bench.launch import RunObserver, local_executor
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Cell, Plan, build_plan, require_device
from earlyexp_bench.planning.drift import drift
from earlyexp_bench.planning.native import on_this_machine
from earlyexp_bench.planning.prepare import load, prepare_plan, refuse_other_seeds
from earlyexp_bench.scoring import CellResult
from earlyexp_bench.store import Store, require_writable

Pair = tuple[Cell, CellResult]
USUAL_CELLS = 12
MARK = "made-by-check"


def check_benchmark(
    options: Options,
    observer: RunObserver,
    *,
    cells: int | None = None,
    records: Path | None = None,
    keep: Path | None = None,
) -> Checked:
    """Make published cells again and compare them, bit by bit.

    Args:
        options: Benchmark, recipes, seeds and workers; neither store nor folder of results.
        observer: Is told of the plan and of what happens.
        cells: How many, spread over recipes, pipelines and seeds; None for every one of ``options.seeds``, or without
            these for ``USUAL_CELLS``.
        records: Folder of files of records, or one file; None for those that come with the benchmark.
        keep: Store to make them in, which stays; None for a temporary one, which stays if a stage fails.

    Raises:
        UserError: There are no such records or cells, or the store has other results in it.
    """
    loaded = load(options)
    refuse_other_seeds(options, loaded)
    if keep is not None:
        _claim(keep)
    temporary = Path(tempfile.mkdtemp(prefix="earlyexp-check-"))
    checked: Checked | None = None
    try:
        published = read_published(loaded, records)
        chosen = _choose(published, options, cells)
        checked = _checked(published, chosen, replace(options, store=keep or temporary), observer)
        stays = checked.exit_code == FAILED or keep is not None
        return replace(checked, kept=(keep or temporary) if stays else None)
    finally:
        if checked is None or checked.exit_code != FAILED or keep is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _claim(store: Path) -> None:
    """Take a folder for a store, unless one is there in which anything but a check has run."""
    if Store(store).exists() and not (store / MARK).exists():
        raise UserError(
            f"{store} is a store in which other results may be, and a check makes its own",
            where="--store",
            expected="a folder that does not exist yet, or one that an earlier check was given",
        )
    require_writable(store)
    store.mkdir(parents=True, exist_ok=True)
    (store / MARK).touch()


def _choose(published: Published, options: Options, wanted: int | None) -> list[Cell]:
    seeds = options.seeds
    found = [cell for cell, _ in published.results if seeds is None or cell.seed in seeds]
    if not found:
        listed = ", ".join(map(str, sorted({cell.seed for cell, _ in published.results})))
        raise UserError("no cell of these seeds is among the records", where="--seeds", expected=f"some of {listed}")
    if wanted is None:
        wanted = USUAL_CELLS if seeds is None else len(found)
    return spread(found, wanted)


def _checked(published: Published, chosen: Sequence[Cell], options: Options, observer: RunObserver) -> Checked:
    plan = _same_cells(published.plan, chosen)
    _make(plan, published, options, observer)
    store = Store(options.store)
    made = list(zip(plan.cells, collect_cells(plan, store), strict=True))
    there = {_name(cell): (cell, found) for cell, found in published.results}
    cells = tuple(_compare(published, there[_name(pair[0])], pair, plan, store) for pair in made)
    groups = {group_of(cell) for cell in chosen}
    return Checked(
        published.plan.loaded.board,
        cells,
        loss_differences(cells, [result for cell, result in published.results if group_of(cell) in groups]),
        tuple(_software(published, chosen)),
        plan.loaded.native_instead and not published.plan.loaded.native_instead,
    )


def _same_cells(published: Plan, chosen: Iterable[Cell]) -> Plan:
    """Plan the cells as this machine makes them, and nothing that they do not need."""
    loaded = on_this_machine(published.loaded)
    plan = published if loaded is published.loaded else build_plan(loaded)
    names = {_name(cell) for cell in chosen}
    cells = [cell for cell in plan.cells if _name(cell) in names]
    needed = stages_of(plan, cells)
    return replace(plan, cells=cells, nodes=[node for node in plan.nodes if node.key in needed])


def _make(plan: Plan, published: Published, options: Options, observer: RunObserver) -> None:
    prepared = prepare_plan(options, plan, published.records)
    require_device(plan.loaded, prepared.probe)
    observer.planned(prepared)
    executor = local_executor(plan, options)
    try:
        run_stages(plan.nodes, prepared.store, executor, workers=prepared.workers, on_event=observer.event)
    finally:
        executor.close()


def _compare(published: Published, there: Pair, here: Pair, plan: Plan, store: Store) -> CheckedCell:
    labels = {node.key: node.label for node in plan.nodes}
    both = zip(stages_of(published.plan, [there[0]]).values(), stages_of(plan, [here[0]]).values(), strict=True)
    stages = [(labels[own.key], published.find(ref), store.find(own.kind, own.key)) for ref, own in both]
    return compare_cell(there[1], here[1], [(label, then, now) for label, then, now in stages if then is not None])


def _software(published: Published, chosen: Iterable[Cell]) -> Iterable[str]:
    """Say what most stages of the chosen cells were made with that is not what is installed here."""
    records = [published.find(ref) for ref in stages_of(published.plan, chosen).values()]
    counts = Counter(str(difference) for record in records if record is not None for difference in drift(record))
    return (difference for difference, _ in counts.most_common())


def _name(cell: Cell) -> tuple[Hashable, ...]:
    return (*group_of(cell), cell.seed)
