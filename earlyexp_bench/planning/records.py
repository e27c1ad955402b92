"""A benchmark's records as one small file: published beside its results, or taken along to go on elsewhere."""

from collections.abc import Sequence
from pathlib import Path

from earlyexp_bench.contracts import Record, UserError
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.planning.load import load
from earlyexp_bench.store import Store, add_record, read_records, require_writable, write_records, writing


def save_records(options: Options, path: Path) -> tuple[int, int]:
    """Write the records that a store holds of a benchmark's stages.

    Returns:
        How many were written, and how many stages the benchmark has.

    Raises:
        UserError: The store holds none, or the file cannot be written.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder", where="FILE", expected="a file, e.g. mini.jsonl.gz")
    plan = build_plan(load(options))
    found = _records(plan, Store(options.store))
    if not found:
        raise UserError(
            f"{options.store} holds no record of {plan.loaded.board}",
            where="--store",
            expected=f"a store in which some of it has run: `earlyexp-bench run {options.benchmark}`",
        )
    with writing(path, expected="a file in a folder you may write"):
        return write_records(path, found), len(plan.nodes)


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


def _records(plan: Plan, store: Store) -> list[Record]:
    found = [store.find(node.spec.kind, node.key) for node in plan.nodes]
    return [record for record in found if record is not None]
