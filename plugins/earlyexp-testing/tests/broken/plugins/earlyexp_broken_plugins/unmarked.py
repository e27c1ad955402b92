from pathlib import Path


def register_benchmarks(register):
    register(Path("unmarked.yaml"))
