"""Tokenized splits of a domain on disk: what the tokens stage writes and every training stage reads.

Files are mapped, not read: a corpus of any length costs the memory of the pages in use.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from earlyexp_bench.contracts import StoreError

FILE_NAME = "tokens.safetensors"
_FIELDS = ("ids", "offsets", "answer_starts", "byte_counts")
_UINT16_TOKENS = 2**16
_TYPES: dict[str, np.dtype[Any]] = {"U16": np.dtype("<u2"), "I32": np.dtype("<i4"), "I64": np.dtype("<i8")}


@dataclass(frozen=True)
class TokenizedSplit:
    """The documents of one split, one after the other, without end tokens.

    Attributes:
        ids: Token ids of all documents, shape (tokens,); of any integer type, and perhaps a mapped file.
        offsets: Document d is ``ids[offsets[d]:offsets[d + 1]]``, shape (documents + 1,).
        answer_starts: Index, within each document, of the first token of its answer, shape (documents,).
        byte_counts: UTF-8 bytes of each document, shape (documents,).
        end_token: Id of the token that stands between documents.
    """

    ids: NDArray[np.integer[Any]]
    offsets: NDArray[np.int64]
    answer_starts: NDArray[np.int64]
    byte_counts: NDArray[np.int64]
    end_token: int = 0

    def __post_init__(self) -> None:
        documents = len(self.offsets) - 1
        if documents < 0 or self.offsets[0] != 0 or self.offsets[-1] != len(self.ids):
            raise ValueError(f"offsets must run from 0 to {len(self.ids)}, not {self.offsets!r}")
        if len(self.answer_starts) != documents or len(self.byte_counts) != documents:
            raise ValueError(f"{documents} documents need as many answer starts and byte counts")

    @property
    def documents(self) -> int:
        """Number of documents."""
        return len(self.offsets) - 1

    def first(self, documents: int | None) -> "TokenizedSplit":
        """Return the first so many documents; all of them for None."""
        if documents is None or documents >= self.documents:
            return self
        return self.part(0, documents)

    def part(self, first: int, last: int) -> "TokenizedSplit":
        """Return documents ``first`` to ``last - 1``."""
        begin, end = self.offsets[first], self.offsets[last]
        return replace(
            self,
            ids=self.ids[begin:end],
            offsets=self.offsets[first : last + 1] - begin,
            answer_starts=self.answer_starts[first:last],
            byte_counts=self.byte_counts[first:last],
        )

    def parts(self, tokens: int) -> Iterator["TokenizedSplit"]:
        """Yield runs of whole documents, of about ``tokens`` tokens each and of one document at least."""
        first = 0
        while first < self.documents:
            last = int(np.searchsorted(self.offsets, self.offsets[first] + tokens, side="right")) - 1
            last = max(last, first + 1)
            yield self.part(first, last)
            first = last

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each document, shape (documents,)."""
        return np.diff(self.offsets)


def save_tokens(directory: Path, splits: Mapping[str, TokenizedSplit]) -> Path:
    """Write all splits of a domain to ``tokens.safetensors``; ids take two bytes each where they fit.

    Returns:
        The file's path. Equal splits give equal bytes.
    """
    tensors = {f"{name}.{field}": getattr(split, field) for name, split in splits.items() for field in _FIELDS}
    for name, split in splits.items():
        tensors[f"{name}.ids"] = split.ids.astype(id_type(split.ids), copy=False)
    path = directory / FILE_NAME
    (end_token,) = {split.end_token for split in splits.values()}
    # Token 0 goes without saying: it ends the documents of every tokenizer that is trained here.
    metadata = {"end_token": str(end_token)} if end_token else None
    save_file({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}, path, metadata)
    return path


def load_split(directory: Path, split: str) -> TokenizedSplit:
    """Map one split of a tokens stage's directory.

    Raises:
        StoreError: The file has no such split.
    """
    path = directory / FILE_NAME
    header, start = _header(path)
    if f"{split}.ids" not in header:
        raise StoreError(f"{path} has no split {split!r}")
    arrays = {field: _mapped(path, header[f"{split}.{field}"], start) for field in _FIELDS}
    return TokenizedSplit(**arrays, end_token=int(header.get("__metadata__", {}).get("end_token", 0)))


def id_type(ids: NDArray[np.integer[Any]]) -> type[np.uint16] | type[np.int32]:
    """Return the smaller of the two types on disk that holds ``ids``."""
    return np.uint16 if ids.max(initial=0) < _UINT16_TOKENS else np.int32


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """Return a safetensors file's header, and the byte at which its data start."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(size))
        return header, 8 + size


def _mapped(path: Path, entry: Mapping[str, Any], start: int) -> NDArray[Any]:
    dtype, shape = _TYPES[entry["dtype"]], tuple(entry["shape"])
    if 0 in shape:
        return np.empty(shape, dtype)  # nothing cannot be mapped
    return np.asarray(np.memmap(path, dtype, mode="r", offset=start + entry["data_offsets"][0], shape=shape))
