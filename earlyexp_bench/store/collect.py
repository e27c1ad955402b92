"""Garbage collection: checkpoints and token files go, records stay.

Boards are rebuilt from records alone. A later run that needs what is gone makes it again, parents first. Tokenizers and
the items of evaluations are small, and stay.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.contracts import StageKind
from earlyexp_bench.store.store import ERROR, LOG, RECORD, STAGE, Store

COLLECTED: tuple[StageKind, ...] = ("tokens", "pretrain", "posttrain", "finetune")
STAYS = {RECORD, STAGE, LOG, ERROR}


@dataclass(frozen=True)
class Garbage:
    """What one stage leaves that may be deleted.

    Attributes:
        what: The stage's kind; ``unfinished``, ``failed`` or ``trash`` for what is no result.
        paths: Files and directories.
        size: Bytes.
    """

    what: str
    paths: tuple[Path, ...]
    size: int


def find_garbage(store: Store, keep: Collection[str] = ()) -> list[Garbage]:
    """List what ``collect`` would delete; deletes nothing.

    Args:
        store: The store.
        keep: Keys of stages that stay whole, and whose unfinished work does.
    """
    return [found for found in _candidates(store, keep) if found.paths]


def collect(store: Store, keep: Collection[str] = ()) -> list[Garbage]:
    """Delete the artefacts of every finished stage not in ``keep``, and unfinished work; records stay.

    Returns:
        What was deleted.

    Raises:
        StoreError: A launcher or a worker is using the store.
    """
    lease = store.lease_all()
    try:
        found = find_garbage(store, keep)
        for garbage in found:
            lease.renew()
            for path in garbage.paths:
                store.discard(path)
        return found
    finally:
        lease.release()


def _candidates(store: Store, keep: Collection[str]) -> Iterator[Garbage]:
    for kind in COLLECTED:
        for record in sorted((store.root / kind).glob(f"*/*/{RECORD}")):
            if record.parent.name not in keep:
                yield _garbage(kind, (path for path in record.parent.iterdir() if path.name not in STAYS))
    for work in sorted((store.root / "work").glob("*")):
        if work.name not in keep:
            yield _garbage("unfinished", [work])
    for failed in sorted((store.root / "failed").glob("*")):
        yield _garbage("failed", (path for path in failed.iterdir() if path.name not in STAYS))
    yield _garbage("trash", (store.root / "trash").glob("*"))


def _garbage(what: str, paths: Iterable[Path]) -> Garbage:
    found = tuple(sorted(paths))
    files = (file for path in found for file in (path, *path.rglob("*")) if not file.is_dir())
    return Garbage(what, found, sum(file.lstat().st_size for file in files))
