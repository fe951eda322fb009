"""What a batch's orders and outside payments are: read only when a request names any."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col

from kitchen.kinds import MealPeriod
from kitchen.tables import MealOrder
from pos.desk import OrderFact
from pos.kinds import HoldState
from pos.money_tables import Hold, OutsidePayment
from pos.tables import Charge


def orders_of(session: Session, ids: Collection[str]) -> dict[str, OrderFact]:
    """The orders of these ids, as they were placed."""
    if not ids:
        return {}
    rows = session.execute(
        sa.select(
            col(MealOrder.order_id), col(MealOrder.senior_id), col(MealOrder.site_id),
            col(MealOrder.day), col(MealOrder.period),
        ).where(col(MealOrder.order_id).in_(ids))
    )  # fmt: skip
    return {
        order: OrderFact(senior, site, day, MealPeriod(period))
        for order, senior, site, day, period in rows
    }


def charged_orders_of(session: Session, ids: Collection[str]) -> set[str]:
    """Orders of the batch that a charge has which was not reversed."""
    if not ids:
        return set()
    rows = session.execute(
        sa.select(col(Charge.order_id), col(Charge.charge_id), col(Charge.origin_id)).where(
            col(Charge.order_id).in_(ids)
        )
    ).all()
    undone = {origin for _order, _charge, origin in rows if origin}
    return {
        order for order, charge, origin in rows if order and origin is None and charge not in undone
    }


def holds_of(session: Session, orders: Collection[str]) -> dict[str, dict[str, int]]:
    """What these orders keep aside: order -> purse -> fen."""
    if not orders:
        return {}
    rows = session.execute(
        sa.select(col(Hold.order_id), col(Hold.draws)).where(
            col(Hold.order_id).in_(orders), col(Hold.state) == HoldState.PENDING
        )
    )
    return {order: dict(draws) for order, draws in rows}


def references_of(session: Session, references: Collection[str]) -> set[tuple[str, str]]:
    """Those of these outside payments that paid for something already, by (provider, reference)."""
    if not references:
        return set()
    rows = session.execute(
        sa.select(col(OutsidePayment.provider), col(OutsidePayment.reference)).where(
            col(OutsidePayment.reference).in_(references)
        )
    )
    return {(str(provider), reference) for provider, reference in rows}
