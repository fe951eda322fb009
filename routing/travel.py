"""Distances and driving times between places: from coordinates, or from a given table.

Straight line x detour factor with speeds by distance class is the fallback when no road engine and
no table is at hand; a table (CSV rows, already split into fields) is what a county that has driven
its routes can give. A pair that no source knows, and one that cannot be driven, are told apart and
listed by name. `routing/travel_layers.py` puts several sources over each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Protocol

from routing.errors import (
    BadCoordinate,
    BadSpeedClasses,
    DuplicatePair,
    DuplicateStop,
    EmptyName,
    MissingCoordinate,
    OutOfRange,
    TravelTableRow,
    UnknownStop,
)
from routing.figures import LARGEST, Matrix

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of the WGS-84 ellipsoid (Moritz 2000, Geodetic Reference System 1980)."""

COLUMNS = ("origin", "destination", "distance_m", "duration_s")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in WGS-84 degrees.

    Raises:
        BadCoordinate: Not finite, or outside -180..180 and -90..90.
    """

    place: str
    lon: float
    lat: float

    def __post_init__(self) -> None:
        finite = isfinite(self.lon) and isfinite(self.lat)
        if not finite or abs(self.lon) > 180 or abs(self.lat) > 90:
            raise BadCoordinate(place=self.place, lon=self.lon, lat=self.lat)


@dataclass(frozen=True, slots=True)
class SpeedClass:
    """`kmh` km/h holds for road distances up to `up_to_m` metres (None: any longer one)."""

    up_to_m: int | None
    kmh: int


@dataclass(frozen=True, slots=True)
class RoadRule:
    """How a straight line becomes a road.

    `detour_percent` is road metres for 100 m of straight line; the first fitting speed class holds.

    Raises:
        OutOfRange: A detour below 100 or a speed outside 1..200 km/h.
        BadSpeedClasses: No class, limits that do not rise, or no open class at the end.
    """

    detour_percent: int
    speeds: tuple[SpeedClass, ...]

    def __post_init__(self) -> None:
        if not 100 <= self.detour_percent <= 1000:
            raise OutOfRange("detour_percent", self.detour_percent, 100, 1000)
        if not self.speeds:
            raise BadSpeedClasses(position=0)
        limit = 0
        for position, speed in enumerate(self.speeds):
            if not 1 <= speed.kmh <= 200:
                raise OutOfRange("speed.kmh", speed.kmh, 1, 200)
            is_last = position == len(self.speeds) - 1
            if (speed.up_to_m is None) != is_last or (speed.up_to_m or limit + 1) <= limit:
                raise BadSpeedClasses(position=position)
            limit = speed.up_to_m or limit

    def road_m(self, straight_m: float) -> int:
        """Road metres for a straight line, rounded to the nearest metre."""
        return round(straight_m * self.detour_percent / 100)

    def driving_s(self, road_m: int) -> int:
        """Driving seconds for road metres, rounded up: nobody is late by our rounding."""
        fits = (s for s in self.speeds if s.up_to_m is None or road_m <= s.up_to_m)
        return -(-road_m * 3600 // (next(fits).kmh * 1000))


HILL_COUNTY = RoadRule(
    detour_percent=140, speeds=(SpeedClass(2_000, 25), SpeedClass(10_000, 35), SpeedClass(None, 45))
)
"""An assumption for hill roads, to be replaced by driven times: 25, 35 and 45 km/h, detour 1.4."""


NO_ROW = "no_row"
"""Why a pair is unknown: the table that was asked has no row for it."""


@dataclass(frozen=True, slots=True)
class UnknownPair:
    """A pair that a source says nothing about, with the reason in one word."""

    origin: str
    destination: str
    reason: str


@dataclass(frozen=True, slots=True)
class TravelTable:
    """Both matrices in the order of the places asked for; a None in them is told by name beside them.

    `unreachable` are pairs (origin, destination) that the source says cannot be driven, `unknown`
    those it says nothing about. Directions are separate.
    """

    distance_m: Matrix
    duration_s: Matrix
    unreachable: tuple[tuple[str, str], ...]
    unknown: tuple[UnknownPair, ...] = ()


class TravelSource(Protocol):
    """Something that can be asked how far and how long it is between places."""

    @property
    def name(self) -> str:
        """What the source is called where the origin of a pair is shown."""

    def table(self, positions: Sequence[Position]) -> TravelTable:
        """Metres and seconds between all positions, which carry different place ids.

        A pair that is not known is listed as unknown; nothing is guessed.
        """


def haversine_m(a: Position, b: Position) -> float:
    """Great-circle distance in metres (haversine; Sinnott 1984, Sky and Telescope 68, 158)."""
    half_lat = radians(b.lat - a.lat) / 2
    half_lon = radians(b.lon - a.lon) / 2
    h = sin(half_lat) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def straight_line_table(positions: Sequence[Position], rule: RoadRule) -> TravelTable:
    """Matrices from coordinates; the first position is the depot. Every pair is reachable."""
    distance = tuple(tuple(rule.road_m(haversine_m(a, b)) for b in positions) for a in positions)
    duration = tuple(tuple(rule.driving_s(metres) for metres in row) for row in distance)
    return TravelTable(distance, duration, ())


def positions_of(places: Iterable[str], table: Mapping[str, Position]) -> list[Position]:
    """The positions of places, in order.

    Raises:
        MissingCoordinate: A place is not in the table.
    """
    out = []
    for place in places:
        if place not in table:
            raise MissingCoordinate(place=place)
        out.append(table[place])
    return out


def given_table(places: Sequence[str], rows: Iterable[Sequence[str]]) -> TravelTable:
    """Matrices from the rows of a table: a header, then origin, destination, metres, seconds.

    The columns are found by their names (`COLUMNS`), so their order is free and others may stand
    beside them. A pair with empty figures is unreachable, one without a row is unknown. Directions
    are separate.

    Args:
        places: The ids of the depot and the stops, in the order of the matrices.
        rows: Fields as text; completely empty rows are passed over.

    Raises:
        EmptyName, DuplicateStop: A place is empty or stands twice.
        TravelTableRow: A column is absent, a figure is no whole number from 0 up, or only one of
            the two figures is given.
        UnknownStop: A row names a place that is not asked for.
        DuplicatePair: A pair is given twice.
    """
    index = {place: i for i, place in enumerate(places)}
    check_places(places)
    size = len(index)
    metres: list[list[int | None]] = [
        [0 if i == j else None for j in range(size)] for i in range(size)
    ]
    seconds = [row[:] for row in metres]
    known: set[tuple[str, str]] = set()
    for line, fields in _named_rows(rows):
        pair = (fields["origin"], fields["destination"])
        for place in pair:
            if place not in index:
                raise UnknownStop(stop_id=place)
        if pair in known:
            raise DuplicatePair(line=line, origin=pair[0], destination=pair[1])
        known.add(pair)
        i, j = index[pair[0]], index[pair[1]]
        if i != j:
            metres[i][j], seconds[i][j] = _figures(line, fields)
    missing = [
        (a, b) for i, a in enumerate(places) for j, b in enumerate(places) if seconds[i][j] is None
    ]
    return TravelTable(
        tuple(map(tuple, metres)),
        tuple(map(tuple, seconds)),
        tuple(pair for pair in missing if pair in known),
        tuple(UnknownPair(*pair, NO_ROW) for pair in missing if pair not in known),
    )


def check_places(places: Sequence[str]) -> None:
    """Refuse a list of places that cannot name the rows of a table.

    Raises:
        EmptyName, DuplicateStop: A place is empty or stands twice.
    """
    if not all(place.strip() for place in places):
        raise EmptyName(field="places")
    seen: set[str] = set()
    for place in places:
        if place in seen:
            raise DuplicateStop(stop_id=place)
        seen.add(place)


def _named_rows(rows: Iterable[Sequence[str]]) -> Iterable[tuple[int, dict[str, str]]]:
    header: list[str] | None = None
    for line, row in enumerate(rows, start=1):
        fields = [text.strip() for text in row]
        if not any(fields):
            continue
        if header is None:
            header = [text.removeprefix("\ufeff") for text in fields]
            for column in COLUMNS:
                if header.count(column) != 1:
                    raise TravelTableRow(line=line, column=column, value=",".join(header))
            continue
        if len(fields) != len(header):
            raise TravelTableRow(line=line, column="", value=",".join(fields))
        yield line, dict(zip(header, fields, strict=True))
    if header is None:
        raise TravelTableRow(line=0, column=COLUMNS[0], value="")


def _figures(line: int, fields: Mapping[str, str]) -> tuple[int | None, int | None]:
    texts = [(column, fields[column]) for column in COLUMNS[2:]]
    if not any(text for _, text in texts):
        return None, None
    for column, text in texts:
        if not (text.isascii() and text.isdigit()) or int(text) > LARGEST:
            raise TravelTableRow(line=line, column=column, value=text)
    return int(texts[0][1]), int(texts[1][1])
