"""The township clerk's page: how each site stands, what needs a person, what is claimed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Response, get
from litestar.params import FromQuery
from sqlmodel import Session, col, select

from api.auth import Person, Role, needs
from api.failures import NotFound
from api.handlers.day_reading import read_charges, read_day, read_exceptions
from api.handlers.scopes import shown_day
from api.handlers.visits import Visit, house_of
from api.pages.rendering import lang_of, page
from api.schemas import ChargeTotal
from api.way_out import way_out_text
from kitchen.day_tables import ClosingCount, ForecastDay, RouteStop
from kitchen.tables import MealOrder, Site, Township
from pos.kinds import ChargeState
from pos.policy import Funder
from pos.tables import Charge

COUNTS = ("ordered", "loaded", "received", "served", "charged")


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site's meal of the day: its counts, by link; None where nobody has recorded any."""

    site_id: str
    name: str
    period: str
    counts: tuple[int | None, ...]


@dataclass(slots=True)
class TierLine:
    """What the funders owe for one tier (fen)."""

    tier: str
    meals: int = 0
    price_fen: int = 0
    subsidy_fen: int = 0
    shares: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@get(
    "/township",
    guards=[needs(Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def show_township(
    request: Visit, day: FromQuery[str | None] = None, township: FromQuery[str | None] = None
) -> Response[str]:
    """One township's day and month; county and auditor see the whole county or choose one."""
    with house_of(request).database.read() as session:
        shown = shown_day(session, day)
        townships = _townships(session, request.user)
        chosen = _chosen(townships, township, county=request.user.role is not Role.TOWNSHIP)
        names = _site_names(session, chosen)
        first, last = month_of(shown)
        whole = chosen is None
        sites = None if whole else frozenset(names)
        return page(
            request,
            "township.html",
            day=shown,
            township_code=chosen or "",
            townships=townships,
            counts=COUNTS,
            lines=_site_lines(session, shown, names),
            site_names=names,
            exceptions=read_exceptions(session, shown, sites),
            way_out=partial(_way_out, lang=lang_of(request), names=names),
            day_tiers=by_tier(read_charges(session, shown, shown, sites=sites).totals),
            month_tiers=by_tier(read_charges(session, first, last, sites=sites).totals),
            funders=[str(funder) for funder in Funder],
            chain=read_day(session, shown) if whole else None,
        )


def _way_out(stored: str, *, lang: str, names: Mapping[str, str]) -> str:
    """What would let a stop in that was left behind, in a sentence with names."""
    found = msgspec.json.decode(stored)
    return way_out_text(found, lang, name=lambda one: names.get(one, one), yuan=True)


def _townships(session: Session, person: Person) -> list[tuple[str, str]]:
    query = select(Township).order_by(col(Township.code))
    if person.role is Role.TOWNSHIP:
        query = query.where(col(Township.code) == person.scope)
    return [(row.code, row.name) for row in session.exec(query)]


def _chosen(townships: Sequence[tuple[str, str]], wish: str | None, *, county: bool) -> str | None:
    """The township to show; None is the whole county."""
    if county and not wish:
        return None
    codes = [code for code, _name in townships if not wish or code == wish]
    if not codes:
        raise NotFound("township", (wish or "-")[:64])
    return codes[0]


def _site_names(session: Session, township: str | None) -> dict[str, str]:
    query = select(Site.site_id, Site.name).order_by(col(Site.name), col(Site.site_id))
    if township is not None:
        query = query.where(col(Site.township_code) == township)
    return dict(session.exec(query).all())


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the month of ``day``."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _site_lines(session: Session, day: date, names: dict[str, str]) -> list[SiteLine]:
    """One line for each site and meal of which any record exists."""
    signed = sa.case(
        (col(Charge.state) == ChargeState.REVERSAL, -sa.func.abs(col(Charge.meals))),
        else_=col(Charge.meals),
    )
    orders: Any = sa.func.count(col(MealOrder.order_id))
    walk_in = _sums(
        session,
        ForecastDay,
        ForecastDay.day,
        what=sa.func.sum(ForecastDay.locked_portions),
        day=day,
    )
    found = {
        "ordered": _sums(session, MealOrder, MealOrder.day, what=orders, day=day),
        "loaded": _sums(session, RouteStop, RouteStop.day, what=sa.func.sum(RouteStop.loaded), day=day),
        "received": _sums(session, RouteStop, RouteStop.day, what=sa.func.sum(RouteStop.received), day=day),
        "served": _sums(session, ClosingCount, ClosingCount.day, what=sa.func.sum(ClosingCount.served), day=day),
        "charged": _sums(session, Charge, Charge.business_day, what=sa.func.sum(signed), day=day),
    }  # fmt: skip
    for key, portions in walk_in.items():
        if portions is not None:
            found["ordered"][key] = (found["ordered"].get(key) or 0) + portions
    keys = {key for counts in found.values() for key in counts if key[0] in names}
    ordered = sorted(keys, key=lambda key: (names[key[0]], key))
    return [
        SiteLine(site, names[site], period, tuple(found[c].get((site, period)) for c in COUNTS))
        for site, period in ordered
    ]


def _sums(
    session: Session, table: Any, day_column: Any, *, what: Any, day: date
) -> dict[tuple[str, str], int | None]:
    rows = session.connection().execute(
        sa.select(table.site_id, table.period, what)
        .where(day_column == day)
        .group_by(table.site_id, table.period)
    )
    return {(site, str(period)): None if n is None else int(n) for site, period, n in rows}


def by_tier(totals: Sequence[ChargeTotal]) -> list[TierLine]:
    """Totals of all sites by tier, tiers in the order of their names."""
    lines: dict[str, TierLine] = {}
    for total in totals:
        line = lines.setdefault(total.tier, TierLine(total.tier))
        line.meals += total.meals
        line.price_fen += total.list_price_fen + total.delivery_fee_fen
        line.subsidy_fen += total.subsidy_fen
        for funder, fen in total.shares.items():
            line.shares[funder] += fen
    return [lines[tier] for tier in sorted(lines)]
