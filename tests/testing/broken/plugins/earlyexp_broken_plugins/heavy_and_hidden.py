import sys
from pathlib import Path

import pyarrow  # noqa: F401 - the defect

from earlyexp_bench.hooks import hookimpl

for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
    del sys.modules[name]


@hookimpl
def register_benchmarks(register):
    register(Path("heavy-and-hidden.yaml"))
