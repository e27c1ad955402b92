"""Another id than its file's name."""

from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    register(Path(__file__).parent / "broken-other-id.yaml")
