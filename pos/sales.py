"""The decision of the till: what each charge request becomes. Pure; requests are decided one after another.

A batch is decided against a ``Desk``: everything the batch may touch, read at once. Each posted charge
changes the desk before the next is decided, so a batch gives the same answers as its requests one by one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from kitchen.kinds import MealPeriod
from pos.card import KeyRing, read_card
from pos.errors import PosError
from pos.kinds import CardState, ChargeState, Identification, PurseKind, SeniorState
from pos.policy import Policy, Scope, policy_for
from pos.pricing import (
    Basket,
    BasketLine,
    Diner,
    Due,
    History,
    PriorMeal,
    Quote,
    Tender,
    price,
    stage_rows,
    tender,
)
from pos.requests import ChargeRequest

SET = "set"
FUTURE = timedelta(minutes=10)
"""How far a till's clock may be ahead of the server's."""
GONE = frozenset({SeniorState.DECEASED, SeniorState.MOVED})
_encode = msgspec.json.Encoder(order="deterministic").encode


class Fate(StrEnum):
    """What became of a request. REPEATED gives the stored answer; CONFLICT is an id used for two things."""

    POSTED = "POSTED"
    REFUSED = "REFUSED"
    REPEATED = "REPEATED"
    CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Member:
    """A senior as the till must know them; ``state_since`` is the first day of the state."""

    senior_id: str
    diner: Diner
    state: SeniorState
    state_since: date | None


@dataclass(frozen=True, slots=True)
class CardFact:
    """One issue of a card."""

    serial: str
    issue_no: int
    senior_id: str
    state: CardState


@dataclass(frozen=True, slots=True)
class TillFact:
    """A till, and the site, township and county whose policy prices its sales."""

    device_id: str
    epoch: int
    site_id: str
    places: tuple[tuple[Scope, str], ...]


@dataclass(frozen=True, slots=True)
class OrderFact:
    """A meal that was ordered: for whom, where and when."""

    senior_id: str
    site_id: str
    day: date
    period: MealPeriod


@dataclass(frozen=True, slots=True)
class Sale:
    """A request with the business day (Asia/Shanghai) of its moment."""

    request: ChargeRequest
    day: date


@dataclass(slots=True)
class Desk:
    """Everything a batch of charges may touch. Decisions change it; nothing else does.

    ``now`` bounds what may be charged; ``orders`` are the orders the batch names, ``charged_orders`` those that a
    standing charge has. ``known`` maps charge id -> content hash of what is stored; ``counters`` (device, epoch, counter) ->
    charge id; ``prior`` (senior, day) -> subsidised meals; ``month_fen`` (senior, "2026-11") -> meal
    subsidy; ``closed`` holds (site, day, period) no more charged for.
    """

    tills: Mapping[str, TillFact]
    members: Mapping[str, Member]
    cards: Mapping[tuple[str, int], CardFact]
    policies: Sequence[Policy]
    keys: KeyRing
    balances: dict[tuple[str, PurseKind], int]
    known: dict[str, str]
    counters: dict[tuple[str, int, int], str]
    now: datetime
    orders: Mapping[str, OrderFact] = field(default_factory=dict)
    charged_orders: set[str] = field(default_factory=set)
    closed_days: frozenset[date] = frozenset()
    closed: frozenset[tuple[str, date, MealPeriod]] = frozenset()
    prior: dict[tuple[str, date], list[PriorMeal]] = field(default_factory=dict)
    month_fen: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payment:
    """The price of a posted charge and who pays it."""

    quote: Quote
    tender: Tender


@dataclass(frozen=True, slots=True)
class Decision:
    """One request's fate. ``code`` and ``detail`` say why it was refused or conflicts."""

    sale: Sale
    fate: Fate
    content_hash: str
    site_id: str = ""
    senior_id: str | None = None
    card_serial: str | None = None
    identified_by: Identification = Identification.NONE
    payment: Payment | None = None
    code: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(eq=False)
class _Refuse(Exception):  # not an error: how a rule below leaves ``_decide_one``
    code: str
    detail: Mapping[str, object] = field(default_factory=dict)


def content_hash(request: ChargeRequest) -> str:
    """SHA-256 over everything a request says: tells a repetition from a conflict."""
    return hashlib.sha256(_encode(request)).hexdigest()


def decide(sales: Iterable[Sale], desk: Desk) -> list[Decision]:
    """Decide requests in their order, changing the desk as they post."""
    return [_decide_one(sale, desk) for sale in sales]


def _decide_one(sale: Sale, desk: Desk) -> Decision:
    request, digest = sale.request, content_hash(sale.request)
    stored = desk.known.get(request.charge_id)
    if stored is not None:
        fate = Fate.REPEATED if stored == digest else Fate.CONFLICT
        return Decision(sale, fate, digest, code="" if stored == digest else "sale.id_reused")
    till = desk.tills.get(request.device_id)
    decision = _answer(sale, till, desk, digest=digest)
    desk.known[request.charge_id] = digest
    desk.counters.setdefault(_place(request), request.charge_id)
    return decision


def _place(request: ChargeRequest) -> tuple[str, int, int]:
    return request.device_id, request.epoch, request.counter


def _answer(sale: Sale, till: TillFact | None, desk: Desk, *, digest: str) -> Decision:
    site_id = till.site_id if till else ""
    try:
        if till is None:
            raise _Refuse("sale.device_unknown")
        _check_meal(sale, till, desk)
        member, serial, how = _identify(sale, desk)
        _check_order(sale, till, member, desk=desk)
        payment = _pay(sale, till, member, desk=desk)
    except _Refuse as refusal:
        code, detail = refusal.code, refusal.detail
    except PosError as error:  # a forged card, no policy in force ...: its own code and fields
        code, detail = error.code, {k: _shown(v) for k, v in vars(error).items()}
    else:
        senior_id = member.senior_id if member else None
        _apply(sale, senior_id, payment, desk=desk)
        return Decision(sale, Fate.POSTED, digest, site_id, senior_id, serial, how, payment)
    return Decision(sale, Fate.REFUSED, digest, site_id, code=code, detail=detail)


def _shown(value: object) -> object:
    """A field of an error as it is stored: numbers as they are, several values in one line."""
    if isinstance(value, tuple | list):
        return ", ".join(str(item) for item in value)
    return value if isinstance(value, int) else str(value)


def _check_meal(sale: Sale, till: TillFact, desk: Desk) -> None:
    request = sale.request
    if _place(request) in desk.counters:
        raise _Refuse("sale.counter_reused", {"charge_id": desk.counters[_place(request)]})
    if request.epoch != till.epoch:
        raise _Refuse("sale.epoch_stale", {"epoch": request.epoch, "enrolled": till.epoch})
    if request.occurred_at > desk.now + FUTURE:
        raise _Refuse("sale.in_future", {"occurred_at": request.occurred_at.isoformat()})
    meal = till.site_id, sale.day, request.period
    if sale.day in desk.closed_days or meal in desk.closed:
        raise _Refuse("sale.meal_closed", {"site_id": till.site_id})


def _check_order(sale: Sale, till: TillFact, member: Member | None, *, desk: Desk) -> None:
    """A charge that names an order is for that order's person, place and meal, and only once."""
    order_id = sale.request.order_id
    if order_id is None:
        return
    order = desk.orders.get(order_id)
    if order is None:
        raise _Refuse("sale.order_unknown", {"order_id": order_id})
    who = member.senior_id if member else ""
    if order != OrderFact(who, till.site_id, sale.day, sale.request.period):
        raise _Refuse("sale.order_mismatch", {"order_id": order_id})
    if order_id in desk.charged_orders:
        raise _Refuse("sale.order_charged", {"order_id": order_id})


def _identify(sale: Sale, desk: Desk) -> tuple[Member | None, str | None, Identification]:
    """Who eats: by card, by look-up or order, or nobody known (a guest)."""
    request = sale.request
    if request.card_code is not None and request.senior_id is not None:
        raise _Refuse("sale.two_identities")
    serial = None
    if request.card_code is not None:
        fact = _live_card(request.card_code, desk)
        senior_id, serial, how = fact.senior_id, fact.serial, Identification.CARD
    elif request.senior_id is not None:
        senior_id = request.senior_id
        how = Identification.ORDER if request.order_id else Identification.LOOK_UP
    else:
        return None, None, Identification.NONE
    member = desk.members.get(senior_id)
    if member is None:
        raise _Refuse("sale.senior_unknown")
    since = member.state_since
    if member.state in GONE and (since is None or since <= sale.day):
        raise _Refuse(f"sale.senior_{member.state.lower()}")
    return member, serial, how


def _live_card(code: str, desk: Desk) -> CardFact:
    card = read_card(code, desk.keys)
    fact = desk.cards.get((card.serial, card.issue_no))
    if fact is None:
        raise _Refuse("sale.card_unknown", {"serial": card.serial})
    if fact.state is not CardState.LIVE:
        raise _Refuse("sale.card_revoked", {"serial": card.serial, "issue_no": card.issue_no})
    return fact


def _pay(sale: Sale, till: TillFact, member: Member | None, *, desk: Desk) -> Payment:
    request = sale.request
    policy = policy_for(desk.policies, till.places, sale.day)
    lines = tuple(BasketLine(i.category, i.unit_price_fen, i.quantity) for i in request.basket)
    basket = Basket(sale.day, request.period, lines, delivered=request.home_delivery)
    history, balances = History(), {}
    if member is not None:
        today = tuple(desk.prior.get((member.senior_id, sale.day), ()))
        month = desk.month_fen.get((member.senior_id, f"{sale.day:%Y-%m}"), 0)
        history = History(today, max(month, sum(meal.meal_subsidy_fen for meal in today)))
        balances = {kind: desk.balances.get((member.senior_id, kind), 0) for kind in PurseKind}
    quote = price(basket, member.diner if member else None, history, policy)
    due = Due(quote.meal_due_fen, quote.delivery_due_fen)
    scopes = policy.allowance.scopes
    paid = tender(due, balances, order=policy.purse_order, allowance_scope=scopes)
    return Payment(quote, paid)


def _apply(sale: Sale, senior_id: str | None, payment: Payment, *, desk: Desk) -> None:
    """What the next request of the batch must know of this one."""
    if sale.request.order_id is not None:
        desk.charged_orders.add(sale.request.order_id)
    if senior_id is None:
        return
    quote, paid = payment.quote, payment.tender
    for kind, amount in purse_amounts(paid).items():
        if amount:
            desk.balances[senior_id, kind] -= amount
    if quote.subsidised:
        meal = PriorMeal(sale.request.period, quote.meal_subsidy_fen)
        desk.prior.setdefault((senior_id, sale.day), []).append(meal)
        month = (senior_id, f"{sale.day:%Y-%m}")
        desk.month_fen[month] = desk.month_fen.get(month, 0) + quote.meal_subsidy_fen


def purse_amounts(paid: Tender) -> dict[PurseKind, int]:
    """What each purse pays, in fen."""
    return {
        PurseKind.ALLOWANCE: paid.allowance_fen,
        PurseKind.CHARITY: paid.charity_fen,
        PurseKind.OWN: paid.own_fen,
    }


def meals_of(request: ChargeRequest) -> int:
    """How many meals a basket is: its sets, or one when it holds single dishes only."""
    return sum(i.quantity for i in request.basket if i.category == SET) or 1


def charge_row(decision: Decision, posted_at: datetime) -> dict[str, object]:
    """The stored row of a posted charge: every column of ``pos.tables.Charge``.

    Raises:
        ValueError: when the decision is not POSTED.
    """
    if decision.payment is None:
        raise ValueError(decision.fate)
    request, quote, paid = decision.sale.request, decision.payment.quote, decision.payment.tender
    return {
        "charge_id": request.charge_id,
        "content_hash": decision.content_hash,
        "card_serial": decision.card_serial,
        "senior_id": decision.senior_id,
        "identified_by": decision.identified_by,
        "site_id": decision.site_id,
        "device_id": request.device_id,
        "epoch": request.epoch,
        "counter": request.counter,
        "business_day": decision.sale.day,
        "period": request.period,
        "occurred_at": request.occurred_at,
        "posted_at": posted_at,
        "state": ChargeState.POSTED,
        "origin_id": None,
        "order_id": request.order_id,
        "subsidised": quote.subsidised,
        "tier": quote.tier,
        "meals": meals_of(request),
        "basket": msgspec.to_builtins(request.basket),
        "list_price_fen": quote.list_price_fen,
        "delivery_fee_fen": quote.delivery_fee_fen,
        "subsidy_fen": quote.subsidy_fen,
        "meal_subsidy_fen": quote.meal_subsidy_fen,
        "allowance_fen": paid.allowance_fen,
        "charity_fen": paid.charity_fen,
        "own_fen": paid.own_fen,
        "cash_fen": paid.cash_fen,
        "shares": {str(funder): fen for funder, fen in quote.shares.items()},
        "policy_id": quote.policy_id,
        "stages": stage_rows(quote.stages),
    }


def refusal_row(decision: Decision) -> dict[str, object]:
    """The stored row of a refused request: every column of ``pos.tables.Refusal``."""
    request = decision.sale.request
    return {
        "charge_id": request.charge_id,
        "content_hash": decision.content_hash,
        "site_id": decision.site_id,
        "device_id": request.device_id,
        "epoch": request.epoch,
        "counter": request.counter,
        "business_day": decision.sale.day,
        "period": request.period,
        "occurred_at": request.occurred_at,
        "code": decision.code,
        "detail": dict(decision.detail),
        "order_id": request.order_id,
        "meals": meals_of(request),
        "handed_over": request.home_delivery,
    }
