from pathlib import Path

import pandas as pd

from earlyexp_bench.hooks import hookimpl

TABLE = pd.DataFrame()


@hookimpl
def register_benchmarks(register):
    register(Path("heavy.yaml"))
