"""What a kitchen's manager sees of a day's forecast: each meal with its past, its reasons and what would be locked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.locking import lock_moment, portions_of
from api.day.opening import open_meals
from api.day.outcomes import MealDay, earned_by, read_served
from kitchen.day_tables import ForecastDay, KitchenForecast, KitchenReserve
from kitchen.forecast_blend import Earned
from kitchen.forecast_grid import SeriesKey
from kitchen.kinds import MealPeriod, OrderSource, OrderState
from kitchen.tables import MealOrder, Site

PAST_DAYS = 28


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One meal of one site; ``past`` are the walk-ins of the last four weeks (None: closed)."""

    site_id: str
    site_name: str
    period: MealPeriod
    median: int
    q90: int
    level_percent: int
    proposed: int
    own: int | None
    reason: str
    counts: int
    weight_percent: int | None
    locked: int | None
    reasons: Sequence[dict[str, Any]]
    past: tuple[int | None, ...]
    is_closed: bool


@dataclass(frozen=True, slots=True)
class DeskTotal:
    """One meal of the whole kitchen: portions as they stand, reserve for 95% of days, and its orders."""

    period: MealPeriod
    portions: int
    reserve: int
    standing: int
    preorders: int


@dataclass(frozen=True, slots=True)
class Desk:
    """A kitchen's day; ``closes_at`` is when its numbers become final, ``earned`` what own numbers weigh."""

    rows: tuple[DeskRow, ...]
    totals: tuple[DeskTotal, ...]
    closes_at: datetime
    earned: Earned
    is_replayed: bool

    @property
    def is_open(self) -> bool:
        """Whether any number may still change; a replayed day is past."""
        return any(row.locked is None for row in self.rows) and not self.is_replayed


def read_desk(session: Session, kitchen_id: str, day: date) -> Desk:
    """The desk of a kitchen; without rows when nothing is forecast."""
    earned = earned_by(session, kitchen_id, day)
    query = (
        sa.select(ForecastDay, col(Site.name))
        .join(Site, col(Site.site_id) == col(ForecastDay.site_id))
        .where(col(ForecastDay.day) == day, col(Site.kitchen_id) == kitchen_id)
        .order_by(col(ForecastDay.period), col(Site.name), col(Site.site_id))
    )
    eve = day - timedelta(days=1)
    past = read_served(session, kitchen_id, day - timedelta(days=PAST_DAYS), eve)
    opened = {meal.key for meal in open_meals(session, day)}
    found = session.execute(query).all()
    rows = tuple(_row(row, name, earned, past, opened) for row, name in found)
    return Desk(
        rows,
        _totals(session, kitchen_id, day, rows),
        lock_moment(session, kitchen_id, day),
        earned,
        any(row.replayed for row, _ in found),
    )


def _row(
    said: ForecastDay,
    name: str,
    earned: Earned,
    past: Mapping[MealDay, int],
    opened: Collection[SeriesKey],
) -> DeskRow:
    counts, weight = portions_of(said, earned, opened)
    key = said.site_id, MealPeriod(said.period)
    days = (said.day - timedelta(days=back) for back in range(PAST_DAYS, 0, -1))
    return DeskRow(
        *(key[0], name, key[1]),
        median=said.median,
        q90=said.q90,
        level_percent=said.service_level_percent,
        proposed=said.proposed_portions,
        own=said.manager_portions,
        reason=said.override_reason,
        counts=counts if said.locked_portions is None else said.locked_portions,
        weight_percent=weight if said.locked_portions is None else said.own_weight_percent,
        locked=said.locked_portions,
        reasons=said.reasons,
        past=tuple(past.get((*key, one)) for one in days),
        is_closed=key not in opened,
    )


def _totals(
    session: Session, kitchen_id: str, day: date, rows: Sequence[DeskRow]
) -> tuple[DeskTotal, ...]:
    portions: dict[MealPeriod, int] = {}
    for row in rows:
        portions[row.period] = portions.get(row.period, 0) + row.counts
    orders = _orders(session, kitchen_id, day)
    pooled = sa.select(KitchenForecast).where(
        col(KitchenForecast.day) == day, col(KitchenForecast.kitchen_id) == kitchen_id
    )
    held = sa.select(KitchenReserve).where(
        col(KitchenReserve.day) == day, col(KitchenReserve.kitchen_id) == kitchen_id
    )
    q95 = {one.period: one.q95 for one in session.scalars(pooled)}
    stored = {one.period: one.quantity for one in session.scalars(held)}
    several = len({row.site_id for row in rows}) > 1
    return tuple(
        DeskTotal(
            period,
            meals,
            stored.get(period, max(0, q95.get(period, 0) - meals) if several else 0),
            orders.get((period, True), 0),
            orders.get((period, False), 0),
        )
        for period, meals in sorted(portions.items())
    )


def _orders(session: Session, kitchen_id: str, day: date) -> dict[tuple[MealPeriod, bool], int]:
    """Orders that are due, by meal and whether they stand for good."""
    standing = col(MealOrder.source) == OrderSource.STANDING
    query = (
        sa.select(col(MealOrder.period), standing, sa.func.count())
        .join(Site, col(Site.site_id) == col(MealOrder.site_id))
        .where(
            col(MealOrder.day) == day, col(Site.kitchen_id) == kitchen_id,
            col(MealOrder.state) != OrderState.EXCEPTION,
        )
        .group_by(col(MealOrder.period), standing)
    )  # fmt: skip
    return {(MealPeriod(period), bool(yes)): n for period, yes, n in session.execute(query)}
