"""The records that a check compares with: those that come with the benchmark, or a folder of somebody's."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.board.collect import collect_board
from earlyexp_bench.contracts import ParentRef, Record, UserError
from earlyexp_bench.hooks import published_records
from earlyexp_bench.planning import Cell, Plan, plan_status
from earlyexp_bench.planning.native import plan_of_records
from earlyexp_bench.planning.records import add_records
from earlyexp_bench.scoring import CellResult
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import Store

RECORD_FILES = "*.jsonl.gz"


@dataclass(frozen=True)
class Published:
    """A board's records with the plan that they are of.

    Attributes:
        store: Holds records alone.
        results: Every cell that has come to its end, with what it found, in the order of the plan.
    """

    plan: Plan
    store: Store
    results: list[tuple[Cell, CellResult]]

    def find(self, ref: ParentRef) -> Record | None:
        """Return what was published of a stage; of those after one that diverged there is nothing."""
        return self.store.find(ref.kind, ref.key)


def read_published(loaded: LoadedBenchmark, folder: Path | None, place: Path) -> Published:
    """Put published records into a store of their own.

    Args:
        loaded: The benchmark, with the recipes that the records are of.
        folder: Folder of files of records, or one file; None for those that come with the benchmark.
        place: Where the store is made.

    Raises:
        UserError: There are none, or none of this benchmark.
        StoreError: Two files have other results of one stage.
    """
    files = _files(loaded, folder)
    add_records(files, place)
    store = Store(place)
    plan = plan_of_records(loaded, store)
    _, cells = collect_board(plan, store)
    results = [pair for pair in zip(plan.cells, cells, strict=True) if pair[1].status in ("done", "diverged")]
    if not results:
        raise UserError(
            f"the records hold no finished cell of {loaded.board}: {_why(plan, store)}",
            where=", ".join(map(str, files)),
            expected="records of this version of the benchmark, made with the libraries that constraints.txt pins",
        )
    return Published(plan, store, results)


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


def _why(plan: Plan, store: Store) -> str:
    """What sets most of the stages that are not there apart from what is."""
    reasons = Counter(
        s.reason for s in plan_status(plan, store) if s.state == "miss" and "must run first" not in s.reason
    )
    return reasons.most_common(1)[0][0] if reasons else "none has all its stages"
