"""The manager's desk: the forecast with its reasons, the own number beside it, the lock."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from sqlmodel import Session, col

from api import clock
from api.auth import Role, needs
from api.day.calendar import calendar_lines, note_weather
from api.day.chain import PLANNED_STAGE
from api.day.desk import DeskRow, read_desk
from api.day.drifts import read_drifts
from api.day.forecasting import remake_forecast, stored_forecasts
from api.day.locking import MOST_MEALS, lock_forecast, say_own, unlock_forecast
from api.day.notes import is_done
from api.day.outcomes import read_outcomes, sites_of_kitchen
from api.failures import BadRequest, NotYours
from api.handlers.scopes import checked_day
from api.handlers.visits import Visit, house_of
from api.pages.kitchens import head_values, kitchen_of, site_names
from api.pages.plots import Spark, spark
from api.pages.rendering import go, lang_of, page
from api.reason_text import reason_sentence
from kitchen.day_tables import ForecastDay
from kitchen.forecast_grid import SeriesKey
from kitchen.forecast_scores import Bill, bill
from kitchen.kinds import WEATHER, FactKind, MealPeriod
from kitchen.tables import Site

_ZH = Markup('<span lang="zh-CN">{}</span>')
LONGEST_REASON = 200
# A number below a third of the usual, or above twice the nine-in-ten one and ten more, wants a reason.
_LEAST, _SLACK = 1 / 3, 10
_WEATHER_ACTS = {"RAIN": FactKind.RAIN, "DRY": FactKind.DRY, "UNKNOWN": None}


@dataclass(frozen=True, slots=True)
class Slip:
    """A field that cannot be used, and why: number, far (needs a reason), no_number, long_reason."""

    site_id: str
    period: MealPeriod
    text: str
    why: str


@get("/kitchen/desk", guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)], sync_to_thread=True)
def show_desk(
    request: Visit,
    day: FromQuery[str | None] = None,
    kitchen: FromQuery[str | None] = None,
    saved: FromQuery[int | None] = None,
) -> Response[str]:
    """The forecast of a kitchen's next open day, or of ``day``."""
    return _desk(request, day, kitchen, saved=saved)


def _desk(
    request: Visit,
    day: str | None,
    kitchen: str | None,
    *,
    saved: int | None = None,
    slips: Sequence[Slip] = (),
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    with house_of(request).database.read() as session:
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        shown = checked_day(day) if day else _next_open(session, chosen.site_id, clock.today())
        desk = read_desk(session, chosen.site_id, shown)
        names = site_names(session, chosen.site_id)
        scored, scores = _last_scores(session, chosen.site_id, shown)
        drifts = read_drifts(session, chosen.site_id, shown)
        lines = calendar_lines(session, shown, shown, frozenset({""}))
        planned = is_done(session, shown, PLANNED_STAGE)
    now, mine = clock.now(), request.user.role is Role.KITCHEN
    late = now >= desk.closes_at
    return page(
        request,
        "desk.html",
        status_code=400 if slips else 200,
        day=shown,
        **head_values(kitchens, chosen),
        desk=desk,
        mine=mine,
        may_write=mine and desk.is_open and not late,
        may_lock=mine and desk.is_open,
        may_unlock=mine
        and bool(desk.rows)
        and not (desk.is_open or desk.is_replayed or late or planned),
        closes=f"{desk.closes_at.astimezone(clock.SHANGHAI):%m-%d %H:%M}",
        late=late,
        why=partial(_why, day=shown, lang=lang_of(request)),
        spark=_spark,
        names=names,
        scored=scored,
        scores=scores,
        drifts=drifts,
        weather=next((line for line in lines if line.kind in WEATHER), None),
        saved=saved,
        slips=slips,
        typed=typed or {},
        most=MOST_MEALS,
        longest=LONGEST_REASON,
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
def numbers_from_form(
    request: Visit, data: URLEncodedBody[dict[str, str]]
) -> Redirect | Response[str]:
    """Keep the manager's numbers; then lock, unlock, or note the weather, as the button says.

    Numbers that can be used are kept even where others cannot; those come back with their reason.
    """
    house, person = house_of(request), request.user
    day, act, now = checked_day(data.get("day", "")), data.get("act", "save"), clock.now()
    with house.database.read() as session:
        mine = frozenset(sites_of_kitchen(session, person.scope))
        rows = {
            (row.site_id, MealPeriod(row.period)): row
            for row in stored_forecasts(session, day)
            if row.site_id in mine
        }
    numbers, slips = _numbers(data, rows)
    if any(key not in rows for key in [*numbers, *((s.site_id, s.period) for s in slips)]):
        raise NotYours(person.role)
    if act == "unlock":
        unlock_forecast(house, day, kitchen_id=person.scope, by=person.username, now=now)
    changed = say_own(house, day, numbers, by=person.username, now=now)
    if slips:
        return _desk(request, day.isoformat(), None, saved=changed, slips=slips, typed=data)
    if act == "lock":
        lock_forecast(house, day, locked_by=person.username, now=now, kitchen_id=person.scope)
    elif act in _WEATHER_ACTS:
        note_weather(house, day, _WEATHER_ACTS[act], by=person.username)
        remake_forecast(house, day)
    return go("/kitchen/desk", day=day.isoformat(), saved=str(changed))


def _numbers(
    data: Mapping[str, str], rows: Mapping[SeriesKey, ForecastDay]
) -> tuple[dict[SeriesKey, tuple[int | None, str]], list[Slip]]:
    """Fields ``own:SITE:PERIOD`` and ``why:SITE:PERIOD``; full-width digits are digits too."""
    found: dict[SeriesKey, tuple[int | None, str]] = {}
    slips = []
    for name, typed in data.items():
        head, _, rest = name.partition(":")
        site_id, _, period = rest.rpartition(":")
        if head != "own":
            continue
        if period not in set(MealPeriod):
            raise BadRequest("period", period[:20])
        key = site_id, MealPeriod(period)
        text = unicodedata.normalize("NFKC", typed).strip()
        why = data.get(f"why:{rest}", "").strip()
        slip = _slip(text, why, rows.get(key))
        if slip:
            slips.append(Slip(*key, (why if slip == "long_reason" else text)[:20], slip))
        else:
            found[key] = (int(text) if text else None, why)
    return found, slips


def _slip(text: str, why: str, row: ForecastDay | None) -> str:
    """Why a number and its reason cannot be used together; "": they can."""
    if len(why) > LONGEST_REASON or not why.isprintable():
        return "long_reason"
    if not text:
        return "no_number" if why else ""
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= MOST_MEALS):
        return "number"
    if row is not None and not why and not _LEAST * row.median <= int(text) <= 2 * row.q90 + _SLACK:
        return "far"
    return ""
