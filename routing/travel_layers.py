"""Travel sources over each other: what the county knows first, a guess only for what is left.

A pair that a source calls unreachable stays unreachable; one it does not know falls through to the
next. Where every pair comes from can be asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.figures import check_whole
from routing.travel import (
    HILL_COUNTY,
    NO_ROW,
    Position,
    RoadRule,
    TravelSource,
    TravelTable,
    UnknownPair,
    check_places,
    straight_line_table,
)

Pair = tuple[str, str]
"""Origin and destination, by place id."""

STRAIGHT_LINE = "STRAIGHT_LINE"
NOBODY = ""
"""The origin of a pair that no source knows (and of a place to itself)."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one place to another: metres and seconds, or None for both: it cannot be driven.

    Raises:
        NotWhole, OutOfRange: A figure is no whole number from 0 up, or only one of the two is given.
    """

    metres: int | None
    seconds: int | None

    def __post_init__(self) -> None:
        if self.metres is not None or self.seconds is not None:
            check_whole("leg.metres", self.metres)
            check_whole("leg.seconds", self.seconds)


@dataclass(frozen=True, slots=True)
class StraightLine:
    """Coordinates x detour with speed classes: knows every pair, and none of them well."""

    rule: RoadRule = HILL_COUNTY

    @property
    def name(self) -> str:
        """Always the same."""
        return STRAIGHT_LINE

    def table(self, positions: Sequence[Position]) -> TravelTable:
        """See `straight_line_table`."""
        return straight_line_table(positions, self.rule)


@dataclass(frozen=True, slots=True)
class GivenPairs:
    """Single pairs, from a county's table or from past sheets; all others are unknown."""

    name: str
    legs: Mapping[Pair, Leg]

    def table(self, positions: Sequence[Position]) -> TravelTable:
        """The given pairs among these places.

        Raises:
            EmptyName, DuplicateStop: A place is empty or stands twice.
        """
        places = [position.place for position in positions]
        check_places(places)
        legs = [[self._leg(a, b) for b in places] for a in places]
        pairs = [(a, b) for a in places for b in places if a != b]
        return TravelTable(
            tuple(tuple(leg.metres for leg in row) for row in legs),
            tuple(tuple(leg.seconds for leg in row) for row in legs),
            tuple(p for p in pairs if p in self.legs and self.legs[p].seconds is None),
            tuple(UnknownPair(*p, NO_ROW) for p in pairs if p not in self.legs),
        )

    def _leg(self, origin: str, destination: str) -> Leg:
        if origin == destination:
            return Leg(0, 0)
        return self.legs.get((origin, destination), Leg(None, None))


@dataclass(frozen=True, slots=True)
class LayeredTable:
    """A table with the source of every pair; `sources` has the shape of the matrices.

    `sources` names who gave a pair or called it unreachable, `NOBODY` where no source knows it.
    """

    places: tuple[str, ...]
    table: TravelTable
    sources: tuple[tuple[str, ...], ...]

    def pairs(self) -> list[tuple[Pair, Leg, str]]:
        """Every pair of different places with its way and its source, row by row.

        A pair that nobody knows has the way None, None and the source `NOBODY`.
        """
        return [
            (
                (a, b),
                Leg(self.table.distance_m[i][j], self.table.duration_s[i][j]),
                self.sources[i][j],
            )
            for i, a in enumerate(self.places)
            for j, b in enumerate(self.places)
            if i != j
        ]

    def counts(self) -> dict[str, int]:
        """How many pairs come from each source, most first; `NOBODY` counts the unknown ones."""
        counts: dict[str, int] = {}
        for _pair, _leg, source in self.pairs():
            counts[source] = counts.get(source, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True, slots=True)
class Layers:
    """Sources in the order of trust; each is asked for what those before it do not know."""

    layers: tuple[TravelSource, ...]

    @property
    def name(self) -> str:
        """The names of the layers, the most trusted first."""
        return " > ".join(layer.name for layer in self.layers)

    def table(self, positions: Sequence[Position]) -> TravelTable:
        """The table that the layers give together."""
        return self.ask(positions).table

    def ask(self, positions: Sequence[Position]) -> LayeredTable:
        """The table with the source of every pair; a layer that nothing is left for is not asked.

        Raises:
            EmptyName, DuplicateStop: A place is empty or stands twice.
        """
        places = tuple(position.place for position in positions)
        check_places(places)
        size = range(len(places))
        found: dict[tuple[int, int], tuple[int | None, int | None, str]] = {
            (i, i): (0, 0, NOBODY) for i in size
        }
        for layer in self.layers:
            if len(found) < len(places) ** 2:
                _take(found, layer.table(positions), layer.name, places)
        nothing = (None, None, NOBODY)
        grid = [[found.get((i, j), nothing) for j in size] for i in size]
        named = [((a, b), grid[i][j]) for i, a in enumerate(places) for j, b in enumerate(places)]
        table = TravelTable(
            tuple(tuple(cell[0] for cell in row) for row in grid),
            tuple(tuple(cell[1] for cell in row) for row in grid),
            tuple(pair for pair, cell in named if cell[1] is None and cell[2] != NOBODY),
            tuple(UnknownPair(*p, NO_ROW) for p, c in named if c[1] is None and c[2] == NOBODY),
        )
        return LayeredTable(places, table, tuple(tuple(cell[2] for cell in row) for row in grid))


def _take(
    found: dict[tuple[int, int], tuple[int | None, int | None, str]],
    table: TravelTable,
    name: str,
    places: Sequence[str],
) -> None:
    """Add what a layer knows of the pairs that are not found yet."""
    unknown = {(pair.origin, pair.destination) for pair in table.unknown}
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            if (i, j) not in found and (a, b) not in unknown:
                found[i, j] = (table.distance_m[i][j], table.duration_s[i][j], name)
