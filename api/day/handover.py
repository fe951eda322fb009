"""Stage 6: what arrived, what happened at each door. The records of people.

A driver and a volunteer write these down through their pages (or a sheet typed in later);
``record_*`` here are those entries. What nobody recorded is not invented: the day's close lists it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.failures import NotFound
from kitchen.day_tables import DoorOutcome, RouteStop
from kitchen.kinds import MealPeriod, OrderState, StopOutcome
from kitchen.tables import MealOrder

HANDED_OVER = frozenset({StopOutcome.DELIVERED, StopOutcome.LEFT_WITH_NEIGHBOUR})


@dataclass(frozen=True, slots=True)
class ArrivalRecord:
    """What a site took over: meals, outcome with reason, temperature in tenths of a degree."""

    site_id: str
    period: MealPeriod
    received: int
    outcome: StopOutcome
    reason: str
    arrival_temp_dc: int | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DoorEntry:
    """What happened with one home-delivery order."""

    order_id: str
    outcome: StopOutcome
    reason: str
    recorded_at: datetime


def record_loads(session: Session, day: date, loads: Iterable[tuple[str, MealPeriod, int]]) -> None:
    """Write down what really went onto the vans (site, meal, meals), where it is not what was packed for.

    Raises:
        NotFound: nothing was to go to the site.
    """
    for site_id, period, loaded in loads:
        stop = session.get(RouteStop, (site_id, day, period))
        if stop is None:
            raise NotFound("stop", f"{site_id} {day} {period}")
        stop.loaded = loaded


def record_arrivals(session: Session, day: date, records: Iterable[ArrivalRecord]) -> None:
    """Write down what each site took over.

    Raises:
        NotFound: nothing is on its way to the site.
    """
    for record in records:
        stop = session.get(RouteStop, (record.site_id, day, record.period))
        if stop is None:
            raise NotFound("stop", f"{record.site_id} {day} {record.period}")
        stop.received, stop.outcome, stop.reason = record.received, record.outcome, record.reason
        stop.arrival_temp_dc, stop.recorded_at = record.arrival_temp_dc, record.recorded_at


def record_doors(session: Session, day: date, entries: Iterable[DoorEntry]) -> None:
    """Write down what happened at the doors; the orders follow.

    Raises:
        NotFound: there is no such order.
    """
    rows = []
    for entry in entries:
        order = session.get(MealOrder, entry.order_id)
        if order is None:
            raise NotFound("order", entry.order_id)
        handed = entry.outcome in HANDED_OVER
        order.state = OrderState.SERVED if handed else OrderState.MISSED
        order.reason = "" if handed else entry.reason or str(entry.outcome)
        rows.append(
            {
                "order_id": entry.order_id, "day": day, "site_id": order.site_id,
                "period": order.period, "outcome": entry.outcome, "reason": entry.reason,
                "recorded_at": entry.recorded_at,
            }
        )  # fmt: skip
    insert_rows(session, DoorOutcome, rows)


def settle_orders(
    session: Session, day: date, *, served: Iterable[str], missed: Mapping[str, str]
) -> None:
    """Close the orders that are eaten at a table: ``served`` ids, ``missed`` ids with their reason."""
    eaten = set(served)
    query = sa.select(MealOrder).where(
        col(MealOrder.day) == day, col(MealOrder.state) == OrderState.DUE
    )
    for order in session.scalars(query):
        if order.order_id in eaten:
            order.state = OrderState.SERVED
        elif order.order_id in missed:
            order.state, order.reason = OrderState.MISSED, missed[order.order_id]
