"""A misspelt key."""

from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    register(Path(__file__).parent / "broken-invalid.yaml")
