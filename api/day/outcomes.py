"""What was said of past meals beside what came: the stored forecasts joined with the history."""

from collections.abc import Collection
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from kitchen.day_tables import ForecastDay
from kitchen.forecast_blend import Earned, earned
from kitchen.forecast_scores import Outcome
from kitchen.kinds import Channel, MealPeriod
from kitchen.tables import DemandDay, Site, SiteMeal

MealDay = tuple[str, MealPeriod, date]
RECORD_DAYS = 180
"""How far back a manager's record reaches: what lies before it weighs less than a fifteenth."""


def read_outcomes(
    session: Session, sites: Collection[str], first: date, last: date, *, with_own: bool = False
) -> list[Outcome]:
    """Every forecast meal of these sites that was served from ``first`` to ``last``, by site, meal and day.

    ``with_own``: only those for which the manager gave a number.
    """
    said, came, costs = ForecastDay, DemandDay, SiteMeal
    query = (
        sa.select(
            col(said.site_id), col(said.period), col(said.day), col(said.mean_milli),
            col(said.median), col(said.q90), col(said.proposed_portions),
            col(said.manager_portions), col(said.locked_portions), col(came.served),
            col(came.turned_away), col(came.sold_out), col(costs.short_cost_fen),
            col(costs.waste_cost_fen),
        )
        .join(
            came,
            sa.and_(
                col(came.site_id) == col(said.site_id), col(came.day) == col(said.day),
                col(came.period) == col(said.period), col(came.channel) == Channel.WALK_IN,
            ),
        )
        .join(
            costs,
            sa.and_(col(costs.site_id) == col(said.site_id), col(costs.period) == col(said.period)),
        )
        .where(col(said.day).between(first, last), col(said.site_id).in_(sites))
        .order_by(col(said.site_id), col(said.period), col(said.day))
    )  # fmt: skip
    if with_own:
        query = query.where(col(said.manager_portions).is_not(None))
    periods = {str(period): period for period in MealPeriod}
    return [
        Outcome(
            site, periods[period], day, milli / 1000, median, q90, proposed, own, cooked,
            served + (away or 0), sold_out and away is None, short, waste,
        )
        for (
            site, period, day, milli, median, q90, proposed, own, cooked, served, away, sold_out,
            short, waste,
        ) in session.connection().execute(query).all()
    ]  # fmt: skip


def read_served(session: Session, kitchen_id: str, first: date, last: date) -> dict[MealDay, int]:
    """Walk-ins served at a kitchen's sites from ``first`` to ``last``; a closed day is absent."""
    table = DemandDay
    rows = session.connection().execute(
        sa.select(col(table.site_id), col(table.period), col(table.day), col(table.served))
        .join(Site, col(Site.site_id) == col(table.site_id))
        .where(
            col(Site.kitchen_id) == kitchen_id, col(table.channel) == Channel.WALK_IN,
            col(table.day).between(first, last),
        )
    )  # fmt: skip
    periods = {str(period): period for period in MealPeriod}
    return {(site_id, periods[period], day): served for site_id, period, day, served in rows.all()}


def sites_of_kitchen(session: Session, kitchen_id: str) -> list[str]:
    """The sites a kitchen cooks for, itself included."""
    query = sa.select(col(Site.site_id)).where(col(Site.kitchen_id) == kitchen_id)
    return list(session.scalars(query.order_by(col(Site.site_id))))


def earned_by(session: Session, kitchen_id: str, day: date) -> Earned:
    """What the numbers of a kitchen's manager have earned by the eve of ``day``."""
    sites = sites_of_kitchen(session, kitchen_id)
    first = day - timedelta(days=RECORD_DAYS)
    return earned(read_outcomes(session, sites, first, day - timedelta(days=1), with_own=True))
