"""A key that no Llama has."""

from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    register(Path(__file__).parent / "broken-model.yaml")
