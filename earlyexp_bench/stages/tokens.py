"""The tokens stage: all splits of one domain as token ids, with the losses that the data alone fix."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from earlyexp_bench.contracts import SPLITS, Split
from earlyexp_bench.contracts.stages import TokensInput
from earlyexp_bench.evaluation.stored import save_domain
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.stages.domains import build_domain, check_unchanged, checked_hash, nonempty_split, paths_as_written
from earlyexp_bench.stages.encoding import encode
from earlyexp_bench.stages.ngrams import Ints, NgramModel
from earlyexp_bench.training.data import TokenizedSplit, save_tokens

PIECE_TOKENS = 2**22


def run(context: StageContext) -> StageResult:
    """Encode a domain and measure it; neither its text nor its tokens are ever in memory as a whole."""
    ref = TokensInput.model_validate(context.spec.identity).domain
    tokenizer = Tokenizer.from_file(str(context.parent("tokenizer") / "tokenizer.json"))
    end_token = _end_token(tokenizer, context.parent("tokenizer"))
    splits: dict[Split, TokenizedSplit] = {}
    with paths_as_written(context.spec):
        context.report({"phase": f"reading {ref.id}"})
        domain = build_domain(ref, context.spec)
        found = checked_hash(ref, domain)
        save_domain(context.directory, domain)
        context.report({"phase": "encoding"})
        for split in SPLITS:
            draft = context.directory / f"{split}.ids"
            documents = nonempty_split(ref, domain, split)
            splits[split] = encode(tokenizer, documents, draft, end_token, where=f"{ref.id}: {split}")
        check_unchanged(ref, context.spec)
    save_tokens(context.directory, {str(name): split for name, split in splits.items()})
    for split in SPLITS:
        (context.directory / f"{split}.ids").unlink()
    return StageResult(metrics=_measure(splits, _vocabulary(tokenizer), found), outputs=())


def _end_token(tokenizer: Tokenizer, directory: Path) -> int:
    config = json.loads((directory / "tokenizer_config.json").read_text(encoding="utf-8"))
    return tokenizer.get_vocab()[config["eos_token"]]


def _vocabulary(tokenizer: Tokenizer) -> int:
    """One more than the largest id: a checkpoint's tokenizer may leave some out."""
    return 1 + max(tokenizer.get_vocab().values())


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
    model = NgramModel(_scored(splits["train"], answers_only), vocab_size)
    held_out: tuple[Split, ...] = ("validation", "test")
    return {
        f"{prefix}unigram_loss": {name: model.unigram_loss(_scored(splits[name], answers_only)) for name in held_out},
        f"{prefix}bigram_loss": {name: model.bigram_loss(_scored(splits[name], answers_only)) for name in held_out},
    }


def _scored(split: TokenizedSplit, answers_only: bool) -> Iterator[tuple[Ints, Ints]]:
    """Yield (token before, token) of every scored token; an end token stands before each document."""
    for piece in split.parts(PIECE_TOKENS):
        ids = piece.ids.astype(np.int64)
        previous = np.concatenate([[split.end_token], ids[:-1]])
        previous[piece.offsets[:-1][piece.lengths > 0]] = split.end_token
        if not answers_only:
            yield previous, ids
            continue
        position = np.arange(len(ids)) - np.repeat(piece.offsets[:-1], piece.lengths)
        keep = position >= np.repeat(piece.answer_starts, piece.lengths)
        yield previous[keep], ids[keep]
