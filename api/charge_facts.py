"""Stored charges as the plain facts that claims and checks work on."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col

from kitchen.kinds import MealPeriod
from kitchen.tables import Site
from pos.facts import ChargeFact
from pos.policy import Funder
from pos.tables import Charge


def charge_facts(session: Session, where: Iterable[sa.ColumnElement[bool]]) -> list[ChargeFact]:
    """Every charge that fulfils ``where`` (on Charge and Site columns), in the order of its id."""
    rows = session.execute(
        sa.select(Charge, col(Site.township_code))
        .join(Site, col(Site.site_id) == col(Charge.site_id))
        .where(*where)
        .order_by(col(Charge.charge_id))
    )
    return [_fact(charge, township) for charge, township in rows]


def _fact(charge: Charge, township: str) -> ChargeFact:
    return ChargeFact(
        charge_id=charge.charge_id,
        site_id=charge.site_id,
        township_code=township,
        day=charge.business_day,
        period=MealPeriod(charge.period),
        tier=charge.tier,
        list_price_fen=charge.list_price_fen,
        delivery_fee_fen=charge.delivery_fee_fen,
        allowance_fen=charge.allowance_fen,
        charity_fen=charge.charity_fen,
        own_fen=charge.own_fen,
        cash_fen=charge.cash_fen,
        plan_fen=charge.plan_fen,
        outside_fen=charge.outside_fen,
        disputed_fen=charge.disputed_fen,
        shares={Funder(name): fen for name, fen in charge.shares.items()},
        delivery_subsidy_fen=charge.subsidy_fen - charge.meal_subsidy_fen,
        meals=-1 if charge.origin_id else 1,
        senior_id=charge.senior_id,
        policy_id=charge.policy_id,
        origin_id=charge.origin_id,
    )
