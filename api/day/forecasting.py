"""Stages 2 and 3: forecast the walk-in meals of every site, and lock the kitchen manager's numbers."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.notes import Notes, is_done
from api.day.opening import OpenMeal, open_meals
from api.failures import DayLocked, NotFound
from api.house import House
from kitchen import tables
from kitchen.day_tables import ForecastDay, KitchenForecast, KitchenReserve
from kitchen.forecast import (
    DayFact,
    DemandDay,
    Forecast,
    Opening,
    Outlook,
    TotalForecast,
    at_level,
    forecast,
    portions,
    service_level,
)
from kitchen.kinds import Channel, FactKind, MealPeriod
from pos.kinds import SeniorState
from pos.tables import Senior

STAGE, LOCK_STAGE = "forecast", "lock"
HISTORY_DAYS = 800
Row = dict[str, Any]
"""The columns of ``ForecastDay``."""


def make_forecast(house: House, day: date, *, now: datetime, further: int = 0) -> list[Row]:
    """Forecast every open meal of ``day`` from the history before it; once made it stays.

    Returns what the same history says of the ``further`` days after it; nothing of that is stored.
    """
    ahead = [day + timedelta(days=number) for number in range(further + 1)]
    with house.database.read() as session:
        done = is_done(session, day, STAGE)
        if done and not further:
            return []
        opened = opened_by_key([meal for one in ahead for meal in open_meals(session, one)])
        outlook = look_ahead(session, ahead, list(opened.values()))
    rows = [_row(f, opened[f.site_id, f.period], day) for f in outlook.forecasts]
    if not done:
        notes = Notes(day, STAGE)
        _list_problems(outlook, day, notes)
        _store(house, day, rows, outlook, notes, now=now)
    return [row for row in rows if row["day"] > day]


def _store(
    house: House,
    day: date,
    rows: Sequence[Row],
    outlook: Outlook,
    notes: Notes,
    *,
    now: datetime,
) -> None:
    with house.database.write(actor="command", action="day.forecast") as session:
        if is_done(session, day, STAGE):  # another command was quicker
            return
        insert_rows(session, ForecastDay, [row for row in rows if row["day"] == day])
        totals = [_total_row(total) for total in outlook.totals if total.day == day]
        insert_rows(session, KitchenForecast, totals)
        notes.write(session, now)


def opened_by_key(opened: Sequence[OpenMeal]) -> dict[tuple[str, MealPeriod], OpenMeal]:
    """Open meals by (site, period)."""
    return {meal.key: meal for meal in opened}


def look_ahead(session: Session, days: Sequence[date], opened: Sequence[OpenMeal]) -> Outlook:
    """The walk-in forecast of ``opened`` for ``days`` (all after one cut-off: the day before the first)."""
    cutoff = min(days) - timedelta(days=1)
    return forecast(
        _history(session, cutoff),
        cutoff=cutoff,
        days=days,
        facts=_facts(session),
        opening=_openings(session, opened),
    )


def _history(session: Session, cutoff: date) -> list[DemandDay]:
    table = tables.DemandDay
    rows = session.connection().execute(  # no objects: a year of a county is 50,000 rows
        sa.select(
            col(table.site_id), col(table.day), col(table.period), col(table.served),
            col(table.portions), col(table.sold_out), col(table.turned_away),
        )
        .where(
            col(table.channel) == Channel.WALK_IN,
            col(table.day) <= cutoff,
            col(table.day) > cutoff - timedelta(days=HISTORY_DAYS),
        )
        .order_by(col(table.site_id), col(table.period), col(table.day))
    )  # fmt: skip
    periods = {str(period): period for period in MealPeriod}
    return [
        DemandDay(site, day, periods[period], served, had, sold_out, away)
        for site, day, period, served, had, sold_out, away in rows
    ]


def _facts(session: Session) -> list[DayFact]:
    """The calendar without the weather.

    Correcting the past for rain while the day ahead is unknown would forecast every day as a dry one; the
    filter's fast residual follows a wet spell by itself.
    """
    query = sa.select(tables.DayFact).where(col(tables.DayFact.kind) != FactKind.RAIN)
    return [
        DayFact(fact.day, fact.scope, FactKind(fact.kind), fact.name)
        for fact in session.scalars(query)
    ]


def _openings(session: Session, opened: Sequence[OpenMeal]) -> list[Opening]:
    count = sa.func.count(col(Senior.senior_id))
    active = sa.select(col(Senior.site_id), count).where(col(Senior.state) == SeniorState.ACTIVE)
    seniors = dict(session.execute(active.group_by(col(Senior.site_id))).all())
    return [
        Opening(
            site_id=meal.site.site_id,
            period=MealPeriod(meal.meal.period),
            township=meal.site.township_code,
            kitchen_id=meal.site.kitchen_id,
            weekdays=frozenset(i for i, mark in enumerate(meal.meal.weekdays) if mark == "1"),
            opens_on=meal.site.valid_from,
            closes_on=meal.site.valid_to,
            eligible_seniors=seniors.get(meal.site.site_id),
        )
        for meal in opened
    ]


def _row(made: Forecast, opened: OpenMeal, first: date) -> Row:
    """A row of the forecast that was made for ``first`` and perhaps days after it."""
    meal = opened.meal
    level = float(service_level(meal.short_cost_fen, meal.waste_cost_fen))
    level = min(max(level, min(made.quantiles)), max(made.quantiles))
    return {
        "site_id": made.site_id,
        "day": made.day,
        "period": made.period,
        "cutoff": first - timedelta(days=1),
        "mean_milli": round(made.mean * 1000),
        "median": portions(made.quantiles[0.5]),
        "q75": portions(made.quantiles[0.75]),
        "q90": portions(made.quantiles[0.9]),
        "q95": portions(made.quantiles[0.95]),
        "service_level_percent": round(level * 100),
        "proposed_portions": portions(at_level(made.quantiles, level)),
        "manager_portions": None,
        "override_reason": "",
        "reasons": [
            {"kind": str(r.kind), "milli": round(r.amount_meals * 1000), "detail": r.detail}
            for r in made.reasons
        ],
        "locked_portions": None,
        "locked_by": "",
        "locked_at": None,
    }


def _total_row(total: TotalForecast) -> dict[str, object]:
    return {
        "kitchen_id": total.kitchen_id,
        "day": total.day,
        "period": total.period,
        "sites": total.sites,
        "mean_milli": round(total.mean * 1000),
        "q90": portions(total.quantiles[0.9]),
        "q95": portions(total.quantiles[0.95]),
    }


def _list_problems(outlook: Outlook, day: date, notes: Notes) -> None:
    for missing in (one for one in outlook.unforecast if one.day == day):
        notes.exception(
            "no_forecast", f"{missing.site_id}-{missing.period}", severity="blocking",
            site_id=missing.site_id, period=missing.period, fault=missing.fault,
        )  # fmt: skip
    faults: dict[str, int] = {}
    for problem in outlook.row_problems:
        faults[problem.fault] = faults.get(problem.fault, 0) + 1
    for fault, rows in faults.items():
        notes.exception("history_row_unused", fault, severity="check", rows=rows)


def lock_forecast(house: House, day: date, *, locked_by: str, now: datetime) -> None:
    """Make the manager's number (or the proposed one) final for every site, and set the reserves."""
    with house.database.write(actor=locked_by, action="day.lock") as session:
        if is_done(session, day, LOCK_STAGE):
            return
        rows = session.scalars(sa.select(ForecastDay).where(col(ForecastDay.day) == day)).all()
        for row in rows:
            proposed = row.proposed_portions
            row.locked_portions = proposed if row.manager_portions is None else row.manager_portions
            row.locked_by, row.locked_at = locked_by, now
        insert_rows(session, KitchenReserve, _reserves(session, day, rows))
        Notes(day, LOCK_STAGE).write(session, now)


def _reserves(
    session: Session, day: date, locked: Sequence[ForecastDay]
) -> list[dict[str, object]]:
    """What each kitchen cooks beyond its sites' portions to cover 95% of the days in total.

    The total's spread is what counts (risk pooling): sites' bad days do not all coincide.
    """
    portions_by_kitchen: Counter[tuple[str, str]] = Counter()
    kitchens = {site.site_id: site.kitchen_id for site in session.scalars(sa.select(tables.Site))}
    for row in locked:
        kitchen_id = kitchens[row.site_id]
        portions_by_kitchen[kitchen_id, row.period] += row.locked_portions or 0
    query = sa.select(KitchenForecast).where(col(KitchenForecast.day) == day)
    return [
        {
            "kitchen_id": total.kitchen_id, "day": day, "period": total.period,
            "quantity": max(0, total.q95 - portions_by_kitchen[total.kitchen_id, total.period]),
            "planned": None,
        }
        for total in session.scalars(query)
        if total.sites > 1
    ]  # fmt: skip


def override(
    house: House, day: date, *, site_id: str, period: MealPeriod, meals: int, reason: str
) -> None:
    """Put the manager's own number beside the forecast, with a reason, until the day is locked.

    Raises:
        NotFound: when nothing is forecast for that meal.
        DayLocked: when the day is locked.
    """
    with house.database.write(actor="command", action="forecast.override") as session:
        row = session.get(ForecastDay, (site_id, day, period))
        if row is None:
            raise NotFound("forecast", f"{site_id} {day} {period}")
        if row.locked_at is not None:
            raise DayLocked(str(day))
        row.manager_portions, row.override_reason = meals, reason


def next_day(house: House) -> date:
    """The day after the newest history.

    Raises:
        NotFound: when there is none.
    """
    with house.database.read() as session:
        newest: date | None = session.scalar(sa.select(sa.func.max(tables.DemandDay.day)))
    if newest is None:
        raise NotFound("history", "demand_days")
    return newest + timedelta(days=1)


def stored_forecasts(session: Session, day: date) -> Sequence[ForecastDay]:
    """The forecasts of a day, in the order of sites and meals."""
    query = sa.select(ForecastDay).where(col(ForecastDay.day) == day)
    in_order = query.order_by(col(ForecastDay.site_id), col(ForecastDay.period))
    return session.scalars(in_order).all()
