"""The frozen benchmarks of earlyexp-bench and their published records, as package data."""

from collections.abc import Callable
from pathlib import Path

from earlyexp_bench.hooks import hookimpl

api_version = 1
HERE = Path(__file__).parent


@hookimpl
def register_benchmarks(register: Callable[[Path], None]) -> None:
    """Register every YAML file beside this module."""
    for path in sorted(HERE.glob("*.yaml")):
        register(path)


@hookimpl
def register_published_records(register: Callable[[Path], None]) -> None:
    """Register the folder in which ``<id>@<version>`` lie; there is none before the first board is published."""
    if (HERE / "results").is_dir():
        register(HERE / "results")
