"""Draws that are fixed by names: the same parts give the same numbers on every machine and version.

BLAKE2b (RFC 7693) in counter mode serves as the stream; nothing here guards a secret.
"""

import math
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import count
from statistics import NormalDist
from typing import Generic, TypeVar

T = TypeVar("T")
_WORDS = struct.Struct("<8Q")
_TO_UNIT = 2.0**-53
_NORMAL = NormalDist()
_EDGE = 1e-12
_LARGE_MEAN = 40.0


def _words(key: bytes) -> tuple[int, ...]:
    return _WORDS.unpack(blake2b(key).digest())


def units(*parts: object) -> list[float]:
    """Eight independent numbers in [0, 1) that depend on nothing but the parts."""
    return [(word >> 11) * _TO_UNIT for word in _words(repr(parts).encode())]


def token(size: int, *parts: object) -> str:
    """``size`` bytes as hexadecimal digits that depend on nothing but the parts."""
    return blake2b(repr(parts).encode(), digest_size=size).hexdigest()


def normal(unit: float) -> float:
    """The standard normal value whose distribution function is ``unit``."""
    return _NORMAL.inv_cdf(min(max(unit, _EDGE), 1.0 - _EDGE))


def poisson(mean: float, unit: float) -> int:
    """The Poisson count whose distribution function first reaches ``unit``.

    Means above 40 use the second-order Cornish-Fisher expansion (Cornish and Fisher 1938).
    """
    if mean > _LARGE_MEAN:
        z = normal(unit)
        return max(0, round(mean + math.sqrt(mean) * z + (z * z - 1) / 6))
    term = total = math.exp(-mean)
    reached = 0
    while total < unit and reached < 200:
        reached += 1
        term *= mean / reached
        total += term
    return reached


def _stream(key: bytes) -> Iterator[float]:
    for block in count():
        for word in _words(key + block.to_bytes(8, "little")):
            yield (word >> 11) * _TO_UNIT


class Draws:
    """An endless stream of draws named by its parts; ``unit()`` is the next number in [0, 1)."""

    __slots__ = ("unit",)

    def __init__(self, *parts: object) -> None:
        self.unit: Callable[[], float] = _stream(repr(parts).encode()).__next__

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1."""
        return int(self.unit() * limit)

    def between(self, first: int, last: int) -> int:
        """A whole number from ``first`` to ``last``, both included."""
        return first + int(self.unit() * (last - first + 1))

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.unit() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(self.unit() * len(options))]

    def sample(self, options: Sequence[T], wanted: int) -> list[T]:
        """``wanted`` different options in drawn order (all of them when there are fewer)."""
        rest = list(options)
        taken = min(wanted, len(rest))
        for index in range(taken):
            other = self.between(index, len(rest) - 1)
            rest[index], rest[other] = rest[other], rest[index]
        return rest[:taken]


class Weighted(Generic[T]):
    """Options with weights; ``at(unit)`` gives the option under a number in [0, 1)."""

    __slots__ = ("_edges", "_options")

    def __init__(self, options: Sequence[T], weights: Sequence[float]) -> None:
        total, edges, whole = 0.0, [], float(sum(weights))
        for weight in weights:
            total += weight / whole
            edges.append(total)
        self._options = tuple(options)
        self._edges = edges[:-1]

    def at(self, unit: float) -> T:
        """The option whose share of [0, 1) holds ``unit``."""
        return self._options[bisect_right(self._edges, unit)]


def rank(seed: int, name: str, subject: str) -> float:
    """A number in [0, 1) to order subjects by when some of them are chosen."""
    return units(seed, name, subject)[0]
