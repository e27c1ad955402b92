"""The nadir and the unit of learning follow from counts alone."""

import math

import numpy as np
import pytest

from earlyexp_bench.stages.ngrams import NgramModel


def test_unigram_is_add_one_over_the_vocabulary() -> None:
    tokens = np.array([1, 1, 2])
    model = NgramModel([(np.array([0, 1, 1]), tokens)], vocab_size=4)
    expected = -np.mean([math.log(3 / 7), math.log(1 / 7)])
    assert model.unigram_loss([(np.array([0, 0]), np.array([1, 3]))]) == pytest.approx(expected)


def test_bigram_is_witten_bells_formula() -> None:
    model = NgramModel([(np.array([0, 1, 1, 1]), np.array([1, 1, 2, 2]))], vocab_size=4)
    # After 1: three tokens, two kinds. P(2) = (1 + 2) / (4 + 4).
    expected = -math.log((2 + 2 * 3 / 8) / (3 + 2))
    assert model.bigram_loss([(np.array([1]), np.array([2]))]) == pytest.approx(expected)


def test_bigram_probabilities_sum_to_one_after_every_token() -> None:
    rng = np.random.default_rng(0)
    stream = rng.integers(0, 9, 200)  # token 9 never comes before anything
    model = NgramModel([(stream[:-1], stream[1:])], vocab_size=10)
    for previous in range(10):
        losses = [model.bigram_loss([(np.array([previous]), np.array([token]))]) for token in range(10)]
        assert sum(math.exp(-loss) for loss in losses) == pytest.approx(1)


def test_structure_is_worth_something() -> None:
    stream = np.tile([1, 2, 3, 4], 100)
    model = NgramModel([(stream[:-1], stream[1:])], vocab_size=5)
    scored = [(stream[:-1], stream[1:])]
    assert model.bigram_loss(scored) < 0.1 < model.unigram_loss(scored)


def test_pieces_of_any_size_give_the_same_bits() -> None:
    stream = np.random.default_rng(1).zipf(1.3, 20_000) % 50
    whole = [(stream[:-1], stream[1:])]
    for borders in ([10_000], range(1, 19_999, 77), [3, 19_000, 19_500]):
        pieces = list(zip(np.split(stream[:-1], borders), np.split(stream[1:], borders), strict=True))
        one, many = NgramModel(whole, 50), NgramModel(pieces, 50)
        assert many.unigram_loss(pieces) == one.unigram_loss(whole)
        assert many.bigram_loss(pieces) == one.bigram_loss(whole)
