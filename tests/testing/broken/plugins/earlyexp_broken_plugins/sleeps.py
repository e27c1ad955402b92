import time
from pathlib import Path

from earlyexp_bench.hooks import hookimpl

time.sleep(0.2)


@hookimpl
def register_benchmarks(register):
    register(Path("sleeps.yaml"))
