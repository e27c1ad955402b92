"""A benchmark's records as one small file: published beside its results, or taken along to go on elsewhere."""

from collections.abc import Sequence
from pathlib import Path

from earlyexp_bench.contracts import Record, UserError
from earlyexp_bench.options import Options
from earlyexp_bench.planning.cells import build_plan
from earlyexp_bench.planning.native import either, plan_of_records
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.planning.prepare import existing_store, load
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import (
    Garbage,
    Store,
    add_record,
    collect,
    find_garbage,
    read_records,
    require_writable,
    write_records,
    writing,
)


def save_records(options: Options, path: Path) -> tuple[int, int]:
    """Write the records that a store holds of a benchmark's stages.

    Returns:
        How many were written, and how many stages the benchmark has.

    Raises:
        UserError: The store holds none, or the file cannot be written.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder", where="FILE", expected="a file, e.g. mini.jsonl.gz")
    store = Store(options.store)
    plan = plan_of_records(load(options), store)
    stored = _records(plan, store)
    if not stored:
        raise UserError(
            f"{options.store} holds no record of {plan.loaded.board}",
            where="--store",
            expected=f"a store in which some of it has run: `earlyexp-bench run {options.benchmark}`",
        )
    with writing(path, expected="a file in a folder you may write"):
        return write_records(path, stored), len(plan.nodes)


def add_records(paths: Sequence[Path], store: Path) -> tuple[int, int]:
    """Put the records of files into a store, so that boards can be built of them; of none if one cannot be read.

    Returns:
        How many were new, and how many the store had already.

    Raises:
        UserError: A file cannot be read or is none of records, or the store cannot be written.
        StoreError: A stage is in the store with another result.
    """
    records = [record for path in paths for record in read_records(path)]
    require_writable(store)
    target = Store(store)
    added = [add_record(target, record) for record in records]
    return sum(added), len(added) - sum(added)


def collect_garbage(store: Path, keep: Sequence[str] = (), *, delete: bool) -> list[Garbage]:
    """Delete checkpoints, token files and unfinished work, or list what would be deleted; records stay.

    Args:
        store: Folder of the store.
        keep: Ids or paths of benchmarks of which nothing is deleted.
        delete: Delete it.

    Raises:
        UserError: There is no such store or it cannot be written, or there is no such benchmark.
        StoreError: A launcher or a worker is using the store.
    """
    opened = existing_store(store)
    if delete:
        require_writable(store)
    kept = {
        node.key
        for benchmark in keep
        for loaded in either(load_benchmark(benchmark))
        for node in build_plan(loaded).nodes
    }
    return collect(opened, kept) if delete else find_garbage(opened, kept)


def _records(plan: Plan, store: Store) -> list[Record]:
    stored = [store.find(node.spec.kind, node.key) for node in plan.nodes]
    return [record for record in stored if record is not None]
