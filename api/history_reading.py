"""What a batch's people had before: rights used up, and charges that may be taken back or priced again."""

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.statements import AnyOf, Statement
from kitchen.kinds import MealPeriod
from pos.corrections import next_id
from pos.desk import Desk, Row, Sold
from pos.kinds import ChargeState
from pos.quote import PriorMeal
from pos.tables import Charge

_CHARGE = Charge.__table__  # type: ignore[attr-defined]  # SQLModel does not type it


RIGHTS = Statement(
    lambda _: sa.select(
        col(Charge.charge_id), col(Charge.origin_id), col(Charge.senior_id),
        col(Charge.business_day), col(Charge.period), col(Charge.meal_subsidy_fen),
        col(Charge.plan_fen),
    ).where(
        AnyOf(Charge.senior_id, "seniors"), AnyOf(Charge.business_day, "days"),
        col(Charge.subsidised).is_(True),
    )
)  # fmt: skip


def read_rights(
    session: Session, seniors: Collection[str], days: Collection[date], desk: Desk
) -> None:
    """Meals of the batch's people that used up a right, and what their months hold, where a rule asks."""
    if not seniors:
        return
    rows = RIGHTS.rows(session, seniors=seniors, days=days)
    undone = {row[1] for row in rows if row[1]}
    for charge_id, origin, senior, day, period, fen, plan_fen in rows:
        if origin is None and charge_id not in undone:
            meal = PriorMeal(MealPeriod(period), fen, plan=plan_fen > 0)
            desk.prior.setdefault((str(senior), day), {})[charge_id] = meal
    if any(policy.cap_month_fen is not None for policy in desk.policies):
        for first in {day.replace(day=1) for day in days}:
            _read_month(session, seniors, first, desk)


def _read_month(session: Session, seniors: Collection[str], first: date, desk: Desk) -> None:
    """Meal subsidy of a month; a reversal lowers it by itself."""
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    rows = session.execute(
        sa.select(col(Charge.senior_id), sa.func.sum(col(Charge.meal_subsidy_fen)))
        .where(
            col(Charge.senior_id).in_(seniors),
            col(Charge.business_day) >= first,
            col(Charge.business_day) < following,
            col(Charge.subsidised).is_(True),
        )
        .group_by(col(Charge.senior_id))
    )
    for senior, fen in rows:
        desk.month_fen[str(senior), f"{first:%Y-%m}"] = int(fen)


def whole_charges(session: Session, ids: Collection[str]) -> list[Row]:
    """Stored charges as decisions carry them."""
    if not ids:
        return []
    rows = session.execute(sa.select(_CHARGE).where(_CHARGE.c.charge_id.in_(ids)))
    return [_whole(row) for row in rows.mappings()]


def _whole(row: Any) -> dict[str, Any]:
    """A stored charge as decisions carry it: without the moment it was posted."""
    return {name: value for name, value in row.items() if name != "posted_at"} | {
        "period": MealPeriod(row["period"]),
        "state": ChargeState(row["state"]),
    }


def read_sold(
    session: Session, origins: list[Row], desk: Desk, *, offline: bool, voids: Collection[str]
) -> None:
    """Charges that may be taken back, and, for meals found late, what their people ate that day.

    ``voids`` are ids of charges that a void may end: what was eaten later on those days may be priced again.
    """
    counted = [one for used in desk.prior.values() for one in used] if offline else []
    rows = origins + whole_charges(session, set(counted) - {row["charge_id"] for row in origins})
    for row in rows:
        desk.sold[row["charge_id"]] = Sold(row)
    beside = [row for row in origins if row["charge_id"] in voids and row["senior_id"]]
    for row in _same_days(session, beside):
        desk.sold.setdefault(row["charge_id"], Sold(row))
    ended = {row["charge_id"] for row in origins}
    ended |= set(desk.sold) if beside else set()
    _read_ends(session, ended, desk)


def _same_days(session: Session, rows: Collection[Row]) -> list[Row]:
    """Every charge of the people and days of some charges, reversals aside."""
    if not rows:
        return []
    found = session.execute(
        sa.select(_CHARGE).where(
            _CHARGE.c.senior_id.in_({row["senior_id"] for row in rows}),
            _CHARGE.c.business_day.in_({row["business_day"] for row in rows}),
            _CHARGE.c.origin_id.is_(None),
        )
    )
    return [_whole(row) for row in found.mappings()]


def _read_ends(session: Session, ids: Collection[str], desk: Desk) -> None:
    """Which reversals ended charges; where one was only priced again, what took its place, and so on."""
    while ids:
        ended = session.execute(
            sa.select(col(Charge.origin_id), col(Charge.charge_id)).where(
                col(Charge.origin_id).in_(ids)
            )
        ).all()
        for origin, reversal in ended:
            desk.sold[str(origin)].reversed_by = reversal
        anew = [next_id(str(one), 2) for one, reversal in ended if reversal == next_id(str(one))]
        ids = [one for one in anew if one not in desk.sold]
        for row in whole_charges(session, ids):
            desk.sold[row["charge_id"]] = Sold(row)
