"""Twins of test documents in training text, by the protocol's n-grams."""

import random

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from earlyexp_bench.contracts import ParentRef, Record, StageSpec
from earlyexp_bench.contracts.stages import ContaminationInput, DomainRef, TokenizerInput, TokensInput
from earlyexp_bench.stages import contamination, overlap
from earlyexp_bench.stages import tokenizer as tokenizer_stage
from earlyexp_bench.stages import tokens as tokens_stage
from earlyexp_bench.stages.context import StageContext
from earlyexp_bench.store import Store
from earlyexp_bench.training.data import TokenizedSplit

WORDS = [f"{a}{b}{c}" for a in "bdkm" for b in "aeiou" for c in "lnrst"]


@pytest.fixture(scope="module")
def tokenizer():
    """One token a word, and one a space or a letter that no word begins with."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator([" ".join(WORDS)] * 4, trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet))
    return made


@pytest.fixture
def encoded(tokenizer):
    def encode(*texts: str) -> TokenizedSplit:
        ids = [tokenizer.encode(text).ids for text in texts]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in ids])]).astype(np.int64)
        counts = np.array([len(text.encode()) for text in texts])
        return TokenizedSplit(np.concatenate(ids).astype(np.uint16), offsets, np.zeros(len(texts), np.int64), counts)

    return encode


def text(seed, words=40):
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def twins(train, test, tokenizer):
    return overlap.contaminated_documents(train, test, tokenizer).tolist()


def test_a_document_with_a_third_of_another_is_its_twin_and_one_with_a_sentence_is_not(tokenizer, encoded):
    train = encoded(text(1), text(2))
    third = " ".join([text(3, 20), *text(1).split()[:20]])
    sentence = " ".join([text(4, 60), *text(1).split()[5:15]])
    assert twins(train, encoded(text(5), third, sentence, text(2)), tokenizer) == [False, True, False, True]


def test_pieces_of_several_train_documents_do_not_add_up(tokenizer, encoded):
    parts = [text(seed, 16) for seed in range(5)]
    train = encoded(*(f"{text(100 + seed, 60)} {part}" for seed, part in enumerate(parts)))
    assert twins(train, encoded(" ".join(parts)), tokenizer) == [False]


def test_short_items_are_compared_by_characters_whatever_their_case_and_spacing(tokenizer, encoded):
    train = encoded(f"{text(1, 30)} the capital of Freedonia is Fredville {text(2, 30)}", "Yes.")
    tests = encoded("The  capital of FREEDONIA is fredville", "The sea is blue today, they said", "yes.", "No.")
    assert (tests.lengths >= 26).tolist() == [True, True, False, False]
    short = encoded("Marl lint", "marl  LINT")
    assert twins(short, encoded("marl lint", "marl lints"), tokenizer) == [True, False]
    assert twins(train, tests, tokenizer)[2:] == [True, False]


def test_it_finds_what_comparing_every_pair_finds(tokenizer, encoded, monkeypatch):
    monkeypatch.setattr(overlap, "PART_TOKENS", 200)  # several parts
    rng = random.Random(0)
    stock = [text(seed, 14) for seed in range(45)]
    train, test = ([" ".join(rng.sample(stock, rng.randrange(2, 9))) for _ in range(60)] for _ in range(2))
    a, b = encoded(*train), encoded(*test)

    def grams(split, index):
        ids = split.ids[split.offsets[index] : split.offsets[index + 1]].tolist()
        return {tuple(ids[i : i + 13]) for i in range(len(ids) - 12)}

    left, right = ([grams(s, i) for i in range(s.documents)] for s in (a, b))
    expected = [any(len(t & own) > min(len(t), len(own)) / 4 for t in left) for own in right]
    assert twins(a, b, tokenizer) == expected
    assert 10 < sum(expected) < 60


DOMAINS = {
    "general": DomainRef(id="builtin/procedural-general"),
    "target": DomainRef(id="builtin/procedural-target"),
}


def committed(store, kind, identity, parents, run):
    spec = StageSpec(kind=kind, identity=identity.model_dump(mode="json"), parents=parents)
    context = StageContext(store.open_stage(spec), spec, store, lambda progress: None)
    result = run(context)
    store.commit(context.directory, Record(key=spec.key, payload=spec.payload(), status="done", output=result.output))
    return ParentRef(kind=kind, key=spec.key), result


@pytest.fixture(scope="module")
def compare(tmp_path_factory):
    """Run the stage on two of the procedural domains."""
    store = Store(tmp_path_factory.mktemp("store"))
    identity = TokenizerInput(vocab_size=400, domains=tuple(DOMAINS.values()))
    tokenizer, _ = committed(store, "tokenizer", identity, {}, tokenizer_stage.run)
    tokens = {
        name: committed(store, "tokens", TokensInput(domain=ref), {"tokenizer": tokenizer}, tokens_stage.run)[0]
        for name, ref in DOMAINS.items()
    }

    def run(trained, tested):
        identity = ContaminationInput(trained=DOMAINS[trained], tested=DOMAINS[tested])
        parents = {"tokenizer": tokenizer, "trained": tokens[trained], "tested": tokens[tested]}
        return committed(store, "contamination", identity, parents, contamination.run)[1]

    return run


def test_a_domain_is_compared_with_itself_by_its_own_fingerprint(compare, monkeypatch):
    assert compare("target", "target").output.twins == 0
    blind = "earlyexp_bench.builtin._procedural.{}.fingerprint"
    owner = type(contamination.build_domain(DOMAINS["target"], StageSpec(kind="contamination", identity={})))
    monkeypatch.setattr(blind.format(owner.__name__), lambda self, document: frozenset(["the same"]))
    found = compare("target", "target").output
    assert found.twins == found.documents > 0


def test_other_domains_are_compared_by_tokens(compare):
    found = compare("general", "target")
    assert found.output.twins < found.output.documents / 100
    assert found.outputs == ()
