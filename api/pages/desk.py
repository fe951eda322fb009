"""The manager's desk: the forecast with its reasons, the own number beside it, the lock."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from sqlmodel import Session, col

from api import clock
from api.auth import Role, needs
from api.day.calendar import calendar_lines
from api.day.desk import DeskRow, read_desk
from api.day.drifts import read_drifts
from api.day.locking import lock_forecast, say_own
from api.day.outcomes import read_outcomes, sites_of_kitchen
from api.failures import BadRequest, NotYours
from api.handlers.scopes import checked_day
from api.handlers.visits import Visit, house_of
from api.pages.calendar import WEATHER
from api.pages.kitchens import kitchen_of
from api.pages.plots import Spark, spark
from api.pages.rendering import go, lang_of, page
from api.reason_text import reason_sentence
from kitchen.day_tables import ForecastDay
from kitchen.forecast_scores import Bill, bill
from kitchen.kinds import MealPeriod
from kitchen.tables import Site

_COUNTY = frozenset({""})
_ZH = Markup('<span lang="zh-CN">{}</span>')
MOST_MEALS, LONGEST_REASON = 5_000, 100


@get("/kitchen/desk", guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)], sync_to_thread=True)
def show_desk(
    request: Visit,
    day: FromQuery[str | None] = None,
    kitchen: FromQuery[str | None] = None,
    saved: FromQuery[int | None] = None,
) -> Response[str]:
    """The forecast of a kitchen's next open day, or of ``day``."""
    with house_of(request).database.read() as session:
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        shown = checked_day(day) if day else _next_open(session, chosen.site_id, clock.today())
        desk = read_desk(session, chosen.site_id, shown)
        names = _names(session, chosen.site_id)
        scored, scores = _last_scores(session, chosen.site_id, shown)
        drifts = read_drifts(session, chosen.site_id, shown)
        weather = next((line.kind for line in calendar_lines(session, shown, shown, _COUNTY) if line.kind in WEATHER), None)  # fmt: skip
    now = clock.now()
    return page(
        request,
        "desk.html",
        day=shown,
        kitchen_id=chosen.site_id,
        kitchen_name=chosen.name,
        kitchens=[(site.site_id, site.name) for site in kitchens],
        desk=desk,
        may_write=request.user.role is Role.KITCHEN and desk.is_open and now < desk.closes_at,
        may_lock=request.user.role is Role.KITCHEN and desk.is_open,
        closes=f"{desk.closes_at.astimezone(clock.SHANGHAI):%m-%d %H:%M}",
        late=now >= desk.closes_at,
        why=partial(_why, day=shown, lang=lang_of(request)),
        spark=_spark,
        names=names,
        scored=scored,
        scores=scores,
        drifts=drifts,
        weather=weather,
        saved=saved,
        most=MOST_MEALS,
    )


def _why(row: DeskRow, *, day: date, lang: str) -> Markup:
    """The reasons as markup; stored names are escaped and marked as Chinese."""
    said = reason_sentence(row.reasons, day, lang, lambda text: str(_ZH.format(text)))
    return Markup(said)  # noqa: S704  # every stored text went through _ZH, which escapes


def _spark(row: DeskRow) -> Spark:
    return spark(row.past, low=row.median, high=row.q90, portions=row.counts)


def _next_open(session: Session, kitchen_id: str, today: date) -> date:
    """The first day from today on whose numbers are not final, else the newest with a forecast, else tomorrow."""
    days = (
        sa.select(col(ForecastDay.day))
        .join(Site, col(Site.site_id) == col(ForecastDay.site_id))
        .where(col(Site.kitchen_id) == kitchen_id)
    )
    waiting = days.where(
        col(ForecastDay.day) >= today,
        col(ForecastDay.locked_at).is_(None),
        col(ForecastDay.replayed).is_(False),
    )
    found: date | None = session.scalar(waiting.order_by(col(ForecastDay.day)).limit(1))
    newest: date | None = session.scalar(days.order_by(col(ForecastDay.day).desc()).limit(1))
    return found or newest or today + timedelta(days=1)


def _names(session: Session, kitchen_id: str) -> dict[str, str]:
    query = sa.select(col(Site.site_id), col(Site.name)).where(col(Site.kitchen_id) == kitchen_id)
    return dict(session.execute(query).all())


def _last_scores(
    session: Session, kitchen_id: str, day: date
) -> tuple[date | None, Sequence[tuple[str, Bill]]]:
    """The last day before ``day`` that was served, and what forecast, manager and lock came to on it."""
    found = read_outcomes(
        session, sites_of_kitchen(session, kitchen_id), day - timedelta(days=7), day - timedelta(days=1)
    )  # fmt: skip
    if not found:
        return None, ()
    last = max(one.day for one in found)
    rows = [one for one in found if one.day == last]
    bills = (
        ("forecast", bill((one, one.proposed) for one in rows)),
        ("own", bill((one, one.own) for one in rows if one.own is not None)),
        ("locked", bill((one, one.cooked) for one in rows if one.cooked is not None)),
    )
    return last, tuple(pair for pair in bills if pair[1].days)


@post("/kitchen/desk", guards=[needs(Role.KITCHEN)], sync_to_thread=True, status_code=200)
def numbers_from_form(request: Visit, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    """Keep the manager's numbers; ``lock`` makes them final at once."""
    house, person = house_of(request), request.user
    day = checked_day(data.get("day", ""))
    numbers = _numbers(data)
    with house.database.read() as session:
        mine = frozenset(sites_of_kitchen(session, person.scope))
    if any(site_id not in mine for site_id, _period in numbers):
        raise NotYours(person.role)
    now: datetime = clock.now()
    changed = say_own(house, day, numbers, by=person.username, now=now)
    if data.get("lock"):
        lock_forecast(house, day, locked_by=person.username, now=now, kitchen_id=person.scope)
    return go("/kitchen/desk", day=day.isoformat(), saved=str(changed))


def _numbers(data: dict[str, str]) -> dict[tuple[str, MealPeriod], tuple[int | None, str]]:
    """Fields ``own:SITE:PERIOD`` and ``why:SITE:PERIOD``.

    Raises:
        BadRequest: no such meal, no whole number from 0 to ``MOST_MEALS``, or a reason that is too long.
    """
    found: dict[tuple[str, MealPeriod], tuple[int | None, str]] = {}
    for name, text in data.items():
        head, _, rest = name.partition(":")
        site_id, _, period = rest.rpartition(":")
        if head != "own":
            continue
        if period not in set(MealPeriod):
            raise BadRequest("period", period[:20])
        why = data.get(f"why:{rest}", "").strip()
        if len(why) > LONGEST_REASON or not why.isprintable():
            raise BadRequest("reason", why[:LONGEST_REASON])
        found[site_id, MealPeriod(period)] = (_meals(text.strip()), why if text.strip() else "")
    return found


def _meals(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= MOST_MEALS):
        raise BadRequest("portions", text[:20])
    return int(text)
