"""The tokens stage: all splits of one domain as token ids, with the losses that the data alone fix."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from earlyexp_bench.contracts import SPLITS, LossOn, Split
from earlyexp_bench.contracts.stages import (
    HELD_OUT,
    HeldOut,
    HeldOutSplit,
    NgramLosses,
    SplitSize,
    TokensInput,
    TokensOutput,
)
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
    return StageResult(_measure(splits, _vocabulary(tokenizer), found), outputs=())


def _end_token(tokenizer: Tokenizer, directory: Path) -> int:
    config = json.loads((directory / "tokenizer_config.json").read_text(encoding="utf-8"))
    return tokenizer.get_vocab()[config["eos_token"]]


def _vocabulary(tokenizer: Tokenizer) -> int:
    """One more than the largest id: a checkpoint's tokenizer may leave some out."""
    return 1 + max(tokenizer.get_vocab().values())


def _measure(splits: dict[Split, TokenizedSplit], vocab_size: int, found: str) -> TokensOutput:
    sizes = {name: _size(split) for name, split in splits.items()}
    scored: list[LossOn] = ["text"]
    if all(split.answer_starts.any() for split in splits.values()):
        scored.append("answer")
    references = {on: _references(splits, vocab_size, on) for on in scored}

    def held_out(name: HeldOut) -> HeldOutSplit:
        return HeldOutSplit(**dict(sizes[name]), ngrams={on: losses[name] for on, losses in references.items()})

    return TokensOutput(
        train=sizes["train"],
        validation=held_out("validation"),
        test=held_out("test"),
        bytes_per_token=sum(size.bytes for size in sizes.values()) / sum(size.tokens for size in sizes.values()),
        content_hash=found,
    )


def _size(split: TokenizedSplit) -> SplitSize:
    return SplitSize(documents=len(split.byte_counts), tokens=len(split.ids), bytes=int(split.byte_counts.sum()))


def _references(splits: dict[Split, TokenizedSplit], vocab_size: int, on: LossOn) -> dict[HeldOut, NgramLosses]:
    model = NgramModel(_scored(splits["train"], on), vocab_size)
    return {
        name: NgramLosses(
            unigram=model.unigram_loss(_scored(splits[name], on)), bigram=model.bigram_loss(_scored(splits[name], on))
        )
        for name in HELD_OUT
    }


def _scored(split: TokenizedSplit, on: LossOn) -> Iterator[tuple[Ints, Ints]]:
    """Yield (token before, token) of every scored token; an end token stands before each document."""
    for piece in split.parts(PIECE_TOKENS):
        ids = piece.ids.astype(np.int64)
        previous = np.concatenate([[split.end_token], ids[:-1]])
        previous[piece.offsets[:-1][piece.lengths > 0]] = split.end_token
        if on == "text":
            yield previous, ids
            continue
        position = np.arange(len(ids)) - np.repeat(piece.offsets[:-1], piece.lengths)
        keep = position >= np.repeat(piece.answer_starts, piece.lengths)
        yield previous[keep], ids[keep]
