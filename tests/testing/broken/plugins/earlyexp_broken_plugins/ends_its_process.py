import itertools
import os
from pathlib import Path

from earlyexp_bench.hooks import hookimpl

CALLS = itertools.count(1)


@hookimpl
def register_benchmarks(register):
    if next(CALLS) > 1:
        os._exit(7)
    register(Path("ends-its-process.yaml"))
