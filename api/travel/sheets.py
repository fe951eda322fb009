"""Past route sheets as driven legs: what the recorded hand-overs say about the road."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from kitchen.day_tables import RouteStop
from kitchen.dispatch import DispatchRules
from kitchen.kinds import MealPeriod, StopOutcome
from kitchen.tables import SiteMeal
from routing.travel_learned import DrivenLeg, SheetStop, legs_of_run

EARLIEST, LATEST = date(1900, 1, 1), date(9999, 12, 31)


def driven_legs(
    session: Session, kitchen_id: str, *, since: date = EARLIEST, until: date = LATEST
) -> list[DrivenLeg]:
    """Every leg of a kitchen's past runs from ``since`` to ``until``, usable or not, with its reason."""
    query = sa.select(RouteStop).where(
        col(RouteStop.kitchen_id) == kitchen_id,
        col(RouteStop.route_no) > 0,  # 0 is the kitchen's own counter
        col(RouteStop.day).between(since, until),
    )
    order = (RouteStop.day, RouteStop.period, RouteStop.route_no, RouteStop.sequence)
    rows = session.scalars(query.order_by(*map(col, order))).all()
    opens = {
        (meal.site_id, MealPeriod(meal.period)): meal.arrive_from_s
        for meal in session.scalars(sa.select(SiteMeal))
    }
    legs = []
    for (day, _period, _route), run in groupby(rows, key=lambda s: (s.day, s.period, s.route_no)):
        legs += legs_of_run(kitchen_id, [_stop(stop, opens) for stop in run], day)
    return legs


def _stop(stop: RouteStop, opens: dict[tuple[str, MealPeriod], int]) -> SheetStop:
    rules = DispatchRules()
    window_from = opens.get((stop.site_id, MealPeriod(stop.period)), 0)
    return SheetStop(
        place=stop.site_id,
        recorded_s=None if stop.recorded_at is None else _seconds(stop.day, stop.recorded_at),
        service_s=rules.service_s + stop.boxes * rules.service_s_per_box,
        reached=stop.outcome != StopOutcome.NOT_REACHED,
        waited=stop.arrive_s < window_from,
    )


def _seconds(day: date, moment: datetime) -> int:
    """Seconds after Shanghai midnight of ``day``; below 0 or above 86,399 on another day."""
    return int((moment - clock.at(day, 0)).total_seconds())


def days_of(legs: Sequence[DrivenLeg]) -> int:
    """On how many days the legs were driven."""
    return len({leg.day for leg in legs})
