"""Stage 2: forecast the walk-in meals of every site."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.notes import Notes, is_done
from api.day.opening import OpenMeal, open_ahead, open_meals
from api.failures import DayNotForecast, NotFound
from api.house import House
from kitchen import tables
from kitchen.day_tables import ForecastDay, KitchenForecast
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
from kitchen.forecast_succession import Succession, heirs, inherited
from kitchen.kinds import WEATHER, Channel, FactKind, MealPeriod
from pos.kinds import SeniorState
from pos.tables import Senior

STAGE = "forecast"
HISTORY_DAYS = 800
LEAST_LEVEL = 0.5
"""No cost makes a kitchen cook for fewer people than come on half of the days."""
FURTHEST_DAYS = 14
WEATHER_KEPT_DAYS, SEASON_DAYS = 60, 30
_FORECAST_COLUMNS = (
    "cutoff", "mean_milli", "median", "q75", "q90", "q95", "service_level_percent",
    "proposed_portions", "reasons",
)  # fmt: skip
Row = dict[str, Any]
"""The columns of ``ForecastDay``."""


def make_forecast(house: House, day: date, *, now: datetime, further: int = 0) -> list[Row]:
    """Forecast every open meal of ``day`` from the history before it; once made it stays.

    Returns what the same history says of the ``further`` days after it; nothing of that is stored.
    """
    ahead = [day + timedelta(days=number) for number in range(further + 1)]
    with house.database.read() as session:
        done = is_done(session, day, STAGE) or bool(stored_forecasts(session, day))
        if done and not further:
            return []
        by_day = open_ahead(session, ahead)
        opened = opened_by_key([meal for meals in by_day.values() for meal in meals])
        outlook = look_ahead(session, ahead, list(opened.values()))
    rows = [forecast_row(f, opened[f.site_id, f.period], day) for f in outlook.forecasts]
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
        totals = [total_row(total) for total in outlook.totals if total.day == day]
        insert_rows(session, KitchenForecast, totals)
        notes.write(session, now)


def remake_forecast(house: House, day: date) -> bool:
    """Forecast a day again after its calendar changed; whether anything could still change.

    Locked numbers and the manager's own stay; so does the row of a meal that is closed now, for it may open again.
    """
    with house.database.read() as session:
        stored = stored_forecasts(session, day)
        final = all(row.locked_at is not None or row.replayed for row in stored)
        if final and (stored or not is_done(session, day, STAGE)):
            return False
        opened = open_meals(session, day)
        outlook = look_ahead(session, [day], opened)
    meals = opened_by_key(opened)
    fresh = {
        (one.site_id, one.period): forecast_row(one, meals[one.site_id, one.period], day)
        for one in outlook.forecasts
    }
    with house.database.write(actor="command", action="day.forecast") as session:
        for row in stored_forecasts(session, day):
            said = fresh.pop((row.site_id, MealPeriod(row.period)), None)
            if row.locked_at is None and said is not None:
                for name in _FORECAST_COLUMNS:
                    setattr(row, name, said[name])
        insert_rows(session, ForecastDay, list(fresh.values()))
        for total in outlook.totals:
            session.merge(KitchenForecast(**total_row(total)))
    return True


def opened_by_key(opened: Sequence[OpenMeal]) -> dict[tuple[str, MealPeriod], OpenMeal]:
    """Open meals by (site, period)."""
    return {meal.key: meal for meal in opened}


def look_ahead(
    session: Session,
    days: Sequence[date],
    opened: Sequence[OpenMeal],
    *,
    history: Sequence[DemandDay] | None = None,
    replay: bool = False,
) -> Outlook:
    """The walk-in forecast of ``opened`` for ``days`` (all after one cut-off: the day before the first).

    ``history``: the rows up to the cut-off, where they are read already. ``replay``: the days are past, and
    their weather must not be known.
    """
    cutoff = min(days) - timedelta(days=1)
    known = read_history(session, cutoff) if history is None else history
    return forecast(
        inherited(known, heirs(_successions(session), min(days))),
        cutoff=cutoff,
        days=days,
        facts=read_facts(session, days, replay=replay),
        opening=openings_of(session, opened),
    )


def _successions(session: Session) -> list[Succession]:
    query = sa.select(tables.SiteSuccession).order_by(col(tables.SiteSuccession.old_site_id))
    return [
        Succession(one.old_site_id, one.new_site_id, one.since) for one in session.scalars(query)
    ]


def read_history(session: Session, cutoff: date) -> list[DemandDay]:
    """Walk-ins up to ``cutoff``, as far back as the forecast remembers."""
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
        for site, day, period, served, had, sold_out, away in rows.all()
    ]


def read_facts(session: Session, days: Sequence[date], *, replay: bool = False) -> list[DayFact]:
    """The calendar; days ahead of which nobody said whether it will rain get the season's chance of rain.

    Correcting the past for rain while the days ahead are taken for dry would forecast too much. Where nobody
    has noted the weather lately, rain is left out altogether.
    """
    facts = [
        DayFact(
            fact.day, fact.scope, FactKind(fact.kind), "" if fact.kind in WEATHER else fact.name,
            None if fact.multiplier_percent is None else fact.multiplier_percent / 100,
        )
        for fact in session.scalars(sa.select(tables.DayFact))
        if not (replay and fact.kind in WEATHER and fact.day >= min(days))
    ]  # fmt: skip
    wet = {fact.day for fact in facts if fact.kind == FactKind.RAIN and not fact.scope}
    said = wet | {fact.day for fact in facts if fact.kind == FactKind.DRY and not fact.scope}
    cutoff = min(days) - timedelta(days=1)
    if not any(cutoff - timedelta(days=WEATHER_KEPT_DAYS) < day <= cutoff for day in said):
        return [fact for fact in facts if fact.kind != FactKind.RAIN]
    guessed = [
        DayFact(day, "", FactKind.RAIN, chance=rain_chance(wet, day, min(said), cutoff))
        for day in days
        if day not in said
    ]
    return facts + guessed


def rain_chance(wet: Collection[date], day: date, noted_from: date, cutoff: date) -> float:
    """Share of wet days a year before, thirty days to either side; of the last sixty in the first year of notes.

    Days before anybody noted the weather are unknown, not dry.
    """
    around = [day - timedelta(days=365 + off) for off in range(-SEASON_DAYS, SEASON_DAYS + 1)]
    noted = [one for one in around if noted_from <= one <= cutoff]
    if len(noted) < len(around) // 2:
        lately = (cutoff - timedelta(days=back) for back in range(WEATHER_KEPT_DAYS))
        noted = [one for one in lately if one >= noted_from]
    return sum(one in wet for one in noted) / len(noted)


def openings_of(session: Session, opened: Sequence[OpenMeal]) -> list[Opening]:
    """Sites and meals as the forecast wants them, with the people registered at each."""
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


def forecast_row(made: Forecast, opened: OpenMeal, first: date) -> Row:
    """The columns of the forecast that was made for ``first`` and perhaps days after it."""
    meal = opened.meal
    level = float(service_level(meal.short_cost_fen, meal.waste_cost_fen))
    level = min(max(level, LEAST_LEVEL), max(made.quantiles))
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
        "own_weight_percent": None,
        "replayed": False,
    }


def total_row(total: TotalForecast) -> Row:
    """The columns of a kitchen's total."""
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


def check_day(house: House, day: date, today: date) -> None:
    """Refuse to begin a day that is over or more than ``FURTHEST_DAYS`` ahead; one that was begun may be shown.

    Raises:
        DayNotForecast: the day cannot be begun.
    """
    with house.database.read() as session:
        if is_done(session, day, STAGE):
            return
    first = next_day(house)
    last = max(today, first) + timedelta(days=FURTHEST_DAYS)
    if not first <= day <= last:
        raise DayNotForecast(str(day), str(first), str(last))


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
