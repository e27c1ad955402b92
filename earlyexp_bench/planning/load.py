"""What a command names: a benchmark with its recipes and overrides, and a store with its records."""

from pathlib import Path

from earlyexp_bench.contracts import UserError
from earlyexp_bench.options import DEFAULT_STORE, Options
from earlyexp_bench.spec import LoadedBenchmark, load_benchmark
from earlyexp_bench.store import Store


def load(options: Options) -> LoadedBenchmark:
    """Read and validate the benchmark.

    Raises:
        UserError: With file, line, key, what is wrong and what would be right.
    """
    return load_benchmark(options.benchmark, recipes=options.recipes, overrides=options.overrides)


def existing_store(path: Path) -> Store:
    """Open a store that something has been written to.

    Raises:
        UserError: There is none.
    """
    store = Store(path)
    if not store.exists():
        raise UserError(
            f"{path} is no store",
            where="--store",
            expected=f"a folder that `run` or `records add` wrote; the default is {DEFAULT_STORE}",
        )
    return store
