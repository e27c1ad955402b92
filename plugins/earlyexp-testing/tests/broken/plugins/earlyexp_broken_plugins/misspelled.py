from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmark(register):
    register(Path("misspelled.yaml"))
