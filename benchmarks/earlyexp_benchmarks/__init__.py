"""The frozen benchmarks of earlyexp-bench, as package data."""

from collections.abc import Callable
from pathlib import Path

from earlyexp_bench.hooks import hookimpl

api_version = 1


@hookimpl
def register_benchmarks(register: Callable[[Path], None]) -> None:
    """Register every YAML file beside this module."""
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        register(path)
