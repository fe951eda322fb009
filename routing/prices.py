"""What master and pricing tell each other: cuts, prices, routes found."""

from dataclasses import dataclass, replace

from routing.compiled import Ints

SCALE = 1024
"""Prices and reduced costs are whole numbers in 1 / SCALE cost units."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A subset-row cut: of three stops every second one counts, and they count once at most.

    Of five, twice at most. `memory`: the stops at which it does not forget.
    """

    rows: tuple[int, ...]
    memory: frozenset[int]

    @property
    def most(self) -> int:
        """How often the stops may count in all."""
        return len(self.rows) // 2


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
    """Routes: nodes one a line (-1 behind the last), unscaled values; route i uses `row[start[i]:start[i + 1]]`."""

    nodes: Ints
    values: Ints
    start: Ints
    row: Ints


def blended(new: Prices, old: Prices) -> Prices:
    """Halfway to the best prices so far (Wentges 1997, doi:10.1016/S0969-6016(97)00001-4)."""
    return replace(
        new,
        rows=(new.rows + old.rows) // 2,
        total=(new.total + old.total) // 2,
        types=(new.types + old.types) // 2,
        missed=(new.missed + old.missed) // 2,
        cuts=(new.cuts + old.cuts) // 2,
    )
