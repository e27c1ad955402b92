"""Tokenized splits of a domain on disk: what the tokens stage writes and every training stage reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from earlyexp_bench.contracts import StoreError

FILE_NAME = "tokens.safetensors"
_FIELDS = ("ids", "offsets", "answer_starts", "byte_counts")
_UINT16_TOKENS = 2**16


@dataclass(frozen=True)
class TokenizedSplit:
    """The documents of one split, one after the other, without end tokens.

    Attributes:
        ids: Token ids of all documents, shape (tokens,).
        offsets: Document d is ``ids[offsets[d]:offsets[d + 1]]``, shape (documents + 1,).
        answer_starts: Index, within each document, of the first token of its answer, shape (documents,).
        byte_counts: UTF-8 bytes of each document, shape (documents,).
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    answer_starts: NDArray[np.int64]
    byte_counts: NDArray[np.int64]

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
        return TokenizedSplit(
            ids=self.ids[: self.offsets[documents]],
            offsets=self.offsets[: documents + 1],
            answer_starts=self.answer_starts[:documents],
            byte_counts=self.byte_counts[:documents],
        )

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
        tensors[f"{name}.ids"] = split.ids.astype(_id_type(split.ids))
    path = directory / FILE_NAME
    save_file({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}, path)
    return path


def load_split(directory: Path, split: str) -> TokenizedSplit:
    """Read one split of a tokens stage's directory.

    Raises:
        StoreError: The file has no such split.
    """
    path = directory / FILE_NAME
    with safe_open(path, framework="numpy") as file:
        if f"{split}.ids" not in file.keys():  # noqa: SIM118 - the file is not a mapping
            raise StoreError(f"{path} has no split {split!r}")
        return TokenizedSplit(*(file.get_tensor(f"{split}.{field}").astype(np.int64) for field in _FIELDS))


def _id_type(ids: NDArray[np.int64]) -> type[np.uint16] | type[np.int32]:
    return np.uint16 if ids.max(initial=0) < _UINT16_TOKENS else np.int32
