"""The money path at the edge: read what a batch touches, let ``pos.sales`` decide, write once.

The decision holds no Session; this module holds no rule. At most ``BATCH`` requests share a transaction.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.house import House
from kitchen.day_tables import DayRecord
from kitchen.kinds import MealPeriod
from kitchen.tables import MealOrder, Site
from pos.card import KeyRing, read_card
from pos.errors import PosError
from pos.kinds import CardState, CareLevel, ChargeState, Hardship, PurseKind, SeniorState
from pos.ledger import charge_legs, posting_rows, purse_id
from pos.policy import Policy, Scope
from pos.policy_load import load_policy
from pos.pricing import Diner, PriorMeal
from pos.requests import ChargeRequest
from pos.sales import (
    CardFact,
    Decision,
    Desk,
    Fate,
    Member,
    OrderFact,
    Sale,
    TillFact,
    charge_row,
    decide,
    purse_amounts,
    refusal_row,
)
from pos.tables import (
    Card,
    Charge,
    Device,
    PolicyVersion,
    Posting,
    Purse,
    Refusal,
    Senior,
    SiteClose,
)

BATCH = 128


class ChargeAnswer(msgspec.Struct, frozen=True):
    """What the till is told: the fate, the price, who pays it, and why if not.

    ``fate`` is POSTED, REFUSED, REPEATED or CONFLICT; a REPEATED request gets its stored amounts.
    """

    charge_id: str
    fate: str
    code: str = ""
    tier: str = ""
    list_price_fen: int = 0
    delivery_fee_fen: int = 0
    subsidy_fen: int = 0
    allowance_fen: int = 0
    charity_fen: int = 0
    own_fen: int = 0
    cash_fen: int = 0
    shares: dict[str, int] = msgspec.field(default_factory=dict)
    policy_id: str = ""


@dataclass(frozen=True, slots=True)
class _Names:
    """The ids a batch speaks of."""

    devices: set[str]
    charges: set[str]
    cards: set[str]
    seniors: set[str]
    orders: set[str]
    days: set[date]


def charge(
    house: House, requests: Sequence[ChargeRequest], *, posted_at: datetime
) -> list[ChargeAnswer]:
    """Charge any number of requests in their order, ``BATCH`` to a transaction; one answer each."""
    answers: list[ChargeAnswer] = []
    for start in range(0, len(requests), BATCH):
        part = requests[start : start + BATCH]
        sales = [Sale(request, clock.business_day(request.occurred_at)) for request in part]
        devices = sorted({request.device_id for request in part})
        actor = f"device:{devices[0]}" if len(devices) == 1 else f"devices:{len(devices)}"
        with house.database.write(actor=actor, action="charge.batch") as session:
            desk, purses = _read_desk(session, sales, house, now=posted_at)
            decisions = decide(sales, desk)
            _write(session, decisions, purses, posted_at=posted_at)
            answers += _answers(session, decisions)
    return answers


def _read_desk(
    session: Session, sales: Sequence[Sale], house: House, *, now: datetime
) -> tuple[Desk, dict[str, Purse]]:
    """What the batch may touch, and the purse rows to be changed (by purse id)."""
    keys = card_keys(house)
    names = _names(sales, keys)
    cards = session.scalars(sa.select(Card).where(col(Card.serial).in_(names.cards))).all()
    names.seniors.update(card.senior_id for card in cards)
    # Locked in id order: two batches that share people cannot deadlock on PostgreSQL.
    purses = session.scalars(
        sa.select(Purse)
        .where(col(Purse.senior_id).in_(names.seniors))
        .order_by(col(Purse.purse_id))
        .with_for_update()
    ).all()
    seniors = session.scalars(
        sa.select(Senior).where(col(Senior.senior_id).in_(names.seniors))
    ).all()
    tills = _tills(session, names.devices)
    desk = Desk(
        tills=tills,
        members={senior.senior_id: member_of(senior) for senior in seniors},
        cards={
            (c.serial, c.issue_no): CardFact(c.serial, c.issue_no, c.senior_id, CardState(c.state))
            for c in cards
        },
        policies=stored_policies(session),
        keys=keys,
        balances={(p.senior_id, PurseKind(p.kind)): p.balance_fen for p in purses},
        known=_known(session, names.charges),
        counters=_counters(session, sales),
        now=now,
        orders=_orders(session, names.orders),
        charged_orders=_charged_orders(session, names.orders),
        closed_days=_closed_days(session, names.days),
        closed=_closed(session, {till.site_id for till in tills.values()}, names.days),
    )
    _read_history(session, names, desk)
    return desk, {purse.purse_id: purse for purse in purses}


@lru_cache(maxsize=256)
def _policy(text: str, policy_id: str) -> Policy:
    """A stored policy, parsed once per text."""
    return load_policy(text, origin=policy_id)


def stored_policies(session: Session) -> list[Policy]:
    """Every policy version of the database."""
    return [_policy(p.text, p.policy_id) for p in session.scalars(sa.select(PolicyVersion))]


def _names(sales: Sequence[Sale], keys: KeyRing) -> _Names:
    serials = set()
    for sale in sales:
        if sale.request.card_code is not None:
            try:
                serials.add(read_card(sale.request.card_code, keys).serial)
            except PosError:
                continue  # the decision names what is wrong with it
    return _Names(
        devices={sale.request.device_id for sale in sales},
        charges={sale.request.charge_id for sale in sales},
        cards=serials,
        seniors={sale.request.senior_id for sale in sales if sale.request.senior_id},
        orders={sale.request.order_id for sale in sales if sale.request.order_id},
        days={sale.day for sale in sales},
    )


def card_keys(house: House) -> KeyRing:
    """The key ring of this installation."""
    return KeyRing(house.secrets.card_key_id, house.secrets.card_keys)


def member_of(senior: Senior) -> Member:
    """The senior as the till's rules know them."""
    diner = Diner(
        senior.birth_date,
        senior.resident,
        Hardship(senior.hardship),
        CareLevel(senior.care_level),
    )
    return Member(senior.senior_id, diner, SeniorState(senior.state), senior.state_since)


def _tills(session: Session, devices: set[str]) -> dict[str, TillFact]:
    rows = session.execute(
        sa.select(Device, Site)
        .join(Site, col(Site.site_id) == col(Device.site_id))
        .where(col(Device.device_id).in_(devices))
    )
    return {
        device.device_id: TillFact(device.device_id, device.epoch, site.site_id, places_of(site))
        for device, site in rows
    }


def places_of(site: Site) -> tuple[tuple[Scope, str], ...]:
    """Where to look for the policy of a site, narrowest first."""
    return (
        (Scope.SITE, site.site_id),
        (Scope.TOWNSHIP, site.township_code),
        (Scope.COUNTY, site.county_code),
        (Scope.CITY, site.county_code[:4] + "00"),
    )


def _known(session: Session, charges: set[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for table in (Charge, Refusal):
        ids: Any = col(table.charge_id)
        rows = session.execute(sa.select(ids, col(table.content_hash)).where(ids.in_(charges)))
        known.update((charge_id, digest) for charge_id, digest in rows)
    return known


def _counters(session: Session, sales: Sequence[Sale]) -> dict[tuple[str, int, int], str]:
    """Which (device, epoch, counter) of the batch were used before."""
    by_device: dict[tuple[str, int], set[int]] = defaultdict(set)
    for sale in sales:
        by_device[sale.request.device_id, sale.request.epoch].add(sale.request.counter)
    used: dict[tuple[str, int, int], str] = {}
    for (device, epoch), counters in by_device.items():
        for table in (Charge, Refusal):
            rows = session.execute(
                sa.select(col(table.counter), col(table.charge_id)).where(
                    col(table.device_id) == device,
                    col(table.epoch) == epoch,
                    col(table.counter).in_(counters),
                )
            )
            used.update({(device, epoch, counter): charge_id for counter, charge_id in rows})
    return used


def _orders(session: Session, ids: set[str]) -> dict[str, OrderFact]:
    rows = session.scalars(sa.select(MealOrder).where(col(MealOrder.order_id).in_(ids)))
    return {
        o.order_id: OrderFact(o.senior_id, o.site_id, o.day, MealPeriod(o.period)) for o in rows
    }


def _charged_orders(session: Session, ids: set[str]) -> set[str]:
    """Orders of the batch that a charge has which was not reversed."""
    rows = session.scalars(sa.select(Charge).where(col(Charge.order_id).in_(ids))).all()
    undone = {row.origin_id for row in rows if row.origin_id}
    return {
        row.order_id
        for row in rows
        if row.order_id and row.origin_id is None and row.charge_id not in undone
    }


def _closed_days(session: Session, days: set[date]) -> frozenset[date]:
    query = sa.select(col(DayRecord.day)).where(
        col(DayRecord.day).in_(days), col(DayRecord.closed_at).is_not(None)
    )
    return frozenset(session.scalars(query))


def _closed(session: Session, sites: set[str], days: set[date]) -> frozenset[Any]:
    rows = session.execute(
        sa.select(col(SiteClose.site_id), col(SiteClose.day), col(SiteClose.period)).where(
            col(SiteClose.site_id).in_(sites), col(SiteClose.day).in_(days)
        )
    )
    return frozenset((site, day, MealPeriod(period)) for site, day, period in rows)


def _read_history(session: Session, names: _Names, desk: Desk) -> None:
    """Subsidised, not reversed meals of the batch's people in the months of its days."""
    if not names.days or not names.seniors:
        return
    first = min(names.days).replace(day=1)
    rows = session.scalars(
        sa.select(Charge).where(
            col(Charge.senior_id).in_(names.seniors),
            col(Charge.business_day) >= first,
            col(Charge.subsidised).is_(True),
        )
    ).all()
    reversed_ids = {row.origin_id for row in rows if row.state == ChargeState.REVERSAL}
    for row in rows:
        if row.state == ChargeState.REVERSAL or row.charge_id in reversed_ids:
            continue
        senior = row.senior_id or ""
        meal = PriorMeal(MealPeriod(row.period), row.meal_subsidy_fen)
        desk.prior.setdefault((senior, row.business_day), []).append(meal)
        month = (senior, f"{row.business_day:%Y-%m}")
        desk.month_fen[month] = desk.month_fen.get(month, 0) + row.meal_subsidy_fen


def _write(
    session: Session,
    decisions: Sequence[Decision],
    purses: dict[str, Purse],
    *,
    posted_at: datetime,
) -> None:
    posted = [d for d in decisions if d.fate is Fate.POSTED]
    rows = [charge_row(decision, posted_at) for decision in posted]
    insert_rows(session, Charge, rows)
    insert_rows(
        session,
        Posting,
        [
            leg
            for row, decision in zip(rows, posted, strict=True)
            for leg in posting_rows(
                str(row["charge_id"]), charge_legs(row), day=decision.sale.day, kind="charge"
            )
        ],
    )
    refused = [refusal_row(d) for d in decisions if d.fate is Fate.REFUSED]
    insert_rows(session, Refusal, refused)
    for (senior_id, kind), amount in _spent(posted).items():
        purses[purse_id(senior_id, kind)].balance_fen -= amount


def _spent(posted: Sequence[Decision]) -> dict[tuple[str, PurseKind], int]:
    spent: dict[tuple[str, PurseKind], int] = defaultdict(int)
    for decision in posted:
        if decision.payment and decision.senior_id:
            for kind, amount in purse_amounts(decision.payment.tender).items():
                if amount:
                    spent[decision.senior_id, kind] += amount
    return spent


def _answers(session: Session, decisions: Sequence[Decision]) -> list[ChargeAnswer]:
    ids = [d.sale.request.charge_id for d in decisions]
    stored: dict[str, Any] = {
        row.charge_id: row
        for row in session.scalars(sa.select(Charge).where(col(Charge.charge_id).in_(ids)))
    }
    refused = {
        row.charge_id: row.code
        for row in session.scalars(sa.select(Refusal).where(col(Refusal.charge_id).in_(ids)))
    }
    return [_answer(d, stored, refused) for d in decisions]


def _answer(decision: Decision, stored: dict[str, Any], refused: dict[str, str]) -> ChargeAnswer:
    charge_id = decision.sale.request.charge_id
    row = stored.get(charge_id)
    if decision.fate is Fate.CONFLICT or row is None:
        code = decision.code or refused.get(charge_id, "")
        return ChargeAnswer(charge_id, decision.fate, code)
    return ChargeAnswer(
        charge_id, decision.fate, "", row.tier, row.list_price_fen, row.delivery_fee_fen,
        row.subsidy_fen, row.allowance_fen, row.charity_fen, row.own_fen, row.cash_fen, row.shares,
        row.policy_id,
    )  # fmt: skip
