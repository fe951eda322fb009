"""Reading a stored month for ``pos.replay``: charges, the people they were for, paid plans, policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api.charging import member_of, places_of, stored_policies
from api.claims import month_bounds
from api.failures import NotFound
from kitchen.kinds import MealPeriod
from kitchen.tables import MealOrder, Site, Township
from pos.errors import BasketEmpty, BasketLineInvalid
from pos.kinds import ChargeState
from pos.money_tables import PlanMonth
from pos.policy import Funder, Policy, policy_for
from pos.pricing import Basket, BasketLine, Diner, Reason, StageName
from pos.replay import Outcome, Replay, StoredMeal, replay
from pos.requests import BasketItem
from pos.tables import Charge, Senior

BASKET_UNREADABLE = "replay.basket_unreadable"
"""A stored basket that does not read as one (rows of another program, a damaged table)."""


def replay_month(
    session: Session, *, month: str, proposed: Policy, township: str | None = None
) -> Replay:
    """The standing charges of a month under ``proposed``, as if it had been in force all month.

    It prices what a checked set with it in the place of its scope and district would let it price: a
    narrower policy in force stays. With ``township``, only charges at that township's sites are priced
    again; all others keep their price. Age is that of the day; residence and grounds are today's.

    Raises:
        NotFound: no such month or township.
    """
    first, following = month_bounds(month)
    if township is not None and session.get(Township, township) is None:
        raise NotFound("township", township)
    rows = _charges(session, first, following)
    reach = _Reach(session, proposed, township)
    books = _Books(rows, reach, _people(session, month), _delivered(session, first, following))
    return replay(books.meals(), proposed)


def _charges(session: Session, first: date, following: date) -> Sequence[Charge]:
    """The month's charges, and every reversal of one of them whenever it was made."""
    in_month = sa.and_(col(Charge.business_day) >= first, col(Charge.business_day) < following)
    ids = sa.select(col(Charge.charge_id)).where(in_month)
    query = sa.select(Charge).where(sa.or_(in_month, col(Charge.origin_id).in_(ids)))
    return session.scalars(query).all()


class _Reach:
    """Which sites and days a proposed policy would price."""

    def __init__(self, session: Session, proposed: Policy, township: str | None) -> None:
        self.proposed = replace(proposed, effective_from=date.min, effective_to=None)
        place = (proposed.scope, proposed.district)
        others = [p for p in stored_policies(session) if (p.scope, p.district) != place]
        self.policies = [*others, self.proposed]
        self.sites = {site.site_id: site for site in session.scalars(sa.select(Site))}
        self.township = township
        self.known: dict[tuple[str, date], bool] = {}

    def covers(self, site_id: str, day: date) -> bool:
        """Whether the proposed policy would price a meal of this site and day."""
        if (site_id, day) not in self.known:
            self.known[site_id, day] = self._covers(self.sites[site_id], day)
        return self.known[site_id, day]

    def _covers(self, site: Site, day: date) -> bool:
        places = places_of(site)
        if (self.proposed.scope, self.proposed.district) not in places:
            return False
        if self.township is not None and site.township_code != self.township:
            return False
        return policy_for(self.policies, places, day) is self.proposed


def _delivered(session: Session, first: date, following: date) -> frozenset[str]:
    """Orders of the month's days that were for the door."""
    query = sa.select(col(MealOrder.order_id)).where(
        col(MealOrder.day) >= first,
        col(MealOrder.day) < following,
        col(MealOrder.home_delivery).is_(True),
    )
    return frozenset(session.scalars(query))


@dataclass(frozen=True, slots=True)
class _People:
    """Seniors as the rules know them, and who of them paid for a plan of the month."""

    diners: Mapping[str, Diner]
    on_plan: frozenset[str]


def _people(session: Session, month: str) -> _People:
    plans = sa.select(col(PlanMonth.senior_id)).where(col(PlanMonth.month) == month)
    seniors = session.scalars(sa.select(Senior))
    return _People(
        {senior.senior_id: member_of(senior).diner for senior in seniors},
        frozenset(session.scalars(plans)),
    )


class _Books:
    """A month of charges with everything that ``StoredMeal`` asks for."""

    def __init__(
        self,
        rows: Sequence[Charge],
        reach: _Reach,
        people: _People,
        delivered_orders: frozenset[str],
    ) -> None:
        self.reach, self.people, self.delivered_orders = reach, people, delivered_orders
        self.charges = {r.charge_id: r for r in rows if r.state == ChargeState.POSTED}
        self.ended = {
            r.origin_id: r.occurred_at
            for r in rows
            if r.state == ChargeState.REVERSAL and r.origin_id is not None
        }

    def meals(self) -> list[StoredMeal]:
        """Every charge of the month, reversed ones included."""
        return [self._meal(row) for row in self.charges.values()]

    def _meal(self, row: Charge) -> StoredMeal:
        basket, fault = _basket(row, delivered=self._delivered(row))
        return StoredMeal(
            charge_id=row.charge_id,
            chain_id=self._chain(row),
            senior_id=row.senior_id,
            day=row.business_day,
            period=MealPeriod(row.period),
            moment=row.occurred_at,
            since=self.ended.get(row.replaces_id or "", row.occurred_at),
            until=self.ended.get(row.charge_id),
            basket=basket,
            diner=self._diner(row),
            on_plan=row.senior_id in self.people.on_plan,
            covered=self.reach.covers(row.site_id, row.business_day),
            stored=_outcome(row),
            fault=fault,
        )

    def _chain(self, row: Charge) -> str:
        """The first of the charges that stood in each other's place."""
        seen = {row.charge_id}
        while row.replaces_id in self.charges and row.replaces_id not in seen:
            row = self.charges[row.replaces_id]
            seen.add(row.charge_id)
        return row.charge_id

    def _diner(self, row: Charge) -> Diner | None:
        """Who was not recognised at the till stays a guest, whoever the row names."""
        if row.senior_id is None or any(s.get("reason") == Reason.GUEST for s in row.stages):
            return None
        return self.people.diners[row.senior_id]

    def _delivered(self, row: Charge) -> bool:
        """Whether a fee was asked, or, where none was known, the order was for the door."""
        asked = any(stage.get("name") == StageName.DELIVERY_FEE for stage in row.stages)
        return asked or row.order_id in self.delivered_orders


def _basket(row: Charge, *, delivered: bool) -> tuple[Basket | None, str]:
    """The stored basket as the pricing rules take it, or why it cannot be read."""
    try:
        items = msgspec.convert(row.basket, tuple[BasketItem, ...])
        lines = tuple(BasketLine(i.category, i.unit_price_fen, i.quantity) for i in items)
        period = MealPeriod(row.period)
        return Basket(row.business_day, period, lines, delivered=delivered), ""
    except (msgspec.ValidationError, BasketEmpty, BasketLineInvalid):
        return None, BASKET_UNREADABLE


def _outcome(row: Charge) -> Outcome:
    """Who paid a charge, as its row says. Disputed money is the eater's: it is what was due."""
    return Outcome(
        tier=row.tier,
        shares={Funder(name): fen for name, fen in row.shares.items()},
        plan_fen=row.plan_fen,
        due_fen=row.list_price_fen + row.delivery_fee_fen - row.subsidy_fen - row.plan_fen,
        meal_subsidy_fen=row.meal_subsidy_fen,
        counts=row.subsidised,
    )
