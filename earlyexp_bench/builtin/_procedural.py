"""Three small made-up languages for `smoke`: no data, no network, the same bytes on every machine.

All three draw on one lexicon, so that tuning on one overwrites what the words did in another; each has its
own word order, its own themes and its own closing particles. What a next word depends on:

* its slot in the sentence pattern (word order);
* the theme of its tale and the tale's favourite words, which show in every sentence before it;
* the first noun of the sentence, which fixes the closing particle.

Words are two or three syllables out of 32, so a bigram over subwords cannot tell most words apart: a
transformer of 40,000 weights and a vocabulary of 384 beats it within 100,000 tokens (1.90 against 2.03 nats).

Documents come in tales, and a split holds whole tales. A document that shares eight words in a row with a
document of another tale is dropped, so no tale has a near duplicate in any split.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from earlyexp_bench.contracts import Document, NoParams, Split

LEXICON_SALT = "lexicon-1"
SHINGLE = 8
LONGEST = 300
CLASS_SIZES = {"n": 60, "v": 36, "q": 30}
PARTICLES = ("ta", "mo", "ri", "su")
HELD_OUT_TALES: dict[Split, int] = {"validation": 50, "test": 90}
THEMES = 4


@dataclass(frozen=True)
class Language:
    """The rules of one language.

    Attributes:
        name: Salt of every draw.
        patterns: Word orders of its sentences, one letter a slot: noun, verb, quality, particle.
        first: Where in each word class its own vocabulary starts, as a share of the class.
        share: How much of each word class it uses.
        train_tales: How many tales its train split draws; near duplicates are dropped afterwards.
    """

    name: str
    patterns: tuple[str, ...]
    first: float
    share: float
    train_tales: int


GENERAL = Language("general", ("nvnp", "qnvnp", "nvqnp", "qnvqnp"), 0.0, 0.7, 960)
TARGET = Language("target", ("vnnp", "vnqnp", "vnqnqp"), 0.3, 0.6, 240)
DOWNSTREAM = Language("downstream", ("nnvp", "nqnvp"), 0.35, 0.6, 600)


def draw(limit: int, *key: str | int) -> int:
    """Return an integer in ``[0, limit)`` that depends on ``key`` alone: a counter-based hash, no generator state."""
    text = "\x1f".join(map(str, key))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % limit


@functools.cache
def lexicon() -> dict[str, tuple[str, ...]]:
    """Return the words of every class, all different, of two or three open syllables."""
    taken = set(PARTICLES)
    return {kind: tuple(_new_word(kind, i, taken) for i in range(size)) for kind, size in CLASS_SIZES.items()}


def _new_word(kind: str, index: int, taken: set[str]) -> str:
    attempt = 0
    while (word := _word(kind, index, attempt)) in taken:
        attempt += 1
    taken.add(word)
    return word


def _word(kind: str, index: int, attempt: int) -> str:
    syllables = 2 + draw(2, LEXICON_SALT, kind, index, attempt, "length")
    return "".join(
        "dgklmnrs"[draw(8, LEXICON_SALT, kind, index, attempt, i, "c")]
        + "aeio"[draw(4, LEXICON_SALT, kind, index, attempt, i, "v")]
        for i in range(syllables)
    )


@functools.cache
def vocabulary(language: Language, kind: str) -> tuple[str, ...]:
    """Return the words of one class that ``language`` uses; languages overlap, none has all."""
    words = lexicon()[kind]
    start = round(language.first * len(words))
    return words[start : start + round(language.share * len(words))]


@functools.cache
def themed(language: Language, theme: int, kind: str) -> tuple[str, ...]:
    """Return the words of class ``kind`` that belong to ``theme`` in ``language``; another language sorts otherwise."""
    words = vocabulary(language, kind)
    return tuple(word for word in words if draw(THEMES, language.name, "theme", word) == theme) or words


def particle(language: Language, noun: str) -> str:
    """Return the particle that closes a sentence whose first noun is ``noun``."""
    return PARTICLES[draw(len(PARTICLES), language.name, "gender", noun)]


def _content_word(language: Language, tale: str, kind: str, place: tuple[int, ...]) -> str:
    key: tuple[str | int, ...] = (language.name, tale, *place)
    words = themed(language, draw(THEMES, language.name, tale, "theme"), kind)
    dice = draw(100, *key, "source")
    if dice < 25:
        words = tuple(words[draw(len(words), language.name, tale, "favourite", kind, i)] for i in range(3))
    elif dice >= 90:
        words = vocabulary(language, kind)
    return words[draw(len(words), *key, "word")]


def sentence(language: Language, tale: str, document: int, number: int) -> list[str]:
    """Return the words of one sentence of a tale's document, closing particle included."""
    pattern = language.patterns[draw(len(language.patterns), language.name, tale, document, number, "pattern")]
    words: list[str] = []
    for slot, kind in enumerate(pattern):
        if kind == "p":
            words.append(particle(language, words[pattern.index("n")]))
        else:
            words.append(_content_word(language, tale, kind, (document, number, slot)))
    return words


def _story(language: Language, tale: str, document: int) -> Document:
    """Three to eight sentences: 40 to 300 characters."""
    count = 3 + draw(6, language.name, tale, document, "sentences")
    sentences = [" ".join(sentence(language, tale, document, i)) + "." for i in range(count)]
    return Document(text=" ".join(sentences)[:LONGEST].rpartition(".")[0] + ".", group=tale)


def partner(word: str) -> str:
    """Return the quality that an answer gives ``word``: what the downstream task asks for."""
    qualities = vocabulary(DOWNSTREAM, "q")
    return qualities[draw(len(qualities), "downstream", "partner", word)]


def answer(words: list[str], qualities: list[str]) -> str:
    """Return the answer that gives each asked word its quality."""
    return ", ".join(f"{word} {quality}" for word, quality in zip(words, qualities, strict=True)) + "."


def _exchange(language: Language, tale: str, document: int) -> Document:
    """A question of one sentence or two, and each of its nouns and verbs with its quality."""
    count = 1 + draw(2, language.name, tale, document, "sentences")
    words = [word for i in range(count) for word in sentence(language, tale, document, i)]
    prompt = " ".join(words) + "?"
    asked = asked_words(prompt)
    return Document(
        text=f"{prompt} {answer(asked, [partner(word) for word in asked])}", group=tale, answer_start=len(prompt)
    )


def asked_words(prompt: str) -> list[str]:
    """Return the nouns and verbs of a question, in order: what its answer is about."""
    known = {*vocabulary(DOWNSTREAM, "n"), *vocabulary(DOWNSTREAM, "v")}
    return [word for word in prompt.rstrip("?").split() if word in known]


Compose = Callable[[Language, str, int], Document]


@functools.cache
def corpus(language: Language, compose: Compose) -> dict[Split, tuple[Document, ...]]:
    """Return all documents by split, held-out splits first in the choice of near duplicates."""
    seen: dict[tuple[str, ...], str] = {}
    order: tuple[Split, ...] = ("test", "validation", "train")
    return {split: tuple(_fresh(_candidates(language, compose, split), seen)) for split in order}


def _candidates(language: Language, compose: Compose, split: Split) -> Iterator[Document]:
    for number in range(HELD_OUT_TALES.get(split, language.train_tales)):
        tale = f"{split}-{number}"
        for index in range(2 + draw(3, language.name, tale, "documents")):
            yield compose(language, tale, index)


def _fresh(documents: Iterator[Document], seen: dict[tuple[str, ...], str]) -> Iterator[Document]:
    """Drop documents that share ``SHINGLE`` words in a row with another tale; remember the rest in ``seen``."""
    for document in documents:
        windows = shingles(document.text)
        if all(seen.get(window, document.group) == document.group for window in windows):
            seen.update(dict.fromkeys(windows, document.group))
            yield document


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return every run of ``SHINGLE`` words in ``text``; the whole text where it is shorter."""
    words = text.replace(".", "").replace(",", "").replace("?", "").split()
    return {tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}


class General:
    """The general language: subject, verb, object."""

    language = GENERAL
    compose = staticmethod(_story)

    def __init__(self, params: NoParams) -> None:
        self.params = params

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of ``split``, tale by tale."""
        yield from corpus(self.language, self.compose)[split]

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return none: its held-out loss is all there is to measure."""
        return {}

    def fingerprint(self, document: Document) -> frozenset[str]:
        """Return the runs of words by which tales are kept apart; shorter ones recur in so small a language."""
        return frozenset(map(" ".join, shingles(document.text)))


class Target(General):
    """The target language: verb first, other affinities, other particles."""

    language = TARGET


class Downstream(General):
    """Questions, and answers that give every noun and verb its quality."""

    language = DOWNSTREAM
    compose = staticmethod(_exchange)

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return a four-way choice among answers with other qualities; chance is 0.25."""
        return {
            "procedural_downstream_choice": {
                "task": "procedural_downstream_choice",
                "custom_dataset": choice_items,
                "test_split": "test",
                "output_type": "multiple_choice",
                "doc_to_text": "{{prompt}}",
                "doc_to_choice": "choices",
                "doc_to_target": "gold",
                "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
                "metadata": {"version": 1.0},
            }
        }


def choice_items(**_: object) -> dict[str, list[dict[str, Any]]]:
    """Return one item a test document: ``prompt``, four ``choices`` and the index ``gold``."""
    return {"test": [_choice_item(document) for document in corpus(DOWNSTREAM, _exchange)["test"]]}


def _choice_item(document: Document) -> dict[str, Any]:
    prompt = document.text[: document.answer_start]
    asked = asked_words(prompt)
    gold = draw(4, "choice", prompt)
    right = [partner(word) for word in asked]
    choices = [answer(asked, right if i == gold else _wrong(prompt, right, i)) for i in range(4)]
    return {"prompt": prompt, "choices": choices, "gold": gold}


def _wrong(prompt: str, right: list[str], number: int) -> list[str]:
    """Return qualities of which none is right; different for every number."""
    words = [word for word in vocabulary(DOWNSTREAM, "q") if word not in right]
    start = draw(len(words), "wrong", prompt)
    return [words[(start + number + 4 * place) % len(words)] for place in range(len(right))]
