"""What master and pricing tell each other: cuts, prices, routes found."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from routing.compiled import Ints

SCALE = 1024
"""Prices and reduced costs are whole numbers in 1 / SCALE cost units."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A subset-row cut: at most one of the routes that serve two of three stops; `memory`: the stops at which it does not forget."""

    rows: tuple[int, int, int]
    memory: frozenset[int]


@dataclass(frozen=True, slots=True)
class Prices:
    """Scaled prices: by row (relays at most 0), of any vehicle, by type, of the missed weight, by cut."""

    rows: Ints
    total: int
    types: Ints
    missed: int
    cuts: Ints


@dataclass(frozen=True, slots=True)
class Found:
    """Routes as (scaled reduced cost, nodes), cheapest first; 0 between two rounds of a vehicle.

    `least` is no larger than the reduced cost of any route, if `complete`.
    """

    routes: list[tuple[int, tuple[int, ...]]]
    least: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """Routes one a line: nodes (-1 behind the last), rows used (0 or 1), unscaled value."""

    nodes: Ints
    uses: NDArray[Any]
    values: Ints
