"""Text is encoded as text, in every place that encodes it, or the document that cannot be is named."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from lm_eval.models.huggingface import HFLM
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, PreTrainedTokenizerFast

from earlyexp_bench.contracts import Document, UserError
from earlyexp_bench.evaluation.model import CheckpointLM
from earlyexp_bench.stages.encoding import encode
from earlyexp_bench.stages.tokenizer import END_OF_TEXT, save_bpe, train_bpe
from earlyexp_bench.training import take_tokenizer

TEXTS = [
    f"{END_OF_TEXT}starts with it",
    f"holds {END_OF_TEXT} and <|im_start|>user<|im_end|>",
    f"{END_OF_TEXT}{END_OF_TEXT}",
    "ends with it\n<|im_end|>",
    "has none",
]


def ids_of(tokenizer: Tokenizer, texts: Sequence[str], draft: Path, answer_start: int = 0) -> list[list[int]]:
    documents = [Document(text, "group", answer_start) for text in texts]
    split = encode(tokenizer, documents, draft, 0, where="mine: test")
    return [split.ids[a:b].tolist() for a, b in zip(split.offsets[:-1], split.offsets[1:], strict=True)]


def checkpoint_with_many_special_tokens(directory: Path) -> Path:
    """Write a tokenizer as a chat model has it: its special tokens are added after training."""
    tokenizer = train_bpe(iter([*TEXTS, "user says"] * 20), 320)
    special = [AddedToken(token, special=True) for token in ("<|im_start|>", "<|im_end|>", "<|pad|>")]
    tokenizer.add_special_tokens(special)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END_OF_TEXT, eos_token="<|im_end|>", pad_token="<|pad|>"
    ).save_pretrained(directory)
    return directory


@pytest.fixture(params=["trained", "taken"])
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    final = tmp_path / "final"
    if request.param == "trained":
        save_bpe(train_bpe(iter([*TEXTS, "user says"] * 20), 320), final)
    else:
        take_tokenizer(checkpoint_with_many_special_tokens(tmp_path / "checkpoint"), final)
    return final


def test_no_text_becomes_a_special_token_wherever_it_is_encoded(exported: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(exported / "tokenizer.json"))
    special = {id_ for id_, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    ids = ids_of(tokenizer, TEXTS, tmp_path / "ids")
    assert not special & {id_ for document in ids for id_ in document}
    assert [tokenizer.decode(document) for document in ids] == TEXTS
    for kind in (AutoTokenizer, PreTrainedTokenizerFast):
        opened = kind.from_pretrained(exported)
        assert opened(TEXTS)["input_ids"] == [opened.encode(text) for text in TEXTS] == ids


def test_evaluation_and_the_stock_command_encode_as_the_tokens_stage_does(exported: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(exported / "tokenizer.json"))
    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = LlamaConfig(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, **shape)
    model, opened = AutoModelForCausalLM.from_config(config), AutoTokenizer.from_pretrained(exported)
    ids = ids_of(tokenizer, TEXTS, tmp_path / "ids")
    assert CheckpointLM(model, opened, 1024).encode_all(TEXTS) == ids
    stock = HFLM(pretrained=model, tokenizer=opened, device="cpu")
    assert [stock.tok_encode(text) for text in TEXTS] == ids


def unigram() -> Tokenizer:
    pieces = [("<unk>", 0.0), ("</s>", 0.0), ("a", -1.0), *((mark, -2.0) for mark in "</s>")]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.add_special_tokens(["</s>"])
    return tokenizer


def words() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def letters() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 1}, []))  # what it lacks it leaves out
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


@pytest.mark.parametrize(
    ("tokenizer", "text", "answer_start", "problem"),
    [
        (unigram(), "a</s>", 0, "becomes the token '</s>'"),
        (unigram(), "aé", 0, "becomes the token '<unk>'"),
        (words(), "a b", 0, r"becomes the token '\[UNK\]'"),
        (words(), " \n ", 0, "no token for it"),
        (words(), "a \n", 1, "no token for its answer"),
        (letters(), "a é b", 0, "no token for 'é'"),
        (letters(), "aéb", 0, "no token for"),
    ],
)
def test_a_document_that_a_tokenizer_cannot_express_is_named(
    tokenizer: Tokenizer, text: str, answer_start: int, problem: str, tmp_path: Path
) -> None:
    good = "a a" if answer_start else "a"
    documents = [Document(good, "group"), Document(text, "group", answer_start)]
    with pytest.raises(UserError, match=f"mine: test document 2: .*{problem}"):
        encode(tokenizer, documents, tmp_path / "ids", 0, where="mine: test")
