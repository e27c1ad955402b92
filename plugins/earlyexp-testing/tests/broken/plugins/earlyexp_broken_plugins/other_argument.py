from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(add):
    add(Path("other-argument.yaml"))
