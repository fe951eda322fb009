"""What an import must know of the county: plain values, read once, so that decisions need no Session."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from api.imports.columns import ORDERS, PEOPLE, PLACES, VEHICLES
from kitchen.kinds import MealPeriod
from kitchen.tables import County, Driver, Site, SiteMeal, StandingOrder, Township, Vehicle, Village
from pos.kinds import SeniorState
from pos.tables import Senior


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of WGS-84 degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point lies inside or on the edge."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


# Without an outline: the mainland and its islands, rounded outwards.
CHINA = Box(17.0, 73.0, 54.0, 136.0)
# About 3 km: a coordinate in GCJ-02 lies 300-600 m away, and outlines are drawn coarsely.
MARGIN_DEGREES = 0.03


@dataclass(frozen=True, slots=True)
class TownshipFact:
    """A township and its county."""

    code: str
    name: str
    county_code: str


@dataclass(frozen=True, slots=True)
class VillageFact:
    """A village and its township."""

    code: str
    name: str
    township_code: str


@dataclass(frozen=True, slots=True)
class SiteFact:
    """A site: who cooks for it, and on which weekdays it serves which meal."""

    site_id: str
    name: str
    township_code: str
    kitchen_id: str
    meals: Mapping[MealPeriod, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeniorFact:
    """A person of the register, as far as an order must know them."""

    senior_id: str
    site_id: str
    state: SeniorState
    has_position: bool


@dataclass(frozen=True, slots=True)
class OrderFact:
    """A standing order: when it asks for a meal."""

    standing_id: str
    weekdays: str
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class DriverFact:
    """A driver."""

    driver_id: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decisions look things up in; what a list does not need stays empty.

    ``boxes`` are the rectangles of the counties by code, ``hashes`` senior ids by ID-number hash,
    ``orders`` standing orders by (senior id, period), ``ids`` the codes taken in the list's own table.
    """

    townships: tuple[TownshipFact, ...] = ()
    villages: tuple[VillageFact, ...] = ()
    sites: tuple[SiteFact, ...] = ()
    boxes: Mapping[str, Box] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    hashes: Mapping[str, str] = field(default_factory=dict)
    seniors: Mapping[str, SeniorFact] = field(default_factory=dict)
    orders: Mapping[tuple[str, MealPeriod], tuple[OrderFact, ...]] = field(default_factory=dict)
    plates: frozenset[str] = frozenset()
    drivers: tuple[DriverFact, ...] = ()


def box_of(outline: Iterable[Iterable[float]]) -> Box:
    """The rectangle around an outline of (lon, lat) points, a margin wider; ``CHINA`` without points."""
    points = [tuple(point) for point in outline]
    if not points:
        return CHINA
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    margin = MARGIN_DEGREES
    return Box(min(lats) - margin, min(lons) - margin, max(lats) + margin, max(lons) + margin)


def read_facts(session: Session, kind: str) -> Facts:
    """Read what the list of this kind needs to know."""
    read = {PEOPLE: _for_people, PLACES: _for_places, ORDERS: _for_orders, VEHICLES: _for_vehicles}
    return read[kind](session)


def _for_people(session: Session) -> Facts:
    hashes = _hashes(session)
    known = _map(session)
    return replace(known, sites=_sites(session), ids=frozenset(hashes.values()), hashes=hashes)


def _for_places(session: Session) -> Facts:
    sites = _sites(session)
    return replace(_map(session), sites=sites, ids=frozenset(site.site_id for site in sites))


def _for_orders(session: Session) -> Facts:
    orders = defaultdict(list)
    taken = set()
    columns = _columns(
        StandingOrder, "standing_id", "weekdays", "starts", "ends", "senior_id", "period"
    )
    for standing_id, weekdays, starts, ends, senior_id, period in session.execute(columns):
        taken.add(standing_id)
        fact = OrderFact(standing_id, weekdays, starts, ends)
        orders[senior_id, MealPeriod(period)].append(fact)
    return Facts(
        sites=_sites(session), ids=frozenset(taken), hashes=_hashes(session),
        seniors=_seniors(session), orders={key: tuple(own) for key, own in orders.items()},
    )  # fmt: skip


def _for_vehicles(session: Session) -> Facts:
    rows = list(session.execute(_columns(Vehicle, "vehicle_id", "plate")))
    drivers = session.execute(_columns(Driver, "driver_id", "name", "phone"))
    return Facts(
        sites=_sites(session),
        ids=frozenset(vehicle_id for vehicle_id, _plate in rows),
        plates=frozenset(plate for _vehicle_id, plate in rows),
        drivers=tuple(DriverFact(*row) for row in drivers),
    )


def _columns(table: type, *names: str) -> sa.Select[Any]:
    """Plain columns of a table in the order of its key, so that two readings are equal."""
    stored: sa.Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    columns = [stored.columns[name] for name in names]
    return sa.select(*columns).order_by(*stored.primary_key.columns)


def _map(session: Session) -> Facts:
    townships = session.execute(_columns(Township, "code", "name", "county_code"))
    villages = session.execute(_columns(Village, "code", "name", "township_code"))
    counties = session.execute(_columns(County, "code", "outline"))
    return Facts(
        townships=tuple(TownshipFact(*row) for row in townships),
        villages=tuple(VillageFact(*row) for row in villages),
        boxes={code: box_of(outline) for code, outline in counties},
    )


def _sites(session: Session) -> tuple[SiteFact, ...]:
    meals: dict[str, dict[MealPeriod, str]] = defaultdict(dict)
    for site_id, period, weekdays in session.execute(
        _columns(SiteMeal, "site_id", "period", "weekdays")
    ):
        meals[site_id][MealPeriod(period)] = weekdays
    sites = session.execute(_columns(Site, "site_id", "name", "township_code", "kitchen_id"))
    return tuple(
        SiteFact(site_id, name, township, kitchen, meals.get(site_id, {}))
        for site_id, name, township, kitchen in sites
    )


def _hashes(session: Session) -> dict[str, str]:
    rows = session.execute(_columns(Senior, "id_number_hash", "senior_id"))
    return {row[0]: row[1] for row in rows}


def _seniors(session: Session) -> dict[str, SeniorFact]:
    rows = session.execute(_columns(Senior, "senior_id", "site_id", "state", "lat"))
    return {
        senior_id: SeniorFact(senior_id, site_id, SeniorState(state), lat is not None)
        for senior_id, site_id, state, lat in rows
    }
