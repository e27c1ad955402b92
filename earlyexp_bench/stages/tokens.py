"""The tokens stage: all splits of one domain as token ids, with the losses that the data alone fix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from earlyexp_bench.contracts import SPLITS, Document, Split
from earlyexp_bench.contracts.inputs import TokensInput
from earlyexp_bench.evaluation.stored import save_domain
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.stages.domains import at_data_directory, build_domain, checked_hash, nonempty_split
from earlyexp_bench.stages.ngrams import Ints, NgramModel
from earlyexp_bench.training.data import TokenizedSplit, save_tokens

END_TOKEN = 0


def run(context: StageContext) -> StageResult:
    """Encode a domain and measure it."""
    ref = TokensInput.model_validate(context.spec.identity).domain
    tokenizer = Tokenizer.from_file(str(context.parent("tokenizer") / "tokenizer.json"))
    with at_data_directory(context.spec):
        context.report({"phase": f"reading {ref.id}"})
        domain = build_domain(ref)
        found = checked_hash(ref, domain)
        documents: dict[Split, list[Document]] = {split: nonempty_split(ref, domain, split) for split in SPLITS}
        save_domain(context.directory, domain)
    context.report({"phase": "encoding"})
    splits = {split: encode(tokenizer, documents[split]) for split in SPLITS}
    save_tokens(context.directory, {str(name): split for name, split in splits.items()})
    return StageResult(metrics=_measure(splits, tokenizer.get_vocab_size(), found), outputs=())


def encode(tokenizer: Tokenizer, documents: Sequence[Document]) -> TokenizedSplit:
    """Encode documents one after the other, without end tokens."""
    encodings = tokenizer.encode_batch([d.text for d in documents], add_special_tokens=False)
    lengths = np.array([len(e.ids) for e in encodings], dtype=np.int64)
    starts = [_answer_token(e.offsets, d) for e, d in zip(encodings, documents, strict=True)]
    return TokenizedSplit(
        ids=np.concatenate([np.array(e.ids, dtype=np.int64) for e in encodings]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        answer_starts=np.array(starts, dtype=np.int64),
        byte_counts=np.array([len(d.text.encode()) for d in documents], dtype=np.int64),
    )


def _answer_token(offsets: Sequence[tuple[int, int]], document: Document) -> int:
    """First token that holds a character of the answer; as in lm-eval, white space before it counts to it."""
    start = len(document.text[: document.answer_start].rstrip())
    return next(i for i, (_, end) in enumerate(offsets) if end > start)


def _measure(splits: dict[Split, TokenizedSplit], vocab_size: int, found: str) -> dict[str, Any]:
    token_total = sum(len(s.ids) for s in splits.values())
    metrics: dict[str, Any] = {
        "documents": {name: len(s.byte_counts) for name, s in splits.items()},
        "tokens": {name: len(s.ids) for name, s in splits.items()},
        "bytes": {name: int(s.byte_counts.sum()) for name, s in splits.items()},
        "bytes_per_token": sum(int(s.byte_counts.sum()) for s in splits.values()) / token_total,
        "content_hash": found,
    }
    metrics |= _references(splits, vocab_size, "", answers_only=False)
    if all(s.answer_starts.any() for s in splits.values()):
        metrics |= _references(splits, vocab_size, "answer_", answers_only=True)
    return metrics


def _references(
    splits: dict[Split, TokenizedSplit], vocab_size: int, prefix: str, *, answers_only: bool
) -> dict[str, dict[str, float]]:
    scored = {name: _scored(split, answers_only) for name, split in splits.items()}
    model = NgramModel(*scored["train"], vocab_size)
    held_out: tuple[Split, ...] = ("validation", "test")
    return {
        f"{prefix}unigram_loss": {name: model.unigram_loss(scored[name][1]) for name in held_out},
        f"{prefix}bigram_loss": {name: model.bigram_loss(*scored[name]) for name in held_out},
    }


def _scored(split: TokenizedSplit, answers_only: bool) -> tuple[Ints, Ints]:
    """Return (token before, token) of every scored token; an end token stands before each document."""
    ids = np.asarray(split.ids, dtype=np.int64)
    offsets = np.asarray(split.offsets, dtype=np.int64)
    lengths = np.diff(offsets)
    previous = np.concatenate([[END_TOKEN], ids[:-1]])
    previous[offsets[:-1][lengths > 0]] = END_TOKEN
    if not answers_only:
        return previous, ids
    position = np.arange(len(ids)) - np.repeat(offsets[:-1], lengths)
    keep = position >= np.repeat(np.asarray(split.answer_starts, dtype=np.int64), lengths)
    return previous[keep], ids[keep]
