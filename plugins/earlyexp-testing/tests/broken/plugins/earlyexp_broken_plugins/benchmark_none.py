"""Registers what is there, and nothing is."""

from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    for path in Path(__file__).parent.glob("data/*.yaml"):
        register(path)
