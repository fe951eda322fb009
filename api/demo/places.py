"""The map of the demo: townships and villages from the official lists, sites invented on them.

Only codes decide where a village without a known coordinate lies, so that the map is the same for every
seed; the seed decides which villages have which site.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from api.demo import lists
from api.demo.draws import Draws
from api.demo.geometry import distance_m, is_inside, moved
from api.demo.records import DemoCounty, DemoSite, DemoTownship, DemoVillage
from api.demo.scales import Scale
from api.demo.sites import county_sites
from kitchen.kinds import Position

_TOWN_CLASSES = ("111", "112", "121", "122")
_TOWN_RADIUS_M = (300.0, 2_500.0)
_VILLAGE_RADIUS_M = (900.0, 7_500.0)
_CANDIDATES = 8
_TRIES = 400
# Invented counties stand apart from each other: four in a row, this many degrees from one to the next.
_MOVE_DEGREES = (0.7, 1.0)
_PER_ROW = 4


def demo_counties(scale: Scale) -> tuple[DemoCounty, ...]:
    """The counties of a scale with their townships and villages; the first is the real map."""
    first = _first_county(scale)
    others = lists.districts()[1 : scale.counties]
    return (first, *(_moved_county(first, other, at) for at, other in enumerate(others, start=1)))


def demo_sites(
    scale: Scale, counties: Sequence[DemoCounty], *, seed: int, until: date
) -> tuple[DemoSite, ...]:
    """All sites of all counties, each county's kitchens first."""
    sites: list[DemoSite] = []
    for at, county in enumerate(counties):
        wanted = scale.sites + (at < scale.extra_sites)
        sites += county_sites(county, wanted, seed=seed, until=until)
    return tuple(sites)


def _first_county(scale: Scale) -> DemoCounty:
    ring, source = lists.outline()
    code, name, _source = lists.districts()[0]
    every = tuple(
        DemoTownship(r["code"], r["name"], float(r["lat"]), float(r["lon"]), r["source"])
        for r in lists.townships()
    )
    taken = tuple(t for t in every if not scale.townships or t.code in scale.townships)
    placed = tuple(v for t in taken for v in _township_villages(t, every, ring))
    return DemoCounty(code, name, source, ring, taken, placed)


def _township_villages(
    own: DemoTownship, seats: Sequence[DemoTownship], ring: tuple[tuple[float, float], ...]
) -> list[DemoVillage]:
    """The township's villages; those without a coordinate are spread around its seat."""
    rows = [row for row in lists.villages() if row["township_code"] == own.code]
    known = [(float(row["lat"]), float(row["lon"])) for row in rows if row["lat"]]
    placed = []
    for row in rows:
        if row["lat"]:
            lat, lon, position = float(row["lat"]), float(row["lon"]), Position.SURVEYED
        else:
            spots = _spots(row["code"], row["urban_rural_class"], own, seats, ring)
            lat, lon = max(spots, key=lambda spot: _room_m(spot, known))
            position = Position.ESTIMATED
            known.append((lat, lon))
        source = row["source"] or "estimated: near the township's seat, inside the outline"
        placed.append(
            DemoVillage(
                row["code"],
                own.code,
                row["name"],
                row["urban_rural_class"],
                lat,
                lon,
                position,
                source,
            )
        )
    return placed


def _room_m(spot: tuple[float, float], known: Sequence[tuple[float, float]]) -> float:
    return min((distance_m(*spot, *other) for other in known), default=math.inf)


def _spots(
    code: str,
    settled: str,
    own: DemoTownship,
    seats: Sequence[DemoTownship],
    ring: tuple[tuple[float, float], ...],
) -> list[tuple[float, float]]:
    """Some places where the village may lie; the seat itself when there is no other."""
    draws = Draws("village", code)
    near, far = _TOWN_RADIUS_M if settled in _TOWN_CLASSES else _VILLAGE_RADIUS_M
    spots: list[tuple[float, float]] = []
    for _try in range(_TRIES):
        metres = math.sqrt(near**2 + draws.unit() * (far**2 - near**2))
        lat, lon = moved(own.lat, own.lon, metres=metres, bearing_rad=2 * math.pi * draws.unit())
        lat, lon = round(lat, 6), round(lon, 6)
        if _nearest_is(own, lat, lon, seats) and is_inside(lat, lon, ring):
            spots.append((lat, lon))
            if len(spots) == _CANDIDATES:
                break
    return spots or [(own.lat, own.lon)]


def _nearest_is(own: DemoTownship, lat: float, lon: float, seats: Sequence[DemoTownship]) -> bool:
    nearest = min(seats, key=lambda seat: distance_m(lat, lon, seat.lat, seat.lon))
    return nearest.code == own.code


def _moved_county(first: DemoCounty, other: tuple[str, str, str], at: int) -> DemoCounty:
    """The first county's map under another name and place: nothing of it is surveyed any more."""
    code, name, source = other
    step_lat, step_lon = _MOVE_DEGREES
    by_lat, by_lon = -step_lat * (at // _PER_ROW), step_lon * (at % _PER_ROW)
    return DemoCounty(
        code,
        name,
        source,
        tuple((round(lon + by_lon, 6), round(lat + by_lat, 6)) for lon, lat in first.outline),
        tuple(_moved_townships(first, code, name, (by_lat, by_lon))),
        tuple(_moved_villages(first, code, (by_lat, by_lon))),
    )


def _moved_townships(
    first: DemoCounty, code: str, name: str, by: tuple[float, float]
) -> Iterator[DemoTownship]:
    for own in first.townships:
        yield DemoTownship(
            code + own.code[6:],
            f"{name}·{own.name}（虚构）",
            round(own.lat + by[0], 6),
            round(own.lon + by[1], 6),
            "invented: the county's map moved",
        )


def _moved_villages(first: DemoCounty, code: str, by: tuple[float, float]) -> Iterator[DemoVillage]:
    for own in first.villages:
        yield replace(
            own,
            code=code + own.code[6:],
            township_code=code + own.township_code[6:],
            lat=round(own.lat + by[0], 6),
            lon=round(own.lon + by[1], 6),
            position=Position.ESTIMATED,
            source="invented: the county's map moved",
        )
