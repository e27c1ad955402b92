"""The records that a check compares with: those that come with the benchmark, or a folder of somebody's."""

from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.board.collect import collect_cells
from earlyexp_bench.contracts import ParentRef, Record, UserError
from earlyexp_bench.hooks import published_records
from earlyexp_bench.planning import Cell, Plan
from earlyexp_bench.planning.native import plan_of_records
from earlyexp_bench.planning.nearest import flat, nearest
from earlyexp_bench.scoring import CellResult
from earlyexp_bench.scoring.cells import RAN
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import PublishedRecords

RECORD_FILES = "*.jsonl.gz"


@dataclass(frozen=True)
class Published:
    """A board's records with the plan that they are of.

    Attributes:
        results: Every cell that has come to its end, with what it found, in the order of the plan.
    """

    plan: Plan
    records: PublishedRecords
    results: list[tuple[Cell, CellResult]]

    def find(self, ref: ParentRef) -> Record | None:
        """Return what was published of a stage; of those after one that diverged there is nothing."""
        return self.records.find(ref.kind, ref.key)


def read_published(loaded: LoadedBenchmark, folder: Path | None) -> Published:
    """Read published records and plan the cells that they are of.

    Args:
        loaded: The benchmark, with the recipes that the records are of.
        folder: Folder of files of records, or one file; None for those that come with the benchmark.

    Raises:
        UserError: There are none, or none of this benchmark, or two files have other results of one stage.
    """
    files = _files(loaded, folder)
    records = PublishedRecords.merged(files)
    plan = plan_of_records(loaded, records)
    found = zip(plan.cells, collect_cells(plan, records), strict=True)
    results = [pair for pair in found if pair[1].status in RAN]
    if not results:
        raise UserError(
            f"the records hold no finished cell of {loaded.board}{_why(plan, records)}",
            where=", ".join(map(str, files)),
            expected="records of this version of the benchmark, made with the libraries that constraints.txt pins",
        )
    return Published(plan, records, results)


def _files(loaded: LoadedBenchmark, folder: Path | None) -> list[Path]:
    if folder is None:
        found = None if loaded.changed else published_records(loaded.spec.id, loaded.spec.version)
        if found is None:
            raise UserError(f"{loaded.board} has no published records here", expected="--records DIR, a folder of them")
        return [found]
    files = [folder] if folder.is_file() else sorted(folder.glob(RECORD_FILES))
    if not files:
        raise UserError(
            f"{folder} holds no file {RECORD_FILES}", where="--records", expected="what `records save` wrote"
        )
    return files


def _why(plan: Plan, records: PublishedRecords) -> str:
    """Say what sets the first stage that they lack apart from those of its kind that they have."""
    lacking = next((node for node in plan.nodes if not records.has(node.spec.kind, node.key)), None)
    if lacking is None:
        return ""
    kind = lacking.spec.kind
    stored = [flat(record.payload) for record in records.by_key.values() if record.payload["kind"] == kind]
    return f": of {lacking.label} {nearest(lacking.spec.payload(), kind, stored)}" if stored else ""
