"""Which sites a signed-in person may see, and which day a page shows."""

import re
from datetime import date

from sqlmodel import Session, col, select

from api import clock
from api.auth import Person, Role
from api.failures import BadRequest, NotFound, NotYours
from kitchen.day_tables import DayRecord
from kitchen.tables import Site

Sites = frozenset[str] | None
"""Site ids, or None for the whole county."""

EVERYWHERE = frozenset({Role.COUNTY, Role.AUDITOR})
FIRST_YEAR, LAST_YEAR = 2000, 2100
DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"


def sites_of(session: Session, person: Person) -> Sites:
    """The sites a person may see.

    Raises:
        NotYours: the role has no sites.
    """
    if person.role in EVERYWHERE:
        return None
    if person.role is Role.CASHIER:
        return frozenset({person.scope})
    if person.role is Role.KITCHEN:
        where = col(Site.kitchen_id) == person.scope
    elif person.role is Role.TOWNSHIP:
        where = col(Site.township_code) == person.scope
    else:
        raise NotYours(person.role)
    return frozenset(session.exec(select(Site.site_id).where(where))) | {person.scope}


def own_kitchen(session: Session, person: Person, wish: str) -> str:
    """The kitchen a person asks for: a manager's own, for others the one that is named.

    Raises:
        NotYours: a manager asks for another kitchen.
        NotFound: there is no such kitchen, or none is named.
    """
    if person.role is Role.KITCHEN and wish not in {"", person.scope}:
        raise NotYours(person.role)
    chosen = wish or person.scope
    site = session.get(Site, chosen) if chosen else None
    if site is None:
        raise NotFound("kitchen", chosen)
    return chosen


def checked_day(text: str) -> date:
    """The day a path or query names.

    Raises:
        BadRequest: not YYYY-MM-DD, no such day, or outside the years 2000 to 2100.
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise BadRequest("day", "YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadRequest("day", text) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadRequest("day", f"{FIRST_YEAR} - {LAST_YEAR}")
    return day


def shown_day(session: Session, text: str | None) -> date:
    """The day of ``?day=``, else the newest recorded day that is not ahead, else the first ahead, else today.

    Raises:
        BadRequest: see ``checked_day``.
    """
    if text:
        return checked_day(text)
    today, recorded = clock.today(), col(DayRecord.day)
    past = select(DayRecord).where(recorded <= today).order_by(recorded.desc()).limit(1)
    ahead = select(DayRecord).where(recorded > today).order_by(recorded).limit(1)
    found = session.exec(past).first() or session.exec(ahead).first()
    return found.day if found else today
