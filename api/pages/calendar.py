"""The calendar page: holidays, moved workdays, fairs, weather and closed days, seen and edited by the county's people.

A kitchen's manager writes for the own sites, the county's people for everywhere.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col

from api import clock
from api.auth import Person, Role, needs
from api.day.calendar import (
    LONGEST_NAME,
    MOST_PERCENT,
    CalendarLine,
    calendar_lines,
    load_holidays,
    put_line,
    remove_line,
    still_wanted,
)
from api.day.forecasting import remake_forecast
from api.day.outcomes import sites_of_kitchen
from api.failures import BadRequest, NotYours
from api.handlers.scopes import checked_day
from api.handlers.visits import Visit, house_of
from api.pages.kitchens import head_values, kitchen_of, site_names
from api.pages.rendering import go, page
from kitchen.holidays import holiday_years
from kitchen.kinds import WEATHER, FactKind
from kitchen.tables import Site, Township

DAYS = 62
FEW_HOLIDAYS = 12
KINDS = (FactKind.FAIR, FactKind.CLOSED, *WEATHER, FactKind.HOLIDAY, FactKind.EVE, FactKind.WORKDAY_MOVED)  # fmt: skip


class LineForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calendar line as the form sends it; ``percent`` is empty or whole."""

    day: Annotated[str, msgspec.Meta(max_length=10)]
    kind: FactKind
    scope: Annotated[str, msgspec.Meta(max_length=64)] = ""
    name: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = ""
    percent: Annotated[str, msgspec.Meta(max_length=5)] = ""
    remove: str = ""
    holidays: str = ""
    kitchen: Annotated[str, msgspec.Meta(max_length=64)] = ""
    csrf: str = ""


@get(
    "/kitchen/calendar", guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)], sync_to_thread=True
)  # fmt: skip
def show_calendar(
    request: Visit,
    day: FromQuery[str | None] = None,
    kitchen: FromQuery[str | None] = None,
    said: FromQuery[str | None] = None,
) -> Response[str]:
    """Two months of the calendar from ``day`` or today on, as far as it reaches the kitchen's sites."""
    with house_of(request).database.read() as session:
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        first = checked_day(day) if day else clock.today()
        last = first + timedelta(days=DAYS - 1)
        sites = site_names(session, chosen.site_id)
        townships = _townships(session, chosen.site_id)
        everywhere = frozenset({"", *sites, *townships})
        lines = calendar_lines(session, first, last, everywhere)
        unknown = _years_without_holiday(session, first, last)
        writable = _writable(session, request.user)
    may_write = request.user.role in {Role.KITCHEN, Role.COUNTY}
    return page(
        request,
        "calendar.html",
        day=first,
        last=last,
        **head_values(kitchens, chosen),
        lines=lines,
        names={**sites, **townships},
        unknown=[
            (year, year in holiday_years() and request.user.role is Role.COUNTY) for year in unknown
        ],
        may=lambda line: (
            writable is None
            or line.scope in writable
            or (line.kind in WEATHER and not line.scope and may_write)
        ),
        may_write=may_write,
        sites=sites,
        townships=townships if writable is None else {},
        county_wide=writable is None,
        kinds=[str(kind) for kind in KINDS],
        said=_said(said),
        most_percent=MOST_PERCENT,
        longest=LONGEST_NAME,
    )


def _townships(session: Session, kitchen_id: str) -> dict[str, str]:
    mine = sa.select(col(Site.township_code)).where(col(Site.kitchen_id) == kitchen_id)
    query = sa.select(col(Township.code), col(Township.name)).where(col(Township.code).in_(mine))
    return dict(session.execute(query.order_by(col(Township.code))).all())


def _years_without_holiday(session: Session, first: date, last: date) -> list[int]:
    """Years of the span for which fewer than ``FEW_HOLIDAYS`` days off are entered: something is missing."""
    years = range(first.year, last.year + 1)
    lines = calendar_lines(
        session, date(first.year, 1, 1), date(last.year, 12, 31), frozenset({""})
    )
    off = Counter(line.day.year for line in lines if line.kind == FactKind.HOLIDAY)
    return [year for year in years if off[year] < FEW_HOLIDAYS]


def _said(text: str | None) -> tuple[str, list[int]] | None:
    """What the form before has done, and its numbers."""
    what, *rest = (text or "").split("-")
    if what not in {"put", "removed", "holidays", "closed"}:
        return None
    numbers = [int(one) for one in rest if one.isascii() and one.isdecimal()]
    return what, [*numbers, 0, 0]


def _writable(session: Session, person: Person) -> frozenset[str] | None:
    """Scopes a person may write for; None: all of them."""
    if person.role is Role.KITCHEN:
        return frozenset(sites_of_kitchen(session, person.scope))
    return None if person.role is Role.COUNTY else frozenset()


@post(
    "/kitchen/calendar", guards=[needs(Role.KITCHEN, Role.COUNTY)], sync_to_thread=True, status_code=200
)  # fmt: skip
def line_from_form(request: Visit, data: URLEncodedBody[LineForm]) -> Redirect:
    """Put a line in, or with ``remove`` take it out.

    Raises:
        NotYours: the scope is another kitchen's; the county's weather may be noted by every manager.
    """
    house, person = house_of(request), request.user
    day = checked_day(data.day)
    with house.database.read() as session:
        writable = _writable(session, person)
    weather = data.kind in WEATHER and not data.scope
    if writable is not None and data.scope not in writable and not weather:
        raise NotYours(person.role)
    said = "put"
    if data.holidays:
        found = load_holidays(house, day.year, by=person.username)
        said = f"holidays-{found.copied}-{found.assumed}"
    elif data.remove:
        remove_line(house, day, data.kind, scope=data.scope, by=person.username)
        said = "removed"
    else:
        percent = _percent(data.percent.strip())
        line = CalendarLine(day, data.kind, data.scope, data.name.strip(), percent)
        put_line(house, line, by=person.username)
        if data.kind is FactKind.CLOSED:
            with house.database.read() as session:
                orders, locked = still_wanted(session, day, data.scope)
            said = f"closed-{orders}-{locked}"
    remake_forecast(house, day)
    keep = {"kitchen": data.kitchen} if data.kitchen else {}
    return go("/kitchen/calendar", day=day.isoformat(), said=said, **keep)


def _percent(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest("percent", text[:10])
    return int(text)
