"""A domain and a claim of packages that it does not depend on."""

from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    register(Path(__file__).parent / "broken-undeclared.yaml")
