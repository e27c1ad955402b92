"""Random orders of our own: a hash of (key, counter), so that no library's generator can change them.

SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the i-th number of a stream is the mixed value of
``key + (i + 1) * golden``. A key is any sequence of integers and words, e.g. ``(seed, "target", pass)``.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

_MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
FIRST = 0xBF58476D1CE4E5B9
SECOND = 0x94D049BB133111EB


def key_of(*parts: int | str) -> int:
    """Fold the parts of a key into 64 bits; their order matters."""
    state = 0
    for part in parts:
        value = part if isinstance(part, int) else int.from_bytes(hashlib.sha256(part.encode()).digest()[:8], "big")
        state = _mix_one(((state ^ (value & _MASK)) + GOLDEN) & _MASK)
    return state


def random_bits(count: int, *parts: int | str) -> NDArray[np.uint64]:
    """Return ``count`` random 64-bit numbers of the stream with this key."""
    value = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN) + np.uint64(key_of(*parts))
    value = (value ^ (value >> np.uint64(30))) * np.uint64(FIRST)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(SECOND)
    return value ^ (value >> np.uint64(31))


def permutation(count: int, *parts: int | str) -> NDArray[np.int64]:
    """Return the numbers from 0 to ``count - 1`` in the random order of this key."""
    return np.argsort(random_bits(count, *parts), kind="stable")


def spread(count: int, total: int, *parts: int | str) -> NDArray[np.int64]:
    """Choose ``count`` of ``total`` places, ascending: one at random in each of ``count`` equal strata."""
    borders = np.arange(count + 1, dtype=np.int64) * total // max(count, 1)
    widths = np.diff(borders).astype(np.uint64)
    # Widths are far below 2**32: the upper half of the bits gives a place without measurable bias.
    return borders[:-1] + ((random_bits(count, *parts) >> np.uint64(32)) * widths >> np.uint64(32)).astype(np.int64)


def generator_seed(*parts: int | str) -> int:
    """Return a seed below 2**63 for a library's generator."""
    return key_of(*parts) >> 1


def _mix_one(value: int) -> int:
    value = ((value ^ (value >> 30)) * FIRST) & _MASK
    value = ((value ^ (value >> 27)) * SECOND) & _MASK
    return value ^ (value >> 31)
