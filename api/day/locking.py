"""Stage 3: the manager's own numbers, and the lock that makes a day's numbers final."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.day.chain import PLANNED_STAGE
from api.day.notes import Notes, is_done
from api.day.opening import open_meals
from api.day.outcomes import earned_by
from api.failures import CutoffPassed, DayLocked, NotFound
from api.house import House
from kitchen import tables
from kitchen.day_tables import DayRecord, ForecastDay, KitchenForecast, KitchenReserve
from kitchen.forecast_blend import Earned, blended
from kitchen.forecast_grid import SeriesKey
from kitchen.kinds import MealPeriod

STAGE = "lock"
MOST_MEALS = 5_000
"""The largest own number of one site's meal."""
DEFAULT_LOCK_S = 16_200  # half past four, before the first pots


def lock_moment(session: Session, kitchen_id: str, day: date) -> datetime:
    """When a kitchen takes no more numbers for a day."""
    setup = session.get(tables.KitchenSetup, kitchen_id)
    return clock.at(day, DEFAULT_LOCK_S if setup is None else setup.lock_s)


def say_own(
    house: House,
    day: date,
    numbers: dict[tuple[str, MealPeriod], tuple[int | None, str]],
    *,
    by: str,
    now: datetime,
) -> int:
    """Put the manager's numbers (meals or None, reason) beside the forecasts; how many of them changed.

    A number with a reason is taken as it is; without one it counts as far as such numbers have earned it.

    Raises:
        NotFound: nothing is forecast for one of the meals.
        DayLocked: a meal's number is final.
        CutoffPassed: its kitchen takes no more numbers for the day.
    """
    changed = 0
    with house.database.write(actor=by, action="forecast.own") as session:
        kitchens = _kitchens(session)
        for (site_id, period), (meals, reason) in numbers.items():
            row = session.get(ForecastDay, (site_id, day, period))
            if row is None:
                raise NotFound("forecast", f"{site_id} {day} {period}")
            if (row.manager_portions, row.override_reason) == (meals, reason):
                continue
            if row.locked_at is not None:
                raise DayLocked(str(day))
            closes = lock_moment(session, kitchens[site_id], day)
            if now >= closes:
                raise CutoffPassed(str(day), f"{closes.astimezone(clock.SHANGHAI):%m-%d %H:%M}")
            row.manager_portions, row.override_reason = meals, reason
            changed += 1
    return changed


def portions_of(
    row: ForecastDay, earned: Earned, opened: Collection[SeriesKey]
) -> tuple[int, int | None]:
    """What would be locked for a forecast now, and the weight in percent of the manager's number in it.

    A meal that is closed since it was forecast gets none.
    """
    if (row.site_id, row.period) not in opened:
        return 0, None
    if row.manager_portions is None:
        return row.proposed_portions, None
    if row.override_reason:
        return row.manager_portions, 100
    weight = earned.weight((row.site_id, MealPeriod(row.period)))
    return blended(row.proposed_portions, row.manager_portions, weight), round(weight * 100)


def lock_forecast(
    house: House, day: date, *, locked_by: str, now: datetime, kitchen_id: str | None = None
) -> None:
    """Make the numbers of one kitchen, or of all, final, and set the reserves.

    It may be said again: meals that opened since are locked too, until production is planned.
    """
    with house.database.write(actor=locked_by, action="day.lock") as session:
        if is_done(session, day, PLANNED_STAGE):
            return
        kitchens = _kitchens(session)
        waiting: dict[str, list[ForecastDay]] = defaultdict(list)
        query = sa.select(ForecastDay).where(
            col(ForecastDay.day) == day, col(ForecastDay.locked_at).is_(None),
            col(ForecastDay.replayed).is_(False),
        )  # fmt: skip
        for row in session.scalars(query.order_by(col(ForecastDay.site_id))):
            waiting[kitchens[row.site_id]].append(row)
        chosen = sorted(waiting) if kitchen_id is None else [kitchen_id]
        for one in chosen:
            _lock(session, one, waiting.pop(one, []), locked_by=locked_by, now=now)
        if not waiting and not is_done(session, day, STAGE):
            Notes(day, STAGE).write(session, now)


def unlock_forecast(house: House, day: date, *, kitchen_id: str, by: str, now: datetime) -> None:
    """Open the numbers of one kitchen again: before the cut-off, and while nothing is planned from them.

    Raises:
        DayLocked: production is planned from these numbers.
        CutoffPassed: the kitchen takes no more numbers for the day.
    """
    with house.database.write(actor=by, action="day.unlock") as session:
        if is_done(session, day, PLANNED_STAGE):
            raise DayLocked(str(day))
        closes = lock_moment(session, kitchen_id, day)
        if now >= closes:
            raise CutoffPassed(str(day), f"{closes.astimezone(clock.SHANGHAI):%m-%d %H:%M}")
        kitchens = _kitchens(session)
        query = sa.select(ForecastDay).where(
            col(ForecastDay.day) == day, col(ForecastDay.locked_at).is_not(None)
        )
        for row in session.scalars(query):
            if kitchens[row.site_id] == kitchen_id:
                row.locked_portions = row.own_weight_percent = row.locked_at = None
                row.locked_by = ""
        reserves = sa.select(KitchenReserve).where(
            col(KitchenReserve.day) == day, col(KitchenReserve.kitchen_id) == kitchen_id
        )
        for reserve in session.scalars(reserves):
            session.delete(reserve)
        record = session.get(DayRecord, day)
        if record is not None:
            record.stages = {name: at for name, at in record.stages.items() if name != STAGE}


def _lock(
    session: Session,
    kitchen_id: str,
    rows: Sequence[ForecastDay],
    *,
    locked_by: str,
    now: datetime,
) -> None:
    if not rows:
        return
    day = rows[0].day
    earned = earned_by(session, kitchen_id, day)
    opened = {meal.key for meal in open_meals(session, day)}
    for row in rows:
        row.locked_portions, row.own_weight_percent = portions_of(row, earned, opened)
        row.locked_by, row.locked_at = locked_by, now
    _set_reserves(session, kitchen_id, day)


def _set_reserves(session: Session, kitchen_id: str, day: date) -> None:
    """What the kitchen cooks beyond its sites' portions to cover 95% of the days in total.

    The total's spread is what counts (risk pooling): sites' bad days do not all coincide.
    """
    portions: Counter[str] = Counter()
    query = (
        sa.select(col(ForecastDay.period), col(ForecastDay.locked_portions))
        .join(tables.Site, col(tables.Site.site_id) == col(ForecastDay.site_id))
        .where(col(ForecastDay.day) == day, col(tables.Site.kitchen_id) == kitchen_id)
    )
    session.flush()
    for period, locked in session.execute(query):
        portions[period] += locked or 0
    totals = sa.select(KitchenForecast).where(
        col(KitchenForecast.day) == day, col(KitchenForecast.kitchen_id) == kitchen_id
    )
    for total in session.scalars(totals).all():
        if total.sites > 1:
            spare = max(0, total.q95 - portions[total.period])
            session.merge(
                KitchenReserve(
                    kitchen_id=kitchen_id, day=day, period=total.period, quantity=spare, planned=None
                )
            )  # fmt: skip


def _kitchens(session: Session) -> dict[str, str]:
    query = sa.select(col(tables.Site.site_id), col(tables.Site.kitchen_id))
    return dict(session.execute(query).all())
