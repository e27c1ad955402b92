"""The first two stages, on the procedural domains of smoke."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from earlyexp_bench.contracts import Document, ParentRef, Record, StageSpec, UserError
from earlyexp_bench.contracts.stages import DomainRef, TokenizerInput, TokensInput
from earlyexp_bench.stages import tokenizer as tokenizer_stage
from earlyexp_bench.stages import tokens as tokens_stage
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.stages.encoding import encode
from earlyexp_bench.stages.tokenizer import train_bpe
from earlyexp_bench.store import Store
from earlyexp_bench.training.data import load_split

DOMAINS = (DomainRef(id="builtin/procedural-general"), DomainRef(id="builtin/procedural-downstream"))


def run_tokenizer(root: Path, **changes: object) -> tuple[StageContext, StageResult]:
    identity = TokenizerInput.model_validate({"vocab_size": 400, "domains": DOMAINS} | changes)
    spec = StageSpec(kind="tokenizer", identity=identity.model_dump(mode="json"))
    store = Store(root)
    context = StageContext(store.open_stage(spec), spec, store, lambda progress: None)
    return context, tokenizer_stage.run(context)


@pytest.fixture
def store_with_tokenizer(tmp_path: Path) -> tuple[Store, str]:
    context, result = run_tokenizer(tmp_path)
    record = Record(key=context.spec.key, payload=context.spec.payload(), status="done", output=result.output)
    context.store.commit(context.directory, record)
    return context.store, context.spec.key


def test_the_tokenizer_gives_every_domain_the_same_bytes_and_opens_in_transformers(tmp_path: Path) -> None:
    context, result = run_tokenizer(tmp_path)
    shares = list(result.output.bytes.values())
    assert max(shares) - min(shares) <= 3  # a cut at a character
    opened = AutoTokenizer.from_pretrained(context.directory / "final")
    assert opened.bos_token_id == opened.eos_token_id == opened.pad_token_id == 0
    text = "Any text, even ünï©ode\n\tand 日本, survives."
    assert opened.decode(opened.encode(text, add_special_tokens=False)) == text


def test_a_frozen_tokenizer_that_comes_out_otherwise_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the benchmark froze 000"):
        run_tokenizer(tmp_path, sha256="0" * 64)


def test_tokens_decode_to_the_documents_and_count_their_bytes(store_with_tokenizer: tuple[Store, str]) -> None:
    store, key = store_with_tokenizer
    spec = StageSpec(
        kind="tokens",
        identity=TokensInput(domain=DOMAINS[1]).model_dump(mode="json"),
        parents={"tokenizer": ParentRef(kind="tokenizer", key=key)},
    )
    context = StageContext(store.open_stage(spec), spec, store, lambda progress: None)
    result = tokens_stage.run(context)
    split = load_split(context.directory, "test")
    tokenizer = Tokenizer.from_file(str(context.parent("tokenizer") / "tokenizer.json"))
    first = tokenizer.decode(split.ids[: split.offsets[1]].tolist())
    assert len(first.encode()) == split.byte_counts[0]
    test = result.output.test
    assert test.tokens == len(split.ids)
    assert test.ngrams["text"].bigram < test.ngrams["text"].unigram < np.log(400)
    assert test.ngrams["answer"].unigram > 0


def test_the_answer_starts_at_the_token_that_holds_its_first_character(tmp_path: Path) -> None:
    tokenizer = train_bpe(iter(["question: a answer: b"] * 50), 300)
    document = Document("question: a answer: b", "g", answer_start=19)
    encoded = encode(tokenizer, [document], tmp_path / "ids", 0)
    prompt = tokenizer.decode(encoded.ids[: encoded.answer_starts[0]].tolist())
    assert len(prompt) <= document.answer_start < len(prompt) + 3


def test_pieces_and_what_type_holds_the_ids_change_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"question {n}: {'a' * (n % 7)} answer: b" for n in range(60)]
    tokenizer = train_bpe(iter(texts), 300)
    documents = [Document(text, "g", answer_start=len(text) - 1) for text in texts]
    whole = encode(tokenizer, documents, tmp_path / "whole", 0)
    monkeypatch.setattr("earlyexp_bench.stages.encoding.PIECE_CHARACTERS", 100)
    monkeypatch.setattr("earlyexp_bench.stages.encoding.PIECE_TOKENS", 16)
    narrow = encode(tokenizer, documents, tmp_path / "narrow", 0)
    monkeypatch.setattr("earlyexp_bench.training.data._UINT16_TOKENS", 100)
    wide = encode(tokenizer, documents, tmp_path / "wide", 0)
    assert (whole.ids.dtype, narrow.ids.dtype, wide.ids.dtype) == (np.uint16, np.uint16, np.int32)
    for other in (narrow, wide):
        for field in ("ids", "offsets", "answer_starts", "byte_counts"):
            assert np.array_equal(getattr(other, field), getattr(whole, field))


def test_references_do_not_depend_on_the_pieces(
    monkeypatch: pytest.MonkeyPatch, store_with_tokenizer: tuple[Store, str]
) -> None:
    store, key = store_with_tokenizer
    spec = StageSpec(
        kind="tokens",
        identity=TokensInput(domain=DOMAINS[1]).model_dump(mode="json"),
        parents={"tokenizer": ParentRef(kind="tokenizer", key=key)},
    )
    context = StageContext(store.open_stage(spec), spec, store, lambda progress: None)
    whole = tokens_stage.run(context)
    content = (context.directory / "tokens.safetensors").read_bytes()
    monkeypatch.setattr(tokens_stage, "PIECE_TOKENS", 100)
    assert tokens_stage.run(context) == whole
    assert (context.directory / "tokens.safetensors").read_bytes() == content
    assert not list(context.directory.glob("*.ids"))


def test_half_a_character_in_a_plugins_text_is_told_with_its_domain(
    monkeypatch: pytest.MonkeyPatch, store_with_tokenizer: tuple[Store, str], tmp_path: Path
) -> None:
    from earlyexp_bench.builtin import _procedural

    monkeypatch.setattr(_procedural.General, "documents", lambda self, split: iter([Document("cut \ud83d", split)]))
    store, key = store_with_tokenizer
    spec = StageSpec(
        kind="tokens",
        identity=TokensInput(domain=DOMAINS[0]).model_dump(mode="json"),
        parents={"tokenizer": ParentRef(kind="tokenizer", key=key)},
    )
    said = r"a text of builtin/procedural-general has half of a character .*cut "
    with pytest.raises(UserError, match=said):
        tokens_stage.run(StageContext(store.open_stage(spec), spec, store, lambda progress: None))
    with pytest.raises(UserError, match=said):
        run_tokenizer(tmp_path / "other")


def test_data_that_are_not_the_declared_ones_stop_the_run(
    monkeypatch: pytest.MonkeyPatch, store_with_tokenizer: tuple[Store, str]
) -> None:
    from earlyexp_bench.builtin import _procedural

    monkeypatch.setattr(_procedural.General, "documents", lambda self, split: iter([Document(split, split)]))
    store, key = store_with_tokenizer
    spec = StageSpec(
        kind="tokens",
        identity=TokensInput(domain=DOMAINS[0]).model_dump(mode="json"),
        parents={"tokenizer": ParentRef(kind="tokenizer", key=key)},
    )
    with pytest.raises(UserError, match=r"builtin/procedural-general have hash .* declares"):
        tokens_stage.run(StageContext(store.open_stage(spec), spec, store, lambda progress: None))
