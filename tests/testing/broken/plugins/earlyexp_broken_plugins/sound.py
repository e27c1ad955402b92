from pathlib import Path

from earlyexp_bench.hooks import hookimpl

api_version = 1


@hookimpl
def register_benchmarks(register):
    register(Path(__file__).parent / "sound.yaml")
