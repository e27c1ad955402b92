"""The tokenizer stage: a byte-level BPE trained on equal bytes of every domain's train split."""

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.files import file_sha256
from earlyexp_bench.contracts.stages import CheckpointTokenizerInput, TokenizerInput, TokenizerOutput
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.stages.domains import (
    build_domain,
    check_unchanged,
    nonempty_split,
    paths_as_written,
    whole_characters,
)
from earlyexp_bench.stages.start import planned_checkpoint
from earlyexp_bench.training import take_tokenizer
from earlyexp_bench.training.tokenizer import save_tokenizer

END_OF_TEXT = "<|endoftext|>"


def run(context: StageContext) -> StageResult:
    """Train the tokenizer, or take a checkpoint's, and save it in the layout that transformers loads.

    Raises:
        UserError: The result is not the tokenizer that the benchmark froze.
    """
    if "checkpoint" in context.spec.identity:
        return _take(context)
    inputs = TokenizerInput.model_validate(context.spec.identity)
    texts: dict[str, list[str]] = {}
    with paths_as_written(context.spec):
        for ref in inputs.domains:
            context.report({"phase": f"reading {ref.id}"})
            documents = nonempty_split(ref, build_domain(ref, context.spec), "train")
            with whole_characters(ref):
                texts[ref.id] = list(_enough((d.text for d in documents), inputs.bytes_per_domain))
            check_unchanged(ref, context.spec)
    budget = inputs.bytes_per_domain or min(_size(documents) for documents in texts.values())
    context.report({"phase": "training BPE"})
    chosen = {name: list(_first_bytes(documents, budget)) for name, documents in texts.items()}
    tokenizer = train_bpe((text for documents in chosen.values() for text in documents), inputs.vocab_size)
    sha256 = save_bpe(tokenizer, context.directory / "final")
    if inputs.sha256 not in (None, sha256):
        raise UserError(
            f"the tokenizer has hash {sha256}, the benchmark froze {inputs.sha256}",
            expected="the same data packages and `tokenizers` version as when it was frozen",
        )
    sizes = {name: _size(documents) for name, documents in chosen.items()}
    return StageResult(TokenizerOutput(vocab_size=tokenizer.get_vocab_size(), sha256=sha256, bytes=sizes))


def _take(context: StageContext) -> StageResult:
    expected = CheckpointTokenizerInput.model_validate(context.spec.identity).checkpoint
    final = context.directory / "final"
    tokenizer = take_tokenizer(planned_checkpoint(context, "tokenizer", expected), final)
    return StageResult(
        TokenizerOutput(vocab_size=tokenizer.get_vocab_size(), sha256=file_sha256(final / "tokenizer.json"))
    )


def train_bpe(texts: Iterator[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE whose token 0 is the end of text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save_bpe(tokenizer: Tokenizer, directory: Path) -> str:
    """Save what `train_bpe` made in the layout that transformers loads; return the hash of `tokenizer.json`."""
    save_tokenizer(tokenizer, END_OF_TEXT, directory)
    return file_sha256(directory / "tokenizer.json")


def _first_bytes(documents: list[str], budget: int) -> Iterator[str]:
    """Yield documents up to ``budget`` UTF-8 bytes, the last one cut at a character."""
    left = budget
    for text in documents:
        encoded = text.encode()[:left]
        yield encoded.decode(errors="ignore")
        left -= len(encoded)
        if left <= 0:
            return


def _enough(texts: Iterator[str], budget: int | None) -> Iterator[str]:
    """Yield whole texts until they hold ``budget`` UTF-8 bytes, so that a large corpus is not read to its end."""
    read = 0
    for text in texts:
        yield text
        read += len(text.encode())
        if budget is not None and read >= budget:
            return


def _size(documents: list[str]) -> int:
    return sum(len(text.encode()) for text in documents)
