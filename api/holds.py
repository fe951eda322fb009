"""Money that home deliveries keep aside in purses from the day's orders to their charge."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows, update_rows
from api.claims import month_bounds
from api.desk_reading import member_of, places_of, stored_policies
from api.movement_writing import read_pockets
from kitchen.kinds import MealPeriod, OrderState
from kitchen.tables import MealOrder, Site, SiteMeal
from pos.desk import Member, PurseFact
from pos.errors import NoPolicyInForce
from pos.holding import Held, Household, PreOrder, hold
from pos.kinds import HoldState
from pos.money_tables import Hold, PlanMonth
from pos.policy import Policy, policy_for
from pos.pricing import PriorMeal
from pos.tables import Charge, Purse, Senior

CHUNK = 500


@dataclass(frozen=True, slots=True)
class NotHeld:
    """An order for which nothing is kept aside, and why: it is paid in cash at the door."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class HoldReport:
    """Orders that keep money aside, the fen, what is due beyond it, and orders that could not."""

    orders: int
    held_fen: int
    cash_fen: int
    not_held: tuple[NotHeld, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What prices the day's orders: set prices by (site, meal), policies by site."""

    prices: dict[tuple[str, MealPeriod], int]
    policies: dict[str, Policy]


def hold_orders(session: Session, day: date, now: datetime) -> HoldReport:
    """Keep aside what the purses would pay of each home delivery of the day that is due.

    Orders that have a hold already (of any state) or are charged are left alone, so it may run again. The price is
    the till's: the set of the site's meal, the person's rights and plan. What purses do not hold stays cash.
    """
    orders = _orders(session, day)
    rules = _read_rules(session, day)
    held: list[Held] = []
    missed: list[NotHeld] = []
    for seniors in _chunks(sorted(orders)):
        part = {senior: orders[senior] for senior in seniors}
        wanted, unpriced = _pre_orders(part, rules)
        missed += unpriced
        households = _households(session, wanted, day)
        for senior, mine in wanted.items():
            if senior in households:
                held += hold(mine, households[senior], day)
            else:
                missed += [NotHeld(order.order_id, "unknown_senior") for order in mine]
        _write_held(session, households.values())
    insert_rows(session, Hold, [_hold_row(one, day, now) for one in held])
    held_fen = sum(one.held_fen for one in held)
    return HoldReport(
        len(held), held_fen, sum(one.due_fen for one in held) - held_fen, tuple(missed)
    )


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _orders(session: Session, day: date) -> dict[str, list[tuple[str, str, MealPeriod]]]:
    """Home deliveries without a hold and without a standing charge: senior -> (order, site, meal)."""
    undone = sa.select(col(Charge.origin_id)).where(
        col(Charge.business_day) == day, col(Charge.origin_id).is_not(None)
    )
    charged = sa.select(col(Charge.order_id)).where(
        col(Charge.business_day) == day,
        col(Charge.order_id).is_not(None),
        col(Charge.origin_id).is_(None),
        col(Charge.charge_id).not_in(undone),
    )
    held = sa.select(col(Hold.order_id)).where(col(Hold.day) == day)
    rows = session.execute(
        sa.select(
            col(MealOrder.senior_id), col(MealOrder.order_id), col(MealOrder.site_id),
            col(MealOrder.period),
        ).where(
            col(MealOrder.day) == day,
            col(MealOrder.state) == OrderState.DUE,
            col(MealOrder.home_delivery).is_(True),
            col(MealOrder.order_id).not_in(held),
            col(MealOrder.order_id).not_in(charged),
        )
    )  # fmt: skip
    found: dict[str, list[tuple[str, str, MealPeriod]]] = defaultdict(list)
    for senior, order, site, period in rows:
        found[senior].append((order, site, MealPeriod(period)))
    return found


def _read_rules(session: Session, day: date) -> _Rules:
    stored = stored_policies(session)
    policies: dict[str, Policy] = {}
    for site in session.scalars(sa.select(Site)):
        try:
            policies[site.site_id] = policy_for(stored, places_of(site), day)
        except NoPolicyInForce:
            continue  # its orders are listed as not held, with this reason
    rows = session.execute(
        sa.select(col(SiteMeal.site_id), col(SiteMeal.period), col(SiteMeal.set_price_fen))
    )
    return _Rules({(site, MealPeriod(period)): fen for site, period, fen in rows}, policies)


def _pre_orders(
    orders: dict[str, list[tuple[str, str, MealPeriod]]], rules: _Rules
) -> tuple[dict[str, list[PreOrder]], list[NotHeld]]:
    wanted: dict[str, list[PreOrder]] = defaultdict(list)
    missed: list[NotHeld] = []
    for senior, mine in orders.items():
        for order, site, period in mine:
            policy, price_fen = rules.policies.get(site), rules.prices.get((site, period))
            if policy is None or price_fen is None:
                missed.append(NotHeld(order, "no_price" if policy else "no_policy"))
            else:
                wanted[senior].append(PreOrder(order, site, period, price_fen, policy))
    return wanted, missed


def _households(session: Session, seniors: Collection[str], day: date) -> dict[str, Household]:
    people = session.scalars(sa.select(Senior).where(col(Senior.senior_id).in_(seniors)))
    members: dict[str, Member] = {one.senior_id: member_of(one) for one in people}
    purses: dict[str, list[PurseFact]] = defaultdict(list)
    for pocket in read_pockets(session, col(Purse.senior_id).in_(seniors)).values():
        purses[pocket.senior_id].append(
            PurseFact(
                pocket.purse_id, pocket.senior_id, pocket.kind, pocket.balance_fen,
                pocket.held_fen, pocket.expires_on,
            )
        )  # fmt: skip
    today, month = _rights(session, seniors, day)
    plans = _plans(session, seniors, day)
    return {
        senior: Household(
            member, purses[senior], today[senior], month.get(senior, 0), senior in plans
        )
        for senior, member in members.items()
    }


def _rights(
    session: Session, seniors: Collection[str], day: date
) -> tuple[dict[str, list[PriorMeal]], dict[str, int]]:
    """Standing meals of the day that used up a right, and the meal subsidy of the month so far."""
    first, following = month_bounds(f"{day:%Y-%m}")
    rows = session.execute(
        sa.select(
            col(Charge.charge_id), col(Charge.origin_id), col(Charge.senior_id),
            col(Charge.business_day), col(Charge.period), col(Charge.meal_subsidy_fen),
            col(Charge.plan_fen),
        ).where(
            col(Charge.senior_id).in_(seniors),
            col(Charge.business_day) >= first,
            col(Charge.business_day) < following,
            col(Charge.subsidised).is_(True),
        )
    ).all()  # fmt: skip
    undone = {row.origin_id for row in rows if row.origin_id}
    today: dict[str, list[PriorMeal]] = defaultdict(list)
    month: dict[str, int] = defaultdict(int)
    for charge, origin, senior, eaten, period, fen, plan_fen in rows:
        month[str(senior)] += fen
        if eaten == day and origin is None and charge not in undone:
            today[str(senior)].append(PriorMeal(MealPeriod(period), fen, plan=plan_fen > 0))
    return today, month


def _plans(session: Session, seniors: Collection[str], day: date) -> frozenset[str]:
    query = sa.select(col(PlanMonth.senior_id)).where(
        col(PlanMonth.senior_id).in_(seniors), col(PlanMonth.month) == f"{day:%Y-%m}"
    )
    return frozenset(session.scalars(query))


def _write_held(session: Session, households: Iterable[Household]) -> None:
    purses = [purse for household in households for purse in household.purses]
    stored = read_pockets(session, col(Purse.purse_id).in_([p.purse_id for p in purses]))
    changed = {
        purse.purse_id: {"held_fen": purse.held_fen}
        for purse in purses
        if stored[purse.purse_id].held_fen != purse.held_fen
    }
    update_rows(session, Purse, changed)


def _hold_row(held: Held, day: date, now: datetime) -> dict[str, Any]:
    return {
        "order_id": held.order.order_id, "senior_id": held.senior_id,
        "site_id": held.order.site_id, "day": day, "period": held.order.period,
        "due_fen": held.due_fen, "draws": held.draws, "state": HoldState.PENDING, "made_at": now,
        "settled_at": None, "charge_id": None,
    }  # fmt: skip


def release_holds(
    session: Session, day: date, now: datetime, orders: Collection[str] | None = None
) -> HoldReport:
    """Give back what pending holds of a day keep aside: those of ``orders``, or all when the day is over.

    A hold that was charged or given back already is left alone, so it may run again.
    """
    query = sa.select(col(Hold.order_id), col(Hold.due_fen), col(Hold.draws)).where(
        col(Hold.day) == day, col(Hold.state) == HoldState.PENDING
    )
    rows = [row for row in session.execute(query) if orders is None or row.order_id in orders]
    back: dict[str, int] = defaultdict(int)
    for row in rows:
        for purse, fen in row.draws.items():
            back[purse] += fen
    for part in _chunks(sorted(back)):
        stored = read_pockets(session, col(Purse.purse_id).in_(part))
        freed = {purse: {"held_fen": stored[purse].held_fen - back[purse]} for purse in part}
        update_rows(session, Purse, freed)
    for part in _chunks(sorted(row.order_id for row in rows)):
        done = {"state": HoldState.RELEASED, "settled_at": now}
        update_rows(session, Hold, dict.fromkeys(part, done))
    held_fen = sum(back.values())
    return HoldReport(len(rows), held_fen, sum(row.due_fen for row in rows) - held_fen, ())
