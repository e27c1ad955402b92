import numpy as np
import pytest

from earlyexp_bench.training import generator_seed, permutation, random_bits, spread
from earlyexp_bench.training.order import key_of


def test_golden_values_hold_on_every_platform():
    assert generator_seed(0, "target") == 3215731880965640924
    assert [int(value) for value in random_bits(2, 0, "target")] == [12529831395428577920, 4742204259567046614]
    assert permutation(8, 0, "target").tolist() == [3, 5, 1, 4, 0, 6, 2, 7]
    assert spread(3, 30, 0, "place").tolist() == [5, 11, 24]


def test_splitmix_agrees_with_its_reference():
    state = key_of(7)
    value = (state + 0x9E3779B97F4A7C15) % 2**64
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
    assert int(random_bits(1, 7)[0]) == value ^ value >> 31


def test_each_part_of_a_key_matters():
    keys = [(0,), (1,), (0, "a"), ("a", 0), (0, 0), (0, "a", 1), (0, "b", 1)]
    assert len({generator_seed(*key) for key in keys}) == len(keys)


def test_bits_are_even():
    ones = np.unpackbits(random_bits(10_000, 3, "bits").view(np.uint8)).mean()
    assert abs(ones - 0.5) < 0.005


@pytest.mark.parametrize(("count", "total"), [(0, 5), (1, 1), (5, 5), (3, 7), (7, 8), (100, 12345)])
def test_spread_places_are_distinct_and_even(count, total):
    places = spread(count, total, 0, "x")
    assert len(np.unique(places)) == count
    assert np.all((places >= 0) & (places < total))
    for i, place in enumerate(places):
        assert i * total // count <= place < (i + 1) * total // count
