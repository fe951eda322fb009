"""Price and tender of one charge: the policy prices it, purses and outside money pay, cash takes the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pos.desk import Desk, Refuse, Row, Sale, TillFact
from pos.identify import Eater
from pos.kinds import PurseKind
from pos.money import format_yuan
from pos.policy import Policy, policy_for
from pos.pricing import (
    GUEST,
    NO_HISTORY,
    Basket,
    BasketLine,
    Due,
    History,
    Quote,
    Reason,
    Standing,
    Tender,
    price_standing,
    standing_of,
)
from pos.requests import BasketItem, ChargeRequest, Outside
from pos.rows import Payment
from pos.tender import Pot, TenderRules, tender

SHORT, OVER, SECOND_MEAL = "dispute.short", "dispute.over", "dispute.second_meal"


@dataclass(frozen=True, slots=True)
class Serving:
    """Who is served at which till, for which order, the outside money that counts, and what is doubtful."""

    till: TillFact
    eater: Eater
    order_id: str | None
    outside: tuple[Outside, ...]
    doubts: tuple[str, ...]


def pay(sale: Sale, request: ChargeRequest, serving: Serving, desk: Desk) -> Payment:
    """What a charge costs and who pays it.

    Raises:
        Refuse: outside payments above what is due, at a till on line.
        NoPolicyInForce: nothing says what the meal costs.
    """
    eater = serving.eater
    policy = policy_for(desk.policies, serving.till.places, sale.day)
    basket = basket_value(sale, request.basket, request)
    member = eater.member
    if member is None:
        quote, pots = quoted(basket, GUEST, NO_HISTORY, policy), []
    else:
        # An offline meal counts from the moment it was eaten: later ones do not stand before it.
        before = (sale.at, request.charge_id) if request.offline else None
        history = history_before(member.senior_id, sale.day, before, desk)
        on_plan = (member.senior_id, f"{sale.day:%Y-%m}") in desk.plans
        standing = standing_of(member.diner, sale.day, policy)
        quote = quoted(basket, standing, history, policy, on_plan=on_plan)
        pots = pots_of(member.senior_id, serving.order_id, desk)
    outside_fen = sum(part.amount_fen for part in serving.outside)
    if outside_fen > quote.due_fen and request.offline is None:
        detail = {"due": format_yuan(quote.due_fen), "paid": format_yuan(outside_fen)}
        raise Refuse("sale.overpaid", detail)
    rules = TenderRules(
        order=_order(request, policy),
        allowance_scope=policy.allowance.scopes,
        outside_fen=outside_fen,
        limits=_limits(request),
        collected_fen=request.offline.cash_fen if request.offline else None,
    )
    paid = tender(due_of(quote), pots, rules, day=sale.day)
    return Payment(quote, paid, dispute_code(quote, paid, eater.doubt), serving.doubts)


_quotes: dict[tuple[object, ...], tuple[Policy, Quote]] = {}
_MOST_QUOTES = 20_000


def quoted(
    basket: Basket, standing: Standing, history: History, policy: Policy, *, on_plan: bool = False
) -> Quote:
    """``price_standing``, remembered: at lunch nearly everybody buys the same meal under the same tier."""
    key = (id(policy), basket, standing, history, on_plan)
    found = _quotes.get(key)
    if found is not None and found[0] is policy:
        return found[1]
    quote = price_standing(basket, standing, history, policy, on_plan=on_plan)
    if len(_quotes) >= _MOST_QUOTES:
        _quotes.clear()
    _quotes[key] = policy, quote
    return quote


def _order(request: ChargeRequest, policy: Policy) -> tuple[PurseKind, ...]:
    if request.purses is None:
        return tuple(policy.purse_order)
    return tuple(kind for kind in policy.purse_order if kind in request.purses)


def _limits(request: ChargeRequest) -> Mapping[PurseKind, int] | None:
    return None if request.own_limit_fen is None else {PurseKind.OWN: request.own_limit_fen}


def basket_value(sale: Sale, items: Iterable[BasketItem], request: ChargeRequest) -> Basket:
    """The basket as the pricing rules take it."""
    lines = tuple(BasketLine(i.category, i.unit_price_fen, i.quantity) for i in items)
    return Basket(sale.day, request.period, lines, delivered=request.home_delivery)


def history_before(
    senior_id: str, day: date, before: tuple[datetime, str] | None, desk: Desk
) -> History:
    """The rights that a senior used up on the day and in the month, by meals eaten ``before`` (None: all)."""
    used = desk.prior.get((senior_id, day), {})
    today = {
        charge_id: meal
        for charge_id, meal in used.items()
        if before is None
        or charge_id not in desk.sold
        or moment_key(desk.sold[charge_id].row) < before
    }
    later_fen = sum(m.meal_subsidy_fen for c, m in used.items() if c not in today)
    month_fen = desk.month_fen.get((senior_id, f"{day:%Y-%m}"), 0) - later_fen
    day_fen = sum(meal.meal_subsidy_fen for meal in today.values())
    return History(tuple(today.values()), max(month_fen, day_fen))


def moment_key(row: Row) -> tuple[datetime, str]:
    """The order in which meals were eaten."""
    return row["occurred_at"], row["charge_id"]


def pots_of(senior_id: str, order_id: str | None, desk: Desk) -> list[Pot]:
    """A senior's purses; what is held for this very order may be spent."""
    held = desk.holds.get(order_id, {}) if order_id is not None else {}
    return [p.pot(held.get(p.purse_id, 0)) for p in desk.purses.get(senior_id, ())]


def due_of(quote: Quote) -> Due:
    """What the eater pays of a quote."""
    return Due(quote.meal_due_fen, quote.delivery_due_fen)


def dispute_code(quote: Quote, paid: Tender, doubt: str) -> str:
    """Why what a till collected is not what is due; "" when it is."""
    if not paid.disputed_fen:
        return ""
    if paid.disputed_fen < 0:
        return OVER
    if doubt:
        return doubt
    return SECOND_MEAL if quote.reason is Reason.SECOND_IN_PERIOD else SHORT
