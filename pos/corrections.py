"""Taking back: whole charges, some portions of one, and the subsidy of a meal that was not the first.

A charge is never changed. It is reversed as a whole, and what is left of it is charged again in the same
transaction by a row that names it (``replaces_id``); so every charge stands whole or not at all.
"""

from collections.abc import Sequence
from dataclasses import replace

from pos.desk import Desk, Member, Refuse, Row, Sale, Sold
from pos.effects import enter
from pos.kinds import PurseKind
from pos.money import format_yuan
from pos.paying import dispute_code, due_of, history_before, moment_key, pots_of
from pos.policy import Policy
from pos.pricing import Basket, BasketLine, Quote, price, price_less
from pos.quote import stages_from_rows
from pos.requests import BasketItem, ReversalRequest
from pos.rows import Payment, basket_of, replacement_of, reversal_of
from pos.tender import Draw, Pot, Tender, TenderRules, tender


def take_back(
    sale: Sale, request: ReversalRequest, sold: Sold, *, desk: Desk, digest: str
) -> tuple[Row, ...]:
    """The rows of a reversal: the charge negated and, after a partial return, the rest charged again.

    Raises:
        Refuse: a charge that is reversed already, that is a reversal, or more portions than were sold.
    """
    row = sold.row
    if row["origin_id"] is not None:
        raise Refuse("sale.origin_is_reversal", {"origin_id": row["charge_id"]})
    if sold.reversed_by is not None:
        raise Refuse("sale.already_reversed", {"reversed_by": sold.reversed_by})
    undone = reversal_of(
        row, request.charge_id, note=request.reason, content_hash=digest, occurred_at=sale.at,
        device_id=request.device_id, epoch=request.epoch, counter=request.counter,
        offline=request.offline,
    )  # fmt: skip
    rest = _rest(basket_of(row), request)
    if rest:
        new = _replacement(row, rest, desk)
        back_fen = row["outside_fen"] - new["outside_fen"]
        _give_back(undone, request, from_outside_fen=back_fen, kept_fen=new["outside_fen"])
        return undone, new
    _give_back(undone, request, from_outside_fen=row["outside_fen"], kept_fen=0)
    return (undone,)


def _rest(basket: Sequence[BasketItem], request: ReversalRequest) -> tuple[BasketItem, ...]:
    """What is left of a basket; nothing when everything came back."""
    if not request.returned:
        return ()
    left = [item.quantity for item in basket]
    for back in request.returned:
        if back.line >= len(left) or back.quantity > left[back.line]:
            raise Refuse("sale.returned_too_much", {"line": back.line, "quantity": back.quantity})
        left[back.line] -= back.quantity
    return tuple(
        BasketItem(item.name, item.category, item.unit_price_fen, quantity)
        for item, quantity in zip(basket, left, strict=True)
        if quantity
    )


def _replacement(row: Row, rest: tuple[BasketItem, ...], desk: Desk) -> Row:
    """The rest of a charge at its stored entitlement, paid by what had paid it: last paid, first given back."""
    policy = next(p for p in desk.policies if p.policy_id == row["policy_id"])
    quote = price_less(stages_from_rows(row["stages"]), _basket(row, rest), policy)
    paid_fen = (
        row["list_price_fen"] + row["delivery_fee_fen"] - row["subsidy_fen"] - row["plan_fen"]
    )
    if quote.due_fen > paid_fen:
        raise Refuse("sale.return_costs", {"more": format_yuan(quote.due_fen - paid_fen)})
    pots = [Pot(draw.purse_id, draw.kind, draw.amount_fen) for draw in _draws(row, desk)]
    outside_fen = min(row["outside_fen"], quote.due_fen)
    rules = TenderRules(policy.purse_order, policy.allowance.scopes, outside_fen)
    paid = tender(due_of(quote), pots, rules, day=row["business_day"])
    cash_fen = min(paid.cash_fen, max(row["cash_fen"], 0))
    paid = replace(paid, cash_fen=cash_fen, disputed_fen=paid.cash_fen - cash_fen)
    code = row["dispute_code"] if paid.disputed_fen else ""
    doubts = tuple(filter(None, row["doubts"].split(",")))
    payment = Payment(quote, paid, code, doubts)
    return replacement_of(row, next_id(row["charge_id"]), rest, payment, note="rest")


def _basket(row: Row, items: tuple[BasketItem, ...]) -> Basket:
    lines = tuple(BasketLine(i.category, i.unit_price_fen, i.quantity) for i in items)
    delivered = any(stage["name"] == "DELIVERY_FEE" for stage in row["stages"])
    return Basket(row["business_day"], row["period"], lines, delivered=delivered)


def _draws(row: Row, desk: Desk) -> list[Draw]:
    return [
        Draw(purse_id, desk.purse(row["senior_id"], purse_id).kind, fen)
        for purse_id, fen in row["draws"].items()
    ]


def standing_now(sold: Sold, desk: Desk) -> Sold:
    """What stands in the place of a charge that was only priced again because an earlier meal was found.

    A till knows nothing of that and names the charge it has made.
    """
    while sold.reversed_by == next_id(sold.row["charge_id"]):
        sold = desk.sold[next_id(sold.row["charge_id"], 2)]
    return sold


def next_id(charge_id: str, step: int = 1) -> str:
    """An id for what follows a charge: its own with a number, which only ever grows ("c7", "c7~1", "c7~2")."""
    stem, _, number = charge_id.partition("~")
    return f"{stem}~{int(number or 0) + step}"


def _give_back(
    undone: Row, request: ReversalRequest, *, from_outside_fen: int, kept_fen: int
) -> None:
    """Outside money goes back under the provider's reference; without one it is given back in cash."""
    refunded_fen = sum(part.amount_fen for part in request.outside)
    if refunded_fen > from_outside_fen:
        detail = {"paid": format_yuan(from_outside_fen), "back": format_yuan(refunded_fen)}
        raise Refuse("sale.refund_too_much", detail)
    undone["outside_fen"] = -refunded_fen - kept_fen
    undone["cash_fen"] -= from_outside_fen - refunded_fen


def correct_later_meals(first: Row, member: Member | None, desk: Desk) -> tuple[Row, ...]:
    """Price again the person's later meals of the day, now that an earlier one was found; they are entered.

    Who eats first is first, whichever till was off line: a later meal whose price changes is reversed and
    charged again. What it then costs more is taken from the purses that had paid it or from own money; what
    they do not hold is disputed, never asked for twice.
    """
    if member is None or not first["subsidised"]:
        return ()
    used = desk.prior[member.senior_id, first["business_day"]]
    stored = [desk.sold[one].row for one in used if one in desk.sold]
    return _all_again(stored, first, member, desk=desk)


def correct_after_void(voided: Row, desk: Desk) -> tuple[Row, ...]:
    """Price again what a person ate later on the day of a charge that was never answered, and is void now.

    It had used up a right, though no meal was handed over for it: nobody pays more because of that.
    """
    member = desk.members.get(voided["senior_id"])
    if member is None or not voided["subsidised"]:
        return ()
    eaten = (voided["senior_id"], voided["business_day"])
    stored = [
        sold.row
        for sold in desk.sold.values()
        if sold.reversed_by is None
        and sold.row["origin_id"] is None
        and (sold.row["senior_id"], sold.row["business_day"]) == eaten
    ]
    return _all_again(stored, voided, member, desk=desk)


def _all_again(stored: Sequence[Row], first: Row, member: Member, *, desk: Desk) -> tuple[Row, ...]:
    later = sorted((r for r in stored if moment_key(r) > moment_key(first)), key=moment_key)
    rows: list[Row] = []
    for row in later:
        rows += _priced_again(row, member, desk)
    return tuple(rows)


def _priced_again(row: Row, member: Member, desk: Desk) -> tuple[Row, ...]:
    policy = next(p for p in desk.policies if p.policy_id == row["policy_id"])
    day, basket = row["business_day"], basket_of(row)
    on_plan = (member.senior_id, f"{day:%Y-%m}") in desk.plans
    history = history_before(member.senior_id, day, moment_key(row), desk)
    quote = price(_basket(row, basket), member.diner, history, policy, on_plan=on_plan)
    if {str(k): v for k, v in quote.shares.items()} == row["shares"] and (
        quote.plan_fen == row["plan_fen"]
    ):
        return ()
    note = f"later_than:{member.senior_id}"
    undone = reversal_of(row, next_id(row["charge_id"]), note=note, content_hash="")
    kinds = {draw.kind for draw in _draws(row, desk)}
    enter(undone, desk)
    paid = _billed(row, quote, policy, kinds=kinds | {PurseKind.OWN} if kinds else kinds, desk=desk)
    payment = Payment(quote, paid, dispute_code(quote, paid, ""))
    new = replacement_of(row, next_id(row["charge_id"], 2), basket, payment, note=note)
    enter(new, desk)
    return undone, new


def _billed(row: Row, quote: Quote, policy: Policy, *, kinds: set[PurseKind], desk: Desk) -> Tender:
    """What was collected stays collected; purses give the rest, and what they lack is disputed."""
    rules = TenderRules(
        order=tuple(kind for kind in policy.purse_order if kind in kinds),
        allowance_scope=policy.allowance.scopes,
        outside_fen=row["outside_fen"],
        collected_fen=row["cash_fen"],
    )
    pots = pots_of(row["senior_id"], None, desk)
    return tender(due_of(quote), pots, rules, day=row["business_day"])
