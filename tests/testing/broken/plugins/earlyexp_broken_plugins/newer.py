from pathlib import Path

from earlyexp_bench.hooks import hookimpl

api_version = 99


@hookimpl
def register_benchmarks(register):
    register(Path("newer.yaml"))
