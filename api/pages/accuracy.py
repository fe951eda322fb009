"""The accuracy page: plots of what was said against what came, and what it cost in yuan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Annotated

import sqlalchemy as sa
from litestar import Response, get
from litestar.params import FromQuery, QueryParameter
from sqlmodel import Session, col

from api import clock
from api.auth import Role, needs
from api.day.accuracy import (
    Record,
    bills,
    compared,
    grouped,
    read_record,
    rivals,
    usual_wape,
)
from api.day.drifts import drifts_of
from api.handlers.scopes import checked_day
from api.handlers.visits import Visit, house_of
from api.labels import label
from api.pages.kitchens import head_values, kitchen_of, site_names
from api.pages.plots import Bars, Plot, bars, plot
from api.pages.rendering import lang_of, page, say
from api.reason_text import WEEKDAYS
from kitchen.day_tables import ForecastDay
from kitchen.forecast_scores import Accuracy, Bill, Outcome, accuracy, bill
from kitchen.kinds import MealPeriod
from kitchen.tables import DemandDay, Site

DAYS, MOST_DAYS = 35, 400
RIGHT_COVER = (0.85, 0.95)
SpanDays = Annotated[int, QueryParameter(ge=7, le=MOST_DAYS, description="days back")]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table with its bar: a site's meal or a weekday."""

    name: str
    note: str
    sums: Accuracy
    bill: Bill
    bar: Bars


@get(
    "/kitchen/accuracy", guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)], sync_to_thread=True
)  # fmt: skip
def show_accuracy(
    request: Visit,
    day: FromQuery[str | None] = None,
    kitchen: FromQuery[str | None] = None,
    days: SpanDays = DAYS,
) -> Response[str]:
    """A kitchen's record over the ``days`` days that end with ``day``, or with the newest scored one."""
    lang = lang_of(request)
    with house_of(request).database.read() as session:
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        last = checked_day(day) if day else _newest(session, chosen.site_id)
        record = read_record(session, chosen.site_id, last, days)
        names = site_names(session, chosen.site_id)
    found = record.outcomes
    rows = compared(rivals(record), found)
    return page(
        request,
        "accuracy.html",
        day=last,
        days=days,
        first=record.first,
        **head_values(kitchens, chosen),
        outcomes=found,
        unknown=sum(one.at_least for one in found),
        unmet=sum(max(0, one.demand - one.proposed) for one in found if one.at_least),
        replayed=record.replayed_days,
        sums=accuracy(found),
        usual=usual_wape(record, found),
        bills=bills(rows),
        daily=[(period, _daily(record, period, lang)) for period in _periods(found)],
        weekly=_weekly(record, lang),
        cover=_cover(record, lang),
        costs=_costs(rows, lang),
        weekdays=_weekdays(found, lang),
        sites=_sites(found, names, lang),
        drifts=drifts_of(found),
        names=names,
    )


def _newest(session: Session, kitchen_id: str) -> date:
    """The newest day with both a forecast and a count, else yesterday."""
    query = (
        sa.select(sa.func.max(col(ForecastDay.day)))
        .join(Site, col(Site.site_id) == col(ForecastDay.site_id))
        .join(
            DemandDay,
            sa.and_(
                col(DemandDay.site_id) == col(ForecastDay.site_id),
                col(DemandDay.day) == col(ForecastDay.day),
            ),
        )
        .where(col(Site.kitchen_id) == kitchen_id)
    )
    newest: date | None = session.scalar(query)
    return newest or clock.today() - timedelta(days=1)


def _periods(found: Sequence[Outcome]) -> list[MealPeriod]:
    present = {one.period for one in found}
    return [period for period in MealPeriod if period in present]


def _daily(record: Record, period: MealPeriod, lang: str) -> Plot:
    """All sites together, day by day: who came, what was expected, what nine days of ten stay under."""
    days = [record.first + timedelta(days=n) for n in range((record.last - record.first).days + 1)]
    of_day = grouped((one for one in record.outcomes if one.period == period), lambda one: one.day)
    came = [sum(one.demand for one in of_day[d]) if d in of_day else None for d in days]
    said = [sum(one.mean for one in of_day[d]) if d in of_day else None for d in days]
    high = [record.pooled_q90.get((period, d)) if d in of_day else None for d in days]
    return plot(
        [f"{day:%m-%d}" for day in days],
        [
            (say(lang, "实际", "came"), "came", came),
            (say(lang, "预测", "forecast"), "said", said),
            (say(lang, "九成日子不超过", "nine days of ten stay under"), "high", high),
        ],
    )


def _weeks(record: Record) -> tuple[list[str], list[list[Outcome]]]:
    of_week = grouped(record.outcomes, lambda one: (one.day - record.first).days // 7)
    weeks = range((record.last - record.first).days // 7 + 1)
    names = [f"{record.first + timedelta(weeks=week):%m-%d}" for week in weeks]
    return names, [of_week.get(week, []) for week in weeks]


def _weekly(record: Record, lang: str) -> Plot:
    names, weeks = _weeks(record)
    return plot(
        names,
        [
            (say(lang, "预测", "forecast"), "said", [accuracy(week).wape for week in weeks]),
            (label("by_usual", lang), "usual", [usual_wape(record, week) for week in weeks]),
        ],
        percent=True,
    )


def _cover(record: Record, lang: str) -> Plot:
    names, weeks = _weeks(record)
    line = say(lang, "没有超过“九成”份数的餐次", "meals within the nine-in-ten portions")
    values = [accuracy(week).cover for week in weeks]
    return plot(names, [(line, "said", values)], percent=True, band=RIGHT_COVER)


_STYLES = {"forecast": "said", "own": "own", "locked": "came", "usual": "usual"}


def _costs(rows: Sequence[tuple[Outcome, Mapping[str, int]]], lang: str) -> Plot | None:
    """Yuan of waste and shortage added up day after day, on the meals that are compared."""
    if not rows:
        return None
    fen: dict[str, dict[date, int]] = {name: defaultdict(int) for name in rows[0][1]}
    for one, said in rows:
        for name, number in said.items():
            fen[name][one.day] += one.cost_fen(number)
    days = sorted({one.day for one, _ in rows})
    return plot(
        [f"{day:%m-%d}" for day in days],
        [
            (
                label(f"by_{name}", lang),
                _STYLES[name],
                list(accumulate(by_day[day] / 100 for day in days)),
            )
            for name, by_day in fen.items()
        ],
    )


def _weekdays(found: Sequence[Outcome], lang: str) -> list[Line]:
    rows = sorted(grouped(found, lambda one: one.day.weekday()).items())
    sums = [accuracy(own) for _, own in rows]
    drawn = bars([[("miss", one.wape or 0.0)] for one in sums])
    return [
        Line(WEEKDAYS[lang][weekday], "", one, _cooked(own), bar)
        for (weekday, own), one, bar in zip(rows, sums, drawn, strict=True)
    ]


def _sites(found: Sequence[Outcome], names: dict[str, str], lang: str) -> list[Line]:
    """By site and meal, the dearest first."""
    series = grouped(found, lambda one: (one.site_id, one.period))
    rows = sorted(
        ((key, accuracy(own), _cooked(own)) for key, own in series.items()),
        key=lambda row: (-row[2].cost_fen, row[0]),
    )
    drawn = bars([[("waste", b.waste_fen), ("short", b.short_fen)] for _, _, b in rows])
    return [
        Line(names.get(key[0], key[0]), label(key[1], lang), sums, one, bar)
        for (key, sums, one), bar in zip(rows, drawn, strict=True)
    ]


def _cooked(rows: Sequence[Outcome]) -> Bill:
    """Of the locked numbers; of the proposal where nothing was locked."""
    return bill((one, one.proposed if one.cooked is None else one.cooked) for one in rows)
