"""What the forecast would have said of past days: made afterwards, from what was known on each eve."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day import forecasting
from api.day.opening import open_meals
from api.house import House
from kitchen.day_tables import ForecastDay, KitchenForecast
from kitchen.tables import DemandDay

Told = Callable[[str, int, int], None]


def replay_forecasts(
    house: House, days: Sequence[date], *, told: Told = lambda _what, _done, _of: None
) -> tuple[date, ...]:
    """Forecast each past day that was served and has no forecast yet; the days that were made.

    The day's own weather counts as unknown, as it was. Nothing is locked, nobody's number is touched.
    """
    with house.database.read() as session:
        wanted = _without_forecast(session, days)
        if not wanted:
            return ()
        history = forecasting.read_history(session, wanted[-1] - timedelta(days=1))
    for done, day in enumerate(wanted, start=1):
        cutoff = day - timedelta(days=1)
        known = [row for row in history if row.day <= cutoff]
        with house.database.read() as session:
            opened = open_meals(session, day)
            outlook = forecasting.look_ahead(session, [day], opened, history=known, replay=True)
        meals = forecasting.opened_by_key(opened)
        rows = [
            forecasting.forecast_row(one, meals[one.site_id, one.period], day) | {"replayed": True}
            for one in outlook.forecasts
        ]
        with house.database.write(actor="command", action="forecast.replay") as session:
            insert_rows(session, ForecastDay, rows)
            insert_rows(
                session, KitchenForecast, [forecasting.total_row(one) for one in outlook.totals]
            )
        told("forecasts", done, len(wanted))
    return tuple(wanted)


def _without_forecast(session: Session, days: Sequence[date]) -> list[date]:
    served = sa.select(col(DemandDay.day)).where(col(DemandDay.day).in_(days)).distinct()
    said = sa.select(col(ForecastDay.day)).where(col(ForecastDay.day).in_(days)).distinct()
    return sorted(set(session.scalars(served)) - set(session.scalars(said)))
