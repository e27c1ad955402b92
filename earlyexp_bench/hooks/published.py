"""Where the published records of a benchmark lie: they come with the package that brings its file."""

from pathlib import Path

from earlyexp_bench.hooks.registry import registry

RECORDS = "records.jsonl.gz"


def published_records(benchmark: str, version: int) -> Path | None:
    """Return the file of a benchmark's published records, as `records save` wrote it; None where there is none.

    Args:
        benchmark: The id as the benchmark's file says it.
        version: As the file says it; each version has records of its own.
    """
    files = (folder / f"{benchmark}@{version}" / RECORDS for folder in registry().published)
    return next((file for file in files if file.is_file()), None)
