from pathlib import Path

from earlyexp_bench.hooks import hookimpl


def regster_methods(register):
    pass


@hookimpl
def register_benchmarks(register):
    register(Path("misspelled-unmarked.yaml"))
