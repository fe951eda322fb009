"""Orders of the days ahead, by channel: lasting wishes that will fall due, and orders placed for one day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.day.forecasting import HISTORY_DAYS, openings_of, read_facts
from api.day.opening import OpenMeal
from api.day.orders import read_eaters, read_wishes
from kitchen.forecast import Booking, DemandDay
from kitchen.forecast_channels import NOTHING, Asked, placed, standing, taken_shares
from kitchen.forecast_grid import SeriesKey
from kitchen.kinds import Channel, MealPeriod, OrderSource, OrderState
from kitchen.orders import Readiness, judged_wishes
from kitchen.tables import DemandDay as StoredDay
from kitchen.tables import MealOrder

RECORD_DAYS = 90
MealOfDay = tuple[SeriesKey, date]


@dataclass(frozen=True, slots=True)
class Channels:
    """Meals asked for at one site's meal of one day."""

    standing: Asked
    preorders: Asked


def look_ahead_orders(
    session: Session, days: Sequence[date], opened: Mapping[date, Sequence[OpenMeal]]
) -> dict[MealOfDay, Channels]:
    """What is asked for, by site, meal and day; meals without any order are absent."""
    lasting = _standing(session, days, opened)
    single = _placed(session, days, [meal for day in days for meal in opened[day]])
    return {
        key: Channels(lasting.get(key, NOTHING), single.get(key, NOTHING))
        for key in sorted(set(lasting) | set(single))
    }


def _standing(
    session: Session, days: Sequence[date], opened: Mapping[date, Sequence[OpenMeal]]
) -> dict[MealOfDay, Asked]:
    wishes = read_wishes(session)
    eaters = read_eaters(session, {wish.senior_id for wish in wishes}, days)
    shares = taken_shares(_record(session, min(days)))
    ordered = _ordered(session, days)
    counts: dict[MealOfDay, int] = {}
    for day in days:
        ready = Readiness(
            eaters=eaters[day],
            open_meals=frozenset(meal.key for meal in opened[day]),
            plate_problem=lambda _site, _period, _diet: "",  # no menu is set so far ahead
        )
        for wish, reason in judged_wishes(day, wishes, ready=ready, placed=ordered[day]):
            if not reason:
                key = (wish.site_id, wish.period), day
                counts[key] = counts.get(key, 0) + 1
    return {
        key: standing(due, shares.get(key[0], shares.get(("", key[0][1]), 1.0)))
        for key, due in counts.items()
    }


def _ordered(
    session: Session, days: Sequence[date]
) -> dict[date, frozenset[tuple[str, MealPeriod]]]:
    """(senior, meal) that have an order for that one day: their lasting wish does not count a second time."""
    rows = session.execute(
        sa.select(col(MealOrder.day), col(MealOrder.senior_id), col(MealOrder.period)).where(
            col(MealOrder.day).in_(days), col(MealOrder.source) != OrderSource.STANDING,
            col(MealOrder.state) == OrderState.DUE,
        )
    )  # fmt: skip
    found: dict[date, set[tuple[str, MealPeriod]]] = {day: set() for day in days}
    for day, senior_id, period in rows:
        found[day].add((senior_id, MealPeriod(period)))
    return {day: frozenset(keys) for day, keys in found.items()}


def _record(session: Session, day: date) -> dict[SeriesKey, tuple[int, int]]:
    """(served, ordered) of lasting wishes in the last three months, by site and meal."""
    table = StoredDay
    rows = session.execute(
        sa.select(
            col(table.site_id), col(table.period), sa.func.sum(table.served),
            sa.func.sum(table.portions),
        )
        .where(
            col(table.channel) == Channel.STANDING, col(table.day) < day,
            col(table.day) >= day - timedelta(days=RECORD_DAYS),
        )
        .group_by(col(table.site_id), col(table.period))
    )  # fmt: skip
    return {
        (site, MealPeriod(period)): (int(served), int(had or 0))
        for site, period, served, had in rows
    }


def _placed(
    session: Session, days: Sequence[date], opened: Sequence[OpenMeal]
) -> dict[MealOfDay, Asked]:
    cutoff = min(days) - timedelta(days=1)
    first = cutoff - timedelta(days=HISTORY_DAYS)
    booked = _booked(session, first)
    history = _history(session, first, cutoff)
    if not history and not booked:
        return {}
    by_key = {meal.key: meal for meal in opened}
    return placed(
        history,
        booked,
        cutoff=cutoff,
        days=days,
        facts=read_facts(session, days),
        opening=openings_of(session, list(by_key.values())),
    )


def _booked(session: Session, first: date) -> list[Booking]:
    """The order book: orders for one day by the day on which they were placed."""
    rows = session.execute(
        sa.select(
            col(MealOrder.site_id), col(MealOrder.day), col(MealOrder.period),
            col(MealOrder.placed_at),
        ).where(
            col(MealOrder.source) != OrderSource.STANDING, col(MealOrder.day) >= first,
            col(MealOrder.state) != OrderState.EXCEPTION,
        )
    )  # fmt: skip
    return [
        Booking(site, day, MealPeriod(period), min(day, clock.business_day(at)), 1)
        for site, day, period, at in rows
    ]


def _history(session: Session, first: date, cutoff: date) -> list[DemandDay]:
    """Past orders for single days; what was ordered counts, whether or not it was fetched.

    From a meal's first order on, a day on which it was open and nobody ordered counts as none.
    """
    table = StoredDay
    within = col(table.day).between(first, cutoff)
    rows = session.execute(
        sa.select(col(table.site_id), col(table.period), col(table.day), col(table.portions)).where(
            col(table.channel) == Channel.PREORDER, within
        )
    )
    ordered = {(site, period, day): had or 0 for site, period, day, had in rows}
    began: dict[tuple[str, str], date] = {}
    for site, period, day in ordered:
        began[site, period] = min(day, began.get((site, period), day))
    was_open = session.execute(
        sa.select(col(table.site_id), col(table.period), col(table.day)).where(
            col(table.channel) == Channel.WALK_IN, within,
            col(table.site_id).in_({site for site, _ in began}),
        )
    )  # fmt: skip
    quiet = {row for row in was_open if row[2] > began.get((row[0], row[1]), date.max)}
    keys = sorted(set(ordered) | {(site, period, day) for site, period, day in quiet})
    return [
        DemandDay(site, day, MealPeriod(period), ordered.get((site, period, day), 0))
        for site, period, day in keys
    ]
