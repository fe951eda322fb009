"""The conservation chain of a stored day: each link counted from its own records."""

from collections import defaultdict
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from kitchen.chain import Link, build
from kitchen.day_tables import (
    Batch,
    ClosingCount,
    DayRecord,
    ForecastDay,
    KitchenReserve,
    Leak,
    RouteStop,
)
from kitchen.tables import MealOrder
from pos.tables import Charge

PLANNED_STAGE = "production"


def read_chain(session: Session, day: date) -> tuple[Link, ...]:
    """Count every link that the day has reached from its own table, with the leaks that were recorded.

    A day that is closed has reached all of them; before, only what is asked for and planned is certain.
    """
    planned, cooked = _sets(session, day)
    counts = {
        "ordered": _ordered(session, day),
        "planned": planned,
        "cooked": cooked,
        "loaded": _total(session, RouteStop.loaded, col(RouteStop.day) == day),
        "received": _total(session, RouteStop.received, col(RouteStop.day) == day),
        "served": _total(session, ClosingCount.served, col(ClosingCount.day) == day),
        "charged": _total(session, Charge.meals, col(Charge.business_day) == day),
    }
    leaks = session.scalars(sa.select(Leak).where(col(Leak.day) == day))
    chain = build(counts, [(leak.link, leak.reason, leak.quantity) for leak in leaks])
    record = session.get(DayRecord, day)
    if record is not None and record.closed_at is not None:
        return chain
    return chain[: 2 if record is not None and PLANNED_STAGE in record.stages else 1]


def _total(session: Session, column: Any, where: sa.ColumnElement[bool]) -> int:
    return int(session.scalar(sa.select(sa.func.sum(column)).where(where)) or 0)


def _count(session: Session, column: Any, where: sa.ColumnElement[bool]) -> int:
    return int(session.scalar(sa.select(sa.func.count(column)).where(where)) or 0)


def _ordered(session: Session, day: date) -> int:
    """Meals asked for by name, walk-in meals the manager locked, and the kitchens' reserves."""
    orders = _count(session, MealOrder.order_id, col(MealOrder.day) == day)
    locked = _total(session, ForecastDay.locked_portions, col(ForecastDay.day) == day)
    reserve = _total(session, KitchenReserve.quantity, col(KitchenReserve.day) == day)
    return orders + locked + reserve


def _sets(session: Session, day: date) -> tuple[int, int]:
    """Whole meals that the batches were planned for, and that their portions can fill.

    A meal takes one portion of every slot, so a kitchen's meals are its scarcest slot's portions.
    """
    slots: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    rows = session.execute(
        sa.select(
            col(Batch.kitchen_id),
            col(Batch.period),
            sa.func.sum(col(Batch.planned_portions)),
            sa.func.sum(col(Batch.made_portions)),
        )
        .where(col(Batch.day) == day)
        .group_by(col(Batch.kitchen_id), col(Batch.period), col(Batch.slot))
    )
    for kitchen_id, period, planned, made in rows:
        slots[kitchen_id, period].append((int(planned), int(made or 0)))
    planned = sum(min(p for p, _ in portions) for portions in slots.values())
    # Portions beyond the plan fill no further set: what is cooked is never more than what was planned.
    cooked = sum(min(min(p, m) for p, m in portions) for portions in slots.values())
    return planned, cooked
