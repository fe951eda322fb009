"""The county's own calendar of days that differ, and which site took over another's people: read and edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.failures import BadRequest, NotFound
from api.house import House
from kitchen.day_tables import ForecastDay
from kitchen.forecast_occasions import LARGEST_MULTIPLIER
from kitchen.forecast_succession import Succession, heirs
from kitchen.holidays import ASSUMED, holiday_years, holidays
from kitchen.kinds import WEATHER, FactKind, OrderState
from kitchen.tables import (
    DayFact,
    DemandDay,
    MealOrder,
    Site,
    SiteSuccession,
    StandingOrder,
    Township,
)
from pos.tables import Senior

LONGEST_NAME = 40
MOST_PERCENT = round(100 * LARGEST_MULTIPLIER)


def calendar_lines(
    session: Session, first: date, last: date, scopes: frozenset[str] | None = None
) -> Sequence[DayFact]:
    """The lines from ``first`` to ``last`` (of some scopes only), by day, scope and kind."""
    query = sa.select(DayFact).where(col(DayFact.day).between(first, last))
    if scopes is not None:
        query = query.where(col(DayFact.scope).in_(scopes))
    in_order = query.order_by(col(DayFact.day), col(DayFact.scope), col(DayFact.kind))
    return session.scalars(in_order).all()


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """What makes a day of a scope ("": the county) differ; ``percent`` of a usual day, None: as learned."""

    day: date
    kind: FactKind
    scope: str = ""
    name: str = ""
    percent: int | None = None


def put_line(house: House, line: CalendarLine, *, by: str) -> None:
    """Write one line, or change the name and factor of the line of the same day, scope and kind.

    Rain and dry weather of one day and scope take each other's place.

    Raises:
        NotFound: no such township or site.
        BadRequest: the name is longer than ``LONGEST_NAME``, the factor above ``MOST_PERCENT``.
    """
    if len(line.name) > LONGEST_NAME or not line.name.isprintable():
        raise BadRequest("name", line.name[:LONGEST_NAME])
    if line.percent is not None and not 0 <= line.percent <= MOST_PERCENT:
        raise BadRequest("percent", f"0 - {MOST_PERCENT}")
    with house.database.write(actor=by, action="calendar.put") as session:
        known = session.get(Site, line.scope) or session.get(Township, line.scope)
        if line.scope and known is None:
            raise NotFound("scope", line.scope[:64])
        rival = {FactKind.RAIN: FactKind.DRY, FactKind.DRY: FactKind.RAIN}.get(line.kind)
        other = session.get(DayFact, (line.day, line.scope, rival)) if rival else None
        if other is not None:
            session.delete(other)
        stored = session.get(DayFact, (line.day, line.scope, line.kind))
        if stored is None:
            stored = DayFact(day=line.day, scope=line.scope, kind=line.kind, name="", source=by)
            session.add(stored)
        stored.name = line.name
        stored.multiplier_percent = None if line.kind is FactKind.CLOSED else line.percent


def note_weather(house: House, day: date, kind: FactKind | None, *, by: str) -> None:
    """Say that a day of the county is wet or dry, or (None) that nobody knows after all."""
    if kind is not None:
        put_line(house, CalendarLine(day, kind), by=by)
        return
    with house.database.write(actor=by, action="calendar.remove") as session:
        for one in WEATHER:
            stored = session.get(DayFact, (day, "", one))
            if stored is not None:
                session.delete(stored)


@dataclass(frozen=True, slots=True)
class LoadedHolidays:
    """How many lines of a year were copied, how many stood there already, and how many nobody has announced yet."""

    year: int
    copied: int
    kept: int
    assumed: int


def load_holidays(house: House, year: int, *, by: str) -> LoadedHolidays:
    """Copy the shipped holidays of a year into the county's calendar; lines that are there stay as they are.

    Raises:
        NotFound: the shipped list does not hold the year.
    """
    if year not in holiday_years():
        raise NotFound("holidays", str(year))
    wanted = [one for one in holidays() if one.day.year == year and not one.scope]
    with house.database.write(actor=by, action="calendar.holidays") as session:
        lines = calendar_lines(session, date(year, 1, 1), date(year, 12, 31), frozenset({""}))
        there = {(line.day, line.kind) for line in lines}
        fresh = [one for one in wanted if (one.day, one.kind) not in there]
        rows = [
            {
                "day": one.day, "scope": "", "kind": one.kind, "name": one.name,
                "source": one.source, "multiplier_percent": None,
            }
            for one in fresh
        ]  # fmt: skip
        insert_rows(session, DayFact, rows)
    assumed = sum(one.source.startswith(ASSUMED) for one in fresh)
    return LoadedHolidays(year, len(fresh), len(wanted) - len(fresh), assumed)


def still_wanted(session: Session, day: date, scope: str) -> tuple[int, int]:
    """Orders due and meals locked on a day for the sites that a closed day of ``scope`` reaches."""
    reached = sa.select(col(Site.site_id))
    if scope:
        reached = reached.where(
            sa.or_(col(Site.site_id) == scope, col(Site.township_code) == scope)
        )
    orders = sa.select(sa.func.count()).where(
        col(MealOrder.day) == day, col(MealOrder.state) == OrderState.DUE,
        col(MealOrder.site_id).in_(reached),
    )  # fmt: skip
    locked = sa.select(sa.func.sum(col(ForecastDay.locked_portions))).where(
        col(ForecastDay.day) == day, col(ForecastDay.site_id).in_(reached)
    )
    return session.scalar(orders) or 0, int(session.scalar(locked) or 0)


def remove_line(house: House, day: date, kind: FactKind, *, scope: str, by: str) -> None:
    """Take a line out; what was learned under its name stays with the other days of that name.

    Raises:
        NotFound: there is no such line.
    """
    with house.database.write(actor=by, action="calendar.remove") as session:
        stored = session.get(DayFact, (day, scope, kind))
        if stored is None:
            raise NotFound("calendar", f"{day} {scope} {kind}")
        session.delete(stored)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a succession means: people registered at the old site, and lasting wishes that still name it."""

    people: int
    standing_orders: int


def succeed(house: House, old: str, new: str, *, since: date, by: str) -> Moved:
    """From ``since`` on the people of ``old`` eat at ``new``: its history counts there, and it is closed.

    Said again with another day, the day is changed. The register and the lasting wishes are left alone.

    Raises:
        NotFound: no such site.
        BadRequest: both are one site, the old one has served on or after ``since``, or the new one is closed then.
        SuccessionCircle: the new site's people eat at the old one already.
    """
    if old == new:
        raise BadRequest("new", new)
    with house.database.write(actor=by, action="site.succeed") as session:
        sites = {one: session.get(Site, one) for one in (old, new)}
        for site_id, site in sites.items():
            if site is None:
                raise NotFound("site", site_id[:64])
        stored = session.scalars(sa.select(SiteSuccession)).all()
        known = [
            Succession(s.old_site_id, s.new_site_id, s.since)
            for s in stored
            if s.old_site_id != old
        ]
        heirs([*known, Succession(old, new, since)], date.max)
        _check_since(session, session.get_one(Site, new), old, since)
        closing, line = session.get_one(Site, old), session.get(SiteSuccession, old)
        before = since - timedelta(days=1)
        said = line is not None and closing.valid_to == line.since - timedelta(days=1)
        if said or closing.valid_to is None or closing.valid_to > before:
            closing.valid_to = before
        if line is None:
            session.add(SiteSuccession(old_site_id=old, new_site_id=new, since=since))
        else:
            line.new_site_id, line.since = new, since
        people = sa.select(sa.func.count()).where(col(Senior.site_id) == old)
        wishes = sa.select(sa.func.count()).where(col(StandingOrder.site_id) == old)
        return Moved(session.scalar(people) or 0, session.scalar(wishes) or 0)


def _check_since(session: Session, heir: Site, old: str, since: date) -> None:
    latest: date | None = session.scalar(
        sa.select(sa.func.max(col(DemandDay.day))).where(col(DemandDay.site_id) == old)
    )
    if latest is not None and since <= latest:
        raise BadRequest("since", f"> {latest}")
    if heir.valid_from > since or (heir.valid_to is not None and heir.valid_to < since):
        raise BadRequest("new", f"{heir.site_id} {heir.valid_from} - {heir.valid_to}")
