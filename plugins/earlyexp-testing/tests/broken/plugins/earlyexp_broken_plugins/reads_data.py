import sys
from pathlib import Path

from earlyexp_bench.hooks import hookimpl

with Path(sys.executable).open("rb") as file:  # a file that is large, and no module
    FIRST = file.read(9)


@hookimpl
def register_executors(register):
    register("reads-data", print)
