"""Records without their artefacts in one file, to be published or to go on with elsewhere.

One gzipped line of JSON a record, by kind and key; equal records give equal bytes.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from earlyexp_bench.contracts import Record, StoreError, UserError, digest
from earlyexp_bench.store.files import write_atomic
from earlyexp_bench.store.parse import NoRecord, parse_record
from earlyexp_bench.store.store import KINDS, Store

EXPECTED = "a file that `records save` wrote"


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write records as one file, whole or not at all.

    Returns:
        How many.
    """
    by_key = {record.key: record for record in records}
    ordered = sorted(by_key.values(), key=lambda record: (KINDS.index(record.payload["kind"]), record.key))
    lines = [json.dumps(record.model_dump(mode="json"), sort_keys=True, ensure_ascii=False) for record in ordered]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)
    write_atomic(path, content, durable=False)
    return len(ordered)


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file.

    Raises:
        UserError: It cannot be read, or a line is no record or not that of its key; names file and line.
    """
    try:
        text = gzip.decompress(path.read_bytes()).decode()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        said = getattr(error, "strerror", None) or error
        raise UserError(f"{path} cannot be read as a file of records: {said}", expected=EXPECTED) from error
    # Strings in a record may hold whatever else Python takes for the end of a line.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), start=1):
        try:
            record = parse_record(line)
        except NoRecord as error:
            raise UserError(f"{path}:{number} is not a record: {error}", expected=EXPECTED) from error
        if digest(record.payload) != record.key or record.payload.get("kind") not in KINDS:
            changed = f"the payload is not that of key {record.key[:12]}: it was changed"
            raise UserError(changed, where=f"{path}:{number}", expected=EXPECTED)
        yield record


def add_record(store: Store, record: Record) -> bool:
    """Put a record into a store, as if its artefacts had been collected.

    Returns:
        False where the store has the stage already, with the same result.

    Raises:
        StoreError: The store has the stage with another result: two machines, or two versions of the code, disagree.
    """
    kind = record.payload["kind"]
    own = store.find(kind, record.key)
    if own is None:
        store.place_record(record)
        return True
    if different := differing(own, record):
        raise StoreError(
            f"the {kind} stage {record.key[:12]} is in the store with another result ({different[0]}): "
            "keep the two in stores of their own, or run it again to see which one is right"
        )
    return False


def differing(one: Record, other: Record) -> list[str]:
    """Return in which parts of their result two records of one stage differ; none: they are equal to the bit."""
    return [name for name in ("status", "output", "weight_hashes") if getattr(one, name) != getattr(other, name)]
