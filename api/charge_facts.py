"""Stored charges as the plain facts that claims and checks work on."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from kitchen.kinds import MealPeriod
from kitchen.tables import MealOrder, Site
from pos.facts import ChargeFact
from pos.kinds import Identification
from pos.policy import Funder
from pos.tables import Charge

BY_CARD = frozenset(
    {Identification.CARD, Identification.PHONE_CODE, Identification.FOREIGN_CARD, Identification.ORDER}
)  # fmt: skip
"""The person proved who they are, or the meal was ordered by name."""
COLUMNS = (
    "charge_id", "site_id", "business_day", "period", "tier", "list_price_fen", "delivery_fee_fen",
    "allowance_fen", "charity_fen", "own_fen", "cash_fen", "plan_fen", "outside_fen", "disputed_fen",
    "shares", "subsidy_fen", "meal_subsidy_fen", "senior_id", "policy_id", "origin_id", "replaces_id",
    "device_id", "occurred_at", "posted_at", "card_serial", "identified_by", "order_id",
)  # fmt: skip
_FUNDERS: Mapping[str, Funder] = {str(one): one for one in Funder}
_PERIODS: Mapping[str, MealPeriod] = {str(one): one for one in MealPeriod}


def charge_facts(session: Session, where: Iterable[sa.ColumnElement[bool]]) -> list[ChargeFact]:
    """Every charge that fulfils ``where`` (on Charge and Site columns), in the order of its id."""
    # Columns, not objects: a month of a city is a million rows.
    rows = session.connection().execute(
        sa.select(
            *(getattr(Charge, name) for name in COLUMNS), col(Site.township_code),
            col(MealOrder.home_delivery),
        )
        .join(Site, col(Site.site_id) == col(Charge.site_id))
        .join(MealOrder, col(MealOrder.order_id) == col(Charge.order_id), isouter=True)
        .where(*where)
        .order_by(col(Charge.charge_id))
    )  # fmt: skip
    return [_fact(row) for row in rows]


def _fact(row: Any) -> ChargeFact:
    return ChargeFact(
        charge_id=row.charge_id,
        site_id=row.site_id,
        township_code=row.township_code,
        day=row.business_day,
        period=_PERIODS[row.period],
        tier=row.tier,
        list_price_fen=row.list_price_fen,
        delivery_fee_fen=row.delivery_fee_fen,
        allowance_fen=row.allowance_fen,
        charity_fen=row.charity_fen,
        own_fen=row.own_fen,
        cash_fen=row.cash_fen,
        plan_fen=row.plan_fen,
        outside_fen=row.outside_fen,
        disputed_fen=row.disputed_fen,
        shares={_FUNDERS[name]: fen for name, fen in row.shares.items()},
        delivery_subsidy_fen=row.subsidy_fen - row.meal_subsidy_fen,
        meals=-1 if row.origin_id else 1,
        senior_id=row.senior_id,
        policy_id=row.policy_id,
        origin_id=row.origin_id,
        replaces_id=row.replaces_id,
        device_id=row.device_id,
        occurred_s=clock.seconds(row.business_day, row.occurred_at),
        posted_s=clock.seconds(row.business_day, row.posted_at),
        card=row.card_serial or "",
        by_card=row.identified_by in BY_CARD,
        at_door=bool(row.home_delivery),
    )
