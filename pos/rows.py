"""The rows that a decision leaves behind: charges, their reversals, what replaces them, refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from kitchen.kinds import MealPeriod
from pos.desk import Decision, Row, Sale
from pos.kinds import Buyer, ChargeState, Identification, PurseKind
from pos.quote import Quote, stage_rows
from pos.requests import BasketItem, ChargeRequest
from pos.tender import Tender

SET = "set"
AMOUNTS = (
    "list_price_fen", "delivery_fee_fen", "subsidy_fen", "meal_subsidy_fen", "allowance_fen",
    "charity_fen", "own_fen", "plan_fen", "cash_fen", "outside_fen", "disputed_fen",
)  # fmt: skip
VOID = "void"
"""Stands for the content of a charge that was voided before it arrived: whatever comes is a conflict."""
SERVER = 0
"""Epoch and counter of rows that no till numbered."""


@dataclass(frozen=True, slots=True)
class Who:
    """The person of a charge and how they were recognised."""

    buyer: Buyer
    identified_by: Identification = Identification.NONE
    senior_id: str | None = None
    card_serial: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """The price of a charge, who pays it, and what is not certain about it."""

    quote: Quote
    tender: Tender
    dispute_code: str = ""
    doubts: tuple[str, ...] = field(default=())


def meals_of(basket: tuple[BasketItem, ...]) -> int:
    """How many meals a basket is: its sets, or one when it holds single dishes only."""
    return sum(item.quantity for item in basket if item.category == SET) or 1


def new_charge(sale: Sale, site_id: str, who: Who, payment: Payment, *, digest: str) -> Row:
    """The row of a charge as the till asked for it: every column but ``posted_at``."""
    request = sale.request
    assert isinstance(request, ChargeRequest)  # noqa: S101  # narrows; reversals have their own row
    return {
        "charge_id": request.charge_id,
        "content_hash": digest,
        "card_serial": who.card_serial,
        "senior_id": who.senior_id,
        "identified_by": who.identified_by,
        "site_id": site_id,
        "device_id": request.device_id,
        "epoch": request.epoch,
        "counter": request.counter,
        "business_day": sale.day,
        "period": request.period,
        "occurred_at": sale.at,
        "state": ChargeState.POSTED,
        "origin_id": None,
        "order_id": request.order_id,
        "basket": msgspec.to_builtins(request.basket),
        "meals": meals_of(request.basket),
        "buyer": who.buyer,
        "offline": request.offline is not None,
        "replaces_id": None,
        "note": "",
        **money_columns(payment),
    }


def money_columns(payment: Payment) -> Row:
    """The columns that say the price, its stages, and who pays."""
    paid = payment.tender
    return {
        **_priced_columns(payment.quote),
        "allowance_fen": paid.from_kind(PurseKind.ALLOWANCE),
        "charity_fen": paid.from_kind(PurseKind.CHARITY),
        "own_fen": paid.from_kind(PurseKind.OWN),
        "cash_fen": paid.cash_fen,
        "outside_fen": paid.outside_fen,
        "disputed_fen": paid.disputed_fen,
        "dispute_code": payment.dispute_code,
        "doubts": ",".join(payment.doubts),
        "draws": {draw.purse_id: draw.amount_fen for draw in paid.draws},
    }


_columns: dict[int, tuple[Quote, Row]] = {}
_MOST_COLUMNS = 20_000


def _priced_columns(quote: Quote) -> Row:
    """What a quote says, remembered: many sales share one quote. Nobody changes these values."""
    found = _columns.get(id(quote))
    if found is not None and found[0] is quote:
        return found[1]
    columns: Row = {
        "subsidised": quote.counts,
        "tier": quote.tier,
        "list_price_fen": quote.list_price_fen,
        "delivery_fee_fen": quote.delivery_fee_fen,
        "subsidy_fen": quote.subsidy_fen,
        "meal_subsidy_fen": quote.meal_subsidy_fen,
        "plan_fen": quote.plan_fen,
        "shares": {str(funder): fen for funder, fen in quote.shares.items()},
        "policy_id": quote.policy_id,
        "stages": stage_rows(quote.stages),
    }
    if len(_columns) >= _MOST_COLUMNS:
        _columns.clear()
    _columns[id(quote)] = quote, columns
    return columns


def reversal_of(row: Row, charge_id: str, *, note: str, **changed: Any) -> Row:
    """The row that takes back a charge: every amount negated, nothing else changed but what is named."""
    return {
        **row,
        **{name: -row[name] for name in AMOUNTS},
        "charge_id": charge_id,
        "state": ChargeState.REVERSAL,
        "origin_id": row["charge_id"],
        "replaces_id": None,
        "epoch": SERVER,
        "counter": SERVER,
        "meals": -row["meals"],
        "draws": {purse: -fen for purse, fen in row["draws"].items()},
        "shares": {funder: -fen for funder, fen in row["shares"].items()},
        "dispute_code": row["dispute_code"],
        "note": note,
        **changed,
    }


def replacement_of(
    row: Row, charge_id: str, basket: tuple[BasketItem, ...], payment: Payment, *, note: str
) -> Row:
    """The row that stands in the place of a reversed charge: same person, meal and moment, new price."""
    return {
        **row,
        "charge_id": charge_id,
        "replaces_id": row["charge_id"],
        "epoch": SERVER,
        "counter": SERVER,
        "basket": msgspec.to_builtins(basket),
        "meals": meals_of(basket),
        "note": note,
        **money_columns(payment),
    }


def basket_of(row: Row) -> tuple[BasketItem, ...]:
    """The basket of a stored charge."""
    return msgspec.convert(row["basket"], tuple[BasketItem, ...])


def refusal_row(decision: Decision) -> dict[str, object]:
    """The stored row of a refused request: every column of ``pos.tables.Refusal``."""
    request = decision.sale.request
    meal: Row = {"order_id": None, "meals": 0, "handed_over": False}
    period: MealPeriod | str = decision.period
    if isinstance(request, ChargeRequest):
        period = request.period
        meal = {
            "order_id": request.order_id,
            "meals": meals_of(request.basket),
            "handed_over": request.home_delivery or request.offline is not None,
        }
    return {
        "charge_id": request.charge_id,
        "content_hash": decision.content_hash,
        "site_id": decision.site_id,
        "device_id": request.device_id,
        "epoch": request.epoch,
        "counter": request.counter,
        "business_day": decision.sale.day,
        "period": period,
        "occurred_at": decision.sale.at,
        "code": decision.code,
        "detail": dict(decision.detail),
        **meal,
    }


def void_row(decision: Decision) -> dict[str, object]:
    """The row that keeps a voided charge from ever being made: its id is known, with other content."""
    return refusal_row(decision) | {
        "charge_id": decision.voided,
        "content_hash": VOID,
        "epoch": SERVER,
        "counter": SERVER,
        "code": "sale.voided",
    }


def posted_row(row: Row, posted_at: datetime) -> Mapping[str, Any]:
    """A decided row with the moment it is stored."""
    return {**row, "posted_at": posted_at}
