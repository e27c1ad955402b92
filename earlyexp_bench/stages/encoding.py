"""Documents to token ids, a few megabytes of text at a time."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from earlyexp_bench.contracts import Document
from earlyexp_bench.stages.expressed import Expressed
from earlyexp_bench.training.data import TokenizedSplit, id_type

PIECE_CHARACTERS = 2**21
PIECE_TOKENS = 2**20


def encode(
    tokenizer: Tokenizer, documents: Iterable[Document], draft: Path, end_token: int, where: str = ""
) -> TokenizedSplit:
    """Encode documents one after the other, without end tokens. Text is encoded as text, whatever it spells.

    Args:
        tokenizer: Adds no special tokens here, whatever it does elsewhere.
        documents: At least one.
        draft: File that holds the ids; the result maps it.
        end_token: Id of the token that stands between documents.
        where: What messages call the split.

    Raises:
        UserError: The tokenizer has no tokens for some of a document; it names the document.
    """
    tokenizer.encode_special_tokens = True
    expressed = Expressed(tokenizer, where)
    lengths: list[int] = []
    starts: list[int] = []
    byte_counts: list[int] = []
    largest = 0
    with draft.open("wb") as file:
        for piece in _pieces(documents):
            encodings = tokenizer.encode_batch([d.text for d in piece], add_special_tokens=False)
            for document, encoding in zip(piece, encodings, strict=True):
                ids = np.array(encoding.ids, dtype=np.int32)
                file.write(ids.tobytes())
                largest = max(largest, int(ids.max(initial=0)))
                start = _answer_token(encoding, document)
                expressed.check(document, encoding, start, number=len(lengths) + 1)
                lengths.append(len(ids))
                starts.append(start)
                byte_counts.append(len(document.text.encode()))
    offsets = np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))])
    return TokenizedSplit(
        ids=_mapped(draft, int(offsets[-1]), largest),
        offsets=offsets,
        answer_starts=np.array(starts, dtype=np.int64),
        byte_counts=np.array(byte_counts, dtype=np.int64),
        end_token=end_token,
    )


def _pieces(documents: Iterable[Document]) -> Iterator[list[Document]]:
    piece: list[Document] = []
    characters = 0
    for document in documents:
        piece.append(document)
        characters += len(document.text)
        if characters >= PIECE_CHARACTERS:
            yield piece
            piece, characters = [], 0
    if piece:
        yield piece


def _mapped(draft: Path, count: int, largest: int) -> NDArray[np.integer[Any]]:
    """Map the ids in ``draft``, first narrowed in place where two bytes hold them; no chunk overtakes the reading."""
    dtype = id_type(np.array([largest]))
    if dtype == np.uint16:
        with draft.open("r+b") as file:
            for begin in range(0, count, PIECE_TOKENS):
                file.seek(4 * begin)
                ids = np.frombuffer(file.read(4 * PIECE_TOKENS), dtype=np.int32)
                file.seek(2 * begin)
                file.write(ids.astype(np.uint16).tobytes())
            file.truncate(2 * count)
    return np.asarray(np.memmap(draft, dtype, mode="r")) if count else np.empty(0, dtype)


def _answer_token(encoding: Encoding, document: Document) -> int:
    """First token that holds a character of the answer; as in lm-eval, white space before it counts to it.

    The number of tokens where there is none.
    """
    start = len(document.text[: document.answer_start].rstrip())
    if start == 0:
        return 0
    offsets: Sequence[tuple[int, int]] = encoding.offsets
    return next((i for i, (_, end) in enumerate(offsets) if end > start), len(offsets))
