"""Whether a tokenizer has tokens for all of a document: what is left of it otherwise is not what it says."""

import json

import numpy as np
from tokenizers import Encoding, Tokenizer, pre_tokenizers

from earlyexp_bench.contracts import Document, UserError

_SHOWN_CHARACTERS = 60


class Expressed:
    """Refuses documents that a tokenizer cannot express; ``where`` is what messages call their split."""

    def __init__(self, tokenizer: Tokenizer, where: str) -> None:
        self._where = where
        vocabulary = tokenizer.get_vocab()
        self._tokenizer = tokenizer
        self._no_text = np.zeros(1 + max(vocabulary.values()), dtype=bool)
        self._no_text[_no_text(tokenizer)] = True
        self._has_all_bytes = _has_all_bytes(set(vocabulary))

    def check(self, document: Document, encoding: Encoding, answer_start: int, number: int) -> None:
        """Check one document.

        Args:
            document: The document.
            encoding: What the tokenizer made of it, as of text.
            answer_start: First token of the answer.
            number: The document's place in its split, from 1.

        Raises:
            UserError: Some of it has no token; it names the document.
        """
        problem = self._problem(document.text, encoding, answer_start)
        if problem is not None:
            shown = document.text[:_SHOWN_CHARACTERS]
            raise UserError(
                f"the tokenizer cannot express {shown!r}…: {problem}",
                where=f"{self._where} document {number}",
                expected="documents without such text, or a tokenizer that has a token for every byte",
            )

    def _problem(self, text: str, encoding: Encoding, answer_start: int) -> str | None:
        ids = np.array(encoding.ids, dtype=np.int32)
        special = ids[self._no_text[ids]]
        if len(special):
            return f"some of it becomes the token {self._tokenizer.id_to_token(int(special[0]))!r}"
        if answer_start >= len(ids):
            return "there is no token for its answer" if len(ids) else "there is no token for it"
        lost = None if self._has_all_bytes else _lost(text, encoding)
        return f"there is no token for {lost!r}" if lost else None


def _lost(text: str, encoding: Encoding) -> str | None:
    """Return the first stretch of text, white space aside, that no token covers."""
    covered = 0
    for begin, end in (*encoding.offsets, (len(text), len(text))):
        if text[covered:begin].strip():
            return text[covered:begin].strip()[:_SHOWN_CHARACTERS]
        covered = max(covered, end)
    return None


def _no_text(tokenizer: Tokenizer) -> list[int]:
    """Return the tokens that stand for no text: special ones, and the one for what is unknown."""
    special = [id_ for id_, token in tokenizer.get_added_tokens_decoder().items() if token.special]
    model = json.loads(tokenizer.to_str())["model"]
    unknown = model.get("unk_id"), tokenizer.token_to_id(model.get("unk_token") or "")
    return [*special, *(id_ for id_ in unknown if id_ is not None)]


def _has_all_bytes(vocabulary: set[str]) -> bool:
    """Tell whether there is a token for every byte, be it as GPT-2 or as Llama 2 writes bytes."""
    return vocabulary >= set(pre_tokenizers.ByteLevel.alphabet()) or vocabulary >= {f"<0x{n:02X}>" for n in range(256)}
