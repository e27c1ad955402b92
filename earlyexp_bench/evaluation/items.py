"""What is kept of every scored request, so that scores can be recomputed without the model."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ITEMS_FILE = "items.parquet"


@dataclass(frozen=True, slots=True)
class Item:
    """One request of one document; a multiple-choice document has one item a choice.

    Attributes:
        role: ``general``, ``target``, ``downstream`` or ``tasks``.
        split: ``validation`` or ``test``.
        task: The lm-eval task's name.
        document: Index of the document in the split (or in the task's own documents).
        document_hash: First 16 hex digits of SHA-256 over the request's whole text. The text itself is not
            repeated in every evaluation: it stands in the tokens stage under the document's index.
        choice: Index of the request within the document.
        log_likelihood: Nats; None for generated text.
        tokens: Scored tokens; None for generated text.
        bytes: UTF-8 bytes of the scored or generated text.
        correct: Whether the document was answered correctly; None where that is not defined.
    """

    role: str
    split: str
    task: str
    document: int
    document_hash: str
    choice: int
    log_likelihood: float | None
    tokens: int | None
    bytes: int
    correct: bool | None


_TYPES = {
    "document": pa.int32(),
    "choice": pa.int16(),
    "log_likelihood": pa.float64(),
    "tokens": pa.int32(),
    "bytes": pa.int32(),
    "correct": pa.bool_(),
}
SCHEMA = pa.schema([(field.name, _TYPES.get(field.name, pa.string())) for field in fields(Item)])


def document_hash(*texts: str) -> str:
    """Return 16 hex digits that identify the text of a request."""
    return hashlib.sha256("".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write_items(path: Path, items: Sequence[Item]) -> None:
    """Write items as one Parquet file; equal items give equal bytes under one pyarrow version."""
    table = pa.Table.from_pylist([asdict(item) for item in items], schema=SCHEMA)
    pq.write_table(table, path, compression="zstd", version="2.6", store_schema=False)


def read_items(path: Path) -> list[Item]:
    """Read what ``write_items`` wrote."""
    return [Item(**row) for row in pq.read_table(path, schema=SCHEMA).to_pylist()]
