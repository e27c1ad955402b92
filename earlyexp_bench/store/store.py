"""The store: finished stages by key, unfinished ones under ``work/``, crashed ones under ``failed/``.

Invariant: a directory ``<kind>/<two digits>/<key>`` with a ``record.json`` is a finished stage, whole and never
changed again, except that ``collect`` may take its artefacts away, and that it may be replaced whole, on request.
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from earlyexp_bench.contracts import Record, StageFailure, StageKind, StageSpec, StoreError, UserError, digest
from earlyexp_bench.contracts.files import file_sha256
from earlyexp_bench.store import lease as leases
from earlyexp_bench.store.files import flush, write_json
from earlyexp_bench.store.parse import NewerRecord, NoRecord, described, parse_record
from earlyexp_bench.store.writable import require_writable

KINDS: tuple[StageKind, ...] = get_args(StageKind)
RECORD = "record.json"
STAGE = "stage.json"
LOG = "log.txt"
ERROR = "error.json"
PROGRESS = "progress.json"
CHECKPOINT = "checkpoint"
# Not results: they differ between two runs of one stage.
_UNHASHED = {RECORD, STAGE, LOG, ERROR, PROGRESS}


@dataclass(frozen=True)
class Store:
    """A directory of stages by content address. Relative throughout: it may be moved or mounted elsewhere."""

    root: Path

    def exists(self) -> bool:
        """Tell whether a launcher or `place_record` has been here; a folder of anything else is no store."""
        records = (path for kind in KINDS for path in (self.root / kind).glob(f"*/*/{RECORD}"))
        return (self.root / "leases").is_dir() or next(records, None) is not None

    def directory(self, kind: StageKind, key: str) -> Path:
        """Where the finished stage is, or will be."""
        return self.root / kind / key[:2] / key

    def work_directory(self, key: str) -> Path:
        """Where the stage is made; the same for every try, so that its ``checkpoint/`` is found again."""
        return self.root / "work" / key

    def has(self, kind: StageKind, key: str) -> bool:
        """Tell whether the stage has a record; its artefacts may have been collected."""
        return (self.directory(kind, key) / RECORD).is_file()

    def find(self, kind: StageKind, key: str) -> Record | None:
        """Return the stage's record, or None when the stage has not finished.

        Raises:
            StoreError: The record is there but cannot be used.
        """
        return self.record(kind, key) if self.has(kind, key) else None

    def record(self, kind: StageKind, key: str) -> Record:
        """Return the stage's record.

        Raises:
            StoreError: There is none, or it cannot be read or belongs to another stage.
        """
        path = self.directory(kind, key) / RECORD
        try:
            record = parse_record(path.read_bytes())
        except FileNotFoundError as error:
            raise StoreError(f"{path} does not exist: the {kind} stage {key[:12]} has not finished; run it") from error
        except NewerRecord as error:
            raise StoreError(f"{path} cannot be read: {error}; update it, or use another store") from error
        except NoRecord as error:
            raise StoreError(f"{path} cannot be read: {error}; delete {path.parent} and run again") from error
        if record.key != key:
            raise StoreError(f"{path} is the record of {record.key[:12]}; delete {path.parent} and run again")
        return record

    def records(self, kind: StageKind | None = None) -> Iterator[tuple[StageKind, Record]]:
        """Yield every record with its kind, in order of kind and key.

        Raises:
            StoreError: One of them cannot be used.
        """
        for each in (kind,) if kind else KINDS:
            for path in sorted((self.root / each).glob(f"*/*/{RECORD}")):
                yield each, self.record(each, path.parent.name)

    def complete(self, kind: StageKind, key: str) -> bool:
        """Tell whether the stage has a record and all of its files are there. Contents are ``verify``'s matter."""
        if not self.has(kind, key):
            return False
        directory = self.directory(kind, key)
        return all((directory / name).is_file() for name in self.record(kind, key).files)

    def usable(self, kind: StageKind, key: str, unwanted: str = "") -> bool:
        """Tell whether the stage is complete, and its record is not the one whose hash is ``unwanted``."""
        return self.complete(kind, key) and not (unwanted and self.record_hash(kind, key) == unwanted)

    def record_hash(self, kind: StageKind, key: str) -> str:
        """Return the SHA-256 of the stage's record file; empty when it has none."""
        path = self.directory(kind, key) / RECORD
        return file_sha256(path) if path.is_file() else ""

    def verify(self, kind: StageKind, key: str) -> list[str]:
        """Return what is wrong with a finished stage, a line each; empty when all is as recorded.

        Raises:
            StoreError: The record itself is missing or unusable.
        """
        record = self.record(kind, key)
        directory = self.directory(kind, key)
        problems = [] if digest(record.payload) == key else [f"{RECORD}: its payload is not that of key {key[:12]}"]
        for name, expected in record.files.items():
            path = directory / name
            if not path.is_file():
                problems.append(f"{name}: missing")
            elif file_sha256(path) != expected:
                problems.append(f"{name}: changed since it was recorded")
        return problems

    def open_stage(self, spec: StageSpec) -> Path:
        """Make the stage's work directory, or return to the one that an interrupted run left.

        Where ``spec.runtime`` names the code it is to be made with, and the interrupted run was made with other code or
        did not say, its checkpoint is deleted.
        """
        directory = self.work_directory(spec.key)
        directory.mkdir(parents=True, exist_ok=True)
        if spec.runtime.code not in ("", _code_of(directory / STAGE)):
            self.discard(directory / CHECKPOINT)
        for name in (PROGRESS, ERROR):
            (directory / name).unlink(missing_ok=True)
        write_json(directory / STAGE, spec.model_dump(mode="json"), durable=False)
        return directory

    def commit(self, work_directory: Path, record: Record, *, replaces: str = "") -> Record:
        """Finish a stage: hash its files, write the record last, rename the directory into place.

        Where another launcher has finished the same stage first, its result is kept and ours is dropped.

        Args:
            work_directory: Where the stage was made.
            record: What it left.
            replaces: Hash of the record of an earlier result that this one takes the place of. The whole directory
                is exchanged by two renames: whoever looks finds the old one, the new one, or for a moment none.

        Returns:
            The record as it now stands in the store.

        Raises:
            StoreError: What the stage found is not what its kind declares, or not JSON, e.g. NaN.
        """
        kind: StageKind = record.payload["kind"]
        shutil.rmtree(work_directory / CHECKPOINT, ignore_errors=True)
        for name in (PROGRESS, ERROR):
            (work_directory / name).unlink(missing_ok=True)
        record = record.model_copy(update={"files": _hash_files(work_directory)})
        _write_record(work_directory / RECORD, record)
        self._move_in(work_directory, kind, record.key, replaces)
        return self.record(kind, record.key)

    def place_record(self, record: Record) -> None:
        """Finish a stage that was made elsewhere, with its record alone: as ``collect`` leaves one."""
        work = self.work_directory(f"record-{record.key}-{secrets.token_hex(4)}")
        work.mkdir(parents=True)
        _write_record(work / RECORD, record)
        destination = self.directory(record.payload["kind"], record.key)
        destination.parent.mkdir(parents=True, exist_ok=True)
        self._put(work, destination)

    def fail(self, key: str, failure: StageFailure) -> Path:
        """Move a stage that did not finish to ``failed/``, replacing an older failure, and return that directory.

        Where neither the code nor what it was given is to blame, its checkpoint stays for the next try.
        """
        work, destination = self.work_directory(key), self._failed(key)
        work.mkdir(parents=True, exist_ok=True)
        write_failure(work, failure)
        (work / LOG).touch()
        self.discard(destination)
        destination.parent.mkdir(exist_ok=True)
        work.rename(destination)
        if failure.fault in ("system", "outside") and (destination / CHECKPOINT).is_dir():
            work.mkdir()
            (destination / CHECKPOINT).rename(work / CHECKPOINT)
        return destination

    def failure(self, key: str) -> StageFailure | None:
        """Return how the stage last failed, or None."""
        return read_failure(self._failed(key))

    def forget_failure(self, key: str) -> None:
        """Delete what the stage's last crash left, once it has finished after all."""
        self.discard(self._failed(key))

    def lease(self, key: str) -> leases.Lease | None:
        """Take the lease of a stage; None while another launcher holds it."""
        return leases.take(self.root / "leases", key)

    def lease_all(self) -> leases.Lease:
        """Take the whole store, so that no stage can start.

        Raises:
            StoreError: A launcher or a worker is using it.
        """
        return leases.take_all(self.root / "leases")

    def require_writable(self, stages: Iterable[tuple[StageKind, str]]) -> None:
        """Refuse a store in which these stages could not be made or not be put in their places.

        Raises:
            UserError: Names the folder, with the system's reason.
        """
        _require_text(self.root.absolute())
        require_writable(self.root)
        parts = {self.root / name for name in ("leases", "work", "failed", "trash", "probes")}
        places = parts | {self.directory(kind, key).parent for kind, key in stages}
        for folder in sorted(places | {place.parent for place in places}):
            if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
                require_writable(folder)

    def presence(self) -> leases.Lease:
        """Take a lease that says that a launcher relies on what the store holds.

        Raises:
            StoreError: The whole store is taken.
        """
        lease = self.lease(f"launcher-{secrets.token_hex(8)}")
        if lease is None:
            raise StoreError(f"`earlyexp-bench gc` is at work on {self.root}; run again when it has ended")
        return lease

    def discard(self, path: Path) -> None:
        """Delete a file or directory of the store, if it is there; it leaves its place at once, by a rename."""
        if not path.exists():
            return
        trash = self.root / "trash" / secrets.token_hex(8)
        trash.parent.mkdir(parents=True, exist_ok=True)
        path.rename(trash)
        if trash.is_dir():
            shutil.rmtree(trash)
        else:
            trash.unlink()

    def _failed(self, key: str) -> Path:
        return self.root / "failed" / key

    def _move_in(self, work: Path, kind: StageKind, key: str, replaces: str) -> None:
        destination = self.directory(kind, key)
        destination.parent.mkdir(parents=True, exist_ok=True)
        if self.usable(kind, key, unwanted=replaces):
            self.discard(work)
            return
        self.discard(destination)  # unwanted, or its artefacts were collected, or it was never whole
        self._put(work, destination)
        flush(destination.parent)

    def _put(self, work: Path, destination: Path) -> None:
        try:
            work.rename(destination)
        except OSError:
            if not (destination / RECORD).is_file():
                raise
            self.discard(work)  # another launcher came first


def _require_text(path: Path) -> None:
    """Libraries that write tokenizers and weights take names in UTF-8 alone."""
    if any("\udc80" <= character <= "\udcff" for character in str(path)):
        raise UserError(
            f"the name of {path} is not UTF-8", where="--store", expected="a folder whose whole path is UTF-8"
        )


def write_failure(directory: Path, failure: StageFailure) -> None:
    """Say in a stage's directory how it failed."""
    write_json(directory / ERROR, asdict(failure))


def read_failure(directory: Path) -> StageFailure | None:
    """Return what a stage's directory says of its failure, or None."""
    path = directory / ERROR
    return StageFailure.read(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _code_of(stage: Path) -> str:
    """Name the code that a try was to be made with; empty where its ``stage.json`` does not say."""
    runtime = json.loads(stage.read_text(encoding="utf-8"))["runtime"] if stage.is_file() else {}
    return str(runtime.get("code", ""))


def _hash_files(directory: Path) -> dict[str, str]:
    files: dict[str, str] = {}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_dir():
            flush(path)
        elif name not in _UNHASHED:
            flush(path)
            files[name] = file_sha256(path)
    return files


def _write_record(path: Path, record: Record) -> None:
    kind = record.payload["kind"]
    try:
        values = record.model_dump()
        Record.model_validate(values)
        write_json(path, values)
    except ValidationError as error:
        raise StoreError(f"the {kind} stage {record.key[:12]} left a wrong record: {described(error)}") from error
    except (TypeError, ValueError) as error:
        raise StoreError(f"the record of the {kind} stage {record.key[:12]} is not JSON: {error}") from error
    flush(path.parent)
