import sys

import pyarrow  # noqa: F401 - the defect

from earlyexp_bench.hooks import hookimpl

for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
    del sys.modules[name]


@hookimpl
def register_executors(register):
    register("heavy-and-hidden", print)
