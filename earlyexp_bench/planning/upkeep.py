"""Freeing a store's disk."""

from collections.abc import Sequence
from pathlib import Path

from earlyexp_bench.planning import build_plan
from earlyexp_bench.planning.load import existing_store
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import Garbage, collect, find_garbage, require_writable


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
    kept = {node.key for benchmark in keep for node in build_plan(load_benchmark(benchmark)).nodes}
    return collect(opened, kept) if delete else find_garbage(opened, kept)
