"""Published records beside a store: read to compare with and to fill a board, never a hit of any stage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.contracts import Record, StageKind, UserError
from earlyexp_bench.store.records import differing, read_records


@dataclass(frozen=True)
class PublishedRecords:
    """Records by key. Their checkpoints and token files are nowhere, so that no stage can start from them."""

    by_key: Mapping[str, Record]
    path: Path = Path()

    @classmethod
    def read(cls, path: Path) -> "PublishedRecords":
        """Read a file that `records save` wrote.

        Raises:
            UserError: It cannot be read, or a line of it is no record.
        """
        return cls({record.key: record for record in read_records(path)}, path)

    @classmethod
    def merged(cls, paths: Iterable[Path]) -> "PublishedRecords":
        """Read several files as one.

        Raises:
            UserError: One cannot be read, or two of them have a stage with other results.
        """
        found: dict[str, Record] = {}
        last = Path()
        for last in paths:
            for record in read_records(last):
                known = found.setdefault(record.key, record)
                if other := differing(known, record):
                    said = f"the {record.payload['kind']} stage {record.key[:12]} has another result ({other[0]})"
                    raise UserError(f"{said} than in the files before", where=str(last), expected="one of the two")
        return cls(found, last)

    def has(self, kind: StageKind, key: str) -> bool:
        """Tell whether the stage has a record, as a store does."""
        return self.find(kind, key) is not None

    def find(self, kind: StageKind, key: str) -> Record | None:
        """Return the record of a stage, or None."""
        record = self.by_key.get(key)
        return record if record is not None and record.payload["kind"] == kind else None

    def failure(self, key: str) -> None:
        """Return how a stage last failed, as a store does: what is published has ended."""

    def directory(self, kind: StageKind, key: str) -> Path:
        """Return where a record is, as a store does: all are in one file."""
        return self.path
