from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    import pyarrow

    register(Path(f"{pyarrow.__name__}.yaml"))
