"""The records that a benchmark's package publishes, where there are any and they are wanted."""

from earlyexp_bench.contracts import library_versions
from earlyexp_bench.hooks import published_records
from earlyexp_bench.options import Options
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import PublishedRecords


def published(options: Options, loaded: LoadedBenchmark) -> PublishedRecords | None:
    """Read a benchmark's published records.

    Returns:
        None where there are none, where `--own-only` leaves them out, or where the protocol or the instruction set is
        another than theirs.

    Raises:
        UserError: The installed file cannot be read.
    """
    if options.own_only or loaded.changed or loaded.native_instead:
        return None
    file = published_records(loaded.spec.id, loaded.spec.version)
    return PublishedRecords.read(file) if file else None


def recipes_to_run(loaded: LoadedBenchmark, beside: PublishedRecords | None) -> list[str]:
    """Return the recipes whose cells are to be made here.

    Beside published records those of a recipe file are: the benchmark's own rows are published. Without a recipe file,
    or without published records whose bits this machine can have, all are.
    """
    names = list(loaded.spec.recipes)
    added = [name for name in names if not loaded.is_own(name)]
    paired = beside is not None and not loaded.native_instead and _same_torch(beside)
    return added if added and paired else names


def _same_torch(beside: PublishedRecords) -> bool:
    made = {record.environment.get("torch") for record in beside.by_key.values() if record.payload.get("numerics")}
    return made <= {library_versions().get("torch")}
