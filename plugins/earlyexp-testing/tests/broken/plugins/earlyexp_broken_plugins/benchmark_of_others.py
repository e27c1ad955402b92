"""Another package's benchmark under its own name."""

from pathlib import Path

import earlyexp_bench
from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    register(Path(earlyexp_bench.__file__).parent / "builtin" / "smoke.yaml")
