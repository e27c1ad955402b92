from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl(specname="register_benchmarks")
def benchmarks(register):
    register(Path(__file__).parent / "sound-name.yaml")
