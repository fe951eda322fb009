"""Stored ways between sites: read as layers for the planner, replaced or added to by commands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.failures import NotFound
from kitchen.tables import Site, TravelOrigin, TravelTime
from routing.travel import Position
from routing.travel_layers import GivenPairs, Layers, Leg, Pair, StraightLine


@dataclass(frozen=True, slots=True)
class StoredLeg:
    """A way to be stored, with the driven legs behind it and where it comes from."""

    leg: Leg
    detail: str
    legs: int = 0


@dataclass(frozen=True, slots=True)
class Area:
    """Kitchens and the sites they cook for: their positions, the names, who has no coordinates."""

    kitchens: tuple[str, ...]
    positions: tuple[Position, ...]
    names: Mapping[str, str]
    unplaced: tuple[str, ...]

    @property
    def places(self) -> list[str]:
        """The ids of the sites with coordinates, the kitchens first."""
        return [position.place for position in self.positions]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a writing did: rows new, changed, left as they were, removed."""

    added: int
    changed: int
    kept: int
    removed: int


def read_area(session: Session, kitchens: Sequence[str]) -> Area:
    """The sites of some kitchens: the kitchens as named, then the others in the order of their ids.

    Raises:
        NotFound: one of them is no site that cooks for itself.
    """
    wanted = tuple(dict.fromkeys(kitchens))
    query = sa.select(Site).where(col(Site.kitchen_id).in_(wanted)).order_by(col(Site.site_id))
    found = {site.site_id: site for site in session.scalars(query)}
    for kitchen in wanted:
        if kitchen not in found or found[kitchen].kitchen_id != kitchen:
            raise NotFound("kitchen", kitchen)
    sites = [*(found.pop(kitchen) for kitchen in wanted), *found.values()]
    placed = [
        Position(site.site_id, site.lon, site.lat)
        for site in sites
        if site.lat is not None and site.lon is not None
    ]
    known = {position.place for position in placed}
    return Area(
        wanted,
        tuple(placed),
        {site.site_id: site.name for site in sites},
        tuple(site.site_id for site in sites if site.site_id not in known),
    )


def stored_legs(session: Session, places: Collection[str]) -> dict[TravelOrigin, dict[Pair, Leg]]:
    """The stored ways among places, by who says them."""
    columns = sa.select(
        col(TravelTime.origin), col(TravelTime.from_site_id), col(TravelTime.to_site_id),
        col(TravelTime.metres), col(TravelTime.seconds),
    )  # fmt: skip
    found: dict[TravelOrigin, dict[Pair, Leg]] = {origin: {} for origin in TravelOrigin}
    for origin, start, end, metres, seconds in session.execute(columns.where(_among(places))):
        found[TravelOrigin(origin)][start, end] = Leg(metres, seconds)
    return found


def _among(places: Collection[str]) -> sa.ColumnElement[bool]:
    """Both ends lie among the places."""
    listed = sorted(places)
    return col(TravelTime.from_site_id).in_(listed) & col(TravelTime.to_site_id).in_(listed)


def travel_layers(
    session: Session,
    places: Collection[str],
    origins: Sequence[TravelOrigin] = tuple(TravelOrigin),
) -> Layers:
    """What the planner asks for ways: the stored ones of ``origins`` in this order, then the straight line."""
    stored = stored_legs(session, places)
    given = (GivenPairs(str(origin), stored[origin]) for origin in origins if stored[origin])
    return Layers((*given, StraightLine()))


def save_legs(
    session: Session,
    origin: TravelOrigin,
    legs: Mapping[Pair, StoredLeg],
    *,
    now: datetime,
    instead_of: Collection[str] = (),
) -> Saved:
    """Store ways of one origin; pairs it had before are changed.

    Args:
        session: in a write transaction.
        origin: who says them.
        legs: by (from, to) site id; the sites are stored.
        now: the moment that is noted at new and changed rows.
        instead_of: all other ways of this origin among these places are removed.
    """
    replaced = set(instead_of)
    places = {place for pair in legs for place in pair} | replaced
    query = sa.select(TravelTime).where(_among(places), col(TravelTime.origin) == origin)
    stored = {(row.from_site_id, row.to_site_id): row for row in session.scalars(query)}
    rows, changed = [], 0
    for pair, one in sorted(legs.items()):
        row = stored.get(pair)
        if row is None:
            rows.append(_row(pair, origin, one, now))
        elif (row.metres, row.seconds, row.legs, row.detail) != _content(one):
            row.metres, row.seconds, row.legs, row.detail = _content(one)
            row.stored_at, changed = now, changed + 1
    gone = [row for pair, row in stored.items() if pair not in legs and replaced.issuperset(pair)]
    for row in gone:
        session.delete(row)
    session.flush()
    insert_rows(session, TravelTime, rows)
    return Saved(len(rows), changed, len(legs) - len(rows) - changed, len(gone))


def _content(one: StoredLeg) -> tuple[int | None, int | None, int, str]:
    return one.leg.metres, one.leg.seconds, one.legs, one.detail


def _row(pair: Pair, origin: TravelOrigin, one: StoredLeg, now: datetime) -> dict[str, object]:
    metres, seconds, legs, detail = _content(one)
    return {
        "from_site_id": pair[0], "to_site_id": pair[1], "origin": origin, "metres": metres,
        "seconds": seconds, "legs": legs, "detail": detail, "stored_at": now,
    }  # fmt: skip
