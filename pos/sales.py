"""The decision of the till: what each request becomes. Pure; requests are decided one after another.

A batch is decided against a ``Desk``: everything the batch may touch, read at once. Each posted charge
changes the desk before the next is decided, so a batch gives the same answers as its requests one by one.

A charge made on line is refused when a rule says no, and the elder pays otherwise. A charge made off line is a
meal that was eaten: it is posted whatever we learn later, at the price that is right by then, and what the till
collected too little or too much is *disputed*, with its reason. Nothing is dropped.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from pos.corrections import (
    correct_after_void,
    correct_later_meals,
    standing_now,
    take_back,
)
from pos.desk import Decision, Desk, Fate, OrderFact, Refuse, Sale, TillFact
from pos.effects import enter
from pos.errors import PosError
from pos.identify import Eater, identify
from pos.kinds import DeviceState
from pos.paying import Serving, pay
from pos.requests import ChargeRequest, Outside, ReversalRequest, content_hash
from pos.rows import VOID, new_charge

FUTURE = timedelta(minutes=10)
"""How far a till's clock may be ahead of the server's."""


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
    desk.counters.setdefault(_place(sale), request.charge_id)
    return decision


def _place(sale: Sale) -> tuple[str, int, int]:
    return sale.request.device_id, sale.request.epoch, sale.request.counter


def _answer(sale: Sale, till: TillFact | None, desk: Desk, *, digest: str) -> Decision:
    site_id = till.site_id if till else ""
    try:
        if till is None:
            raise Refuse("sale.device_unknown")
        if isinstance(sale.request, ReversalRequest):
            return _reverse(sale, sale.request, till, desk=desk, digest=digest)
        return _charge(sale, sale.request, till, desk=desk, digest=digest)
    except Refuse as refusal:
        code, detail = refusal.code, refusal.detail
    except PosError as error:  # a forged card, no policy in force ...: its own code and fields
        code, detail = error.code, {k: _shown(v) for k, v in vars(error).items()}
    return Decision(sale, Fate.REFUSED, digest, site_id, code, detail, voided=_voided(sale, desk))


def _voided(sale: Sale, desk: Desk) -> str:
    """The charge that a void kept from being made, if it has not come yet."""
    request = sale.request
    if not isinstance(request, ReversalRequest) or not request.void:
        return ""
    if request.origin_id in desk.sold or request.origin_id in desk.known:
        return ""
    desk.known[request.origin_id] = VOID
    return request.origin_id


def _shown(value: object) -> object:
    """A field of an error as it is stored: numbers as they are, several values in one line."""
    if isinstance(value, tuple | list):
        return ", ".join(str(item) for item in value)
    return value if isinstance(value, int) else str(value)


def _charge(
    sale: Sale, request: ChargeRequest, till: TillFact, *, desk: Desk, digest: str
) -> Decision:
    offline = request.offline is not None
    doubts = _till_doubts(sale, till, desk, offline=offline)
    meal = till.site_id, sale.day, request.period
    if sale.day in desk.closed_days or meal in desk.closed:
        _object("sale.meal_closed", {"site_id": till.site_id}, doubts if offline else None)
    eater = identify(sale, request, desk)
    order_id = _order(sale, request, (till, eater), desk=desk, doubts=doubts)
    outside = _outside(request, desk, doubts)
    serving = Serving(till, eater, order_id, outside, tuple(doubts))
    payment = pay(sale, request, serving, desk)
    desk.references.update((str(part.provider), part.reference) for part in outside)
    row = new_charge(sale, till.site_id, eater.who, payment, digest=digest)
    row["order_id"] = order_id
    enter(row, desk)
    later = correct_later_meals(row, eater.member, desk) if offline else ()
    return Decision(
        sale, Fate.POSTED, digest, till.site_id, rows=(row, *later), outside=outside
    )  # fmt: skip


def _reverse(
    sale: Sale, request: ReversalRequest, till: TillFact, *, desk: Desk, digest: str
) -> Decision:
    doubts = _till_doubts(sale, till, desk, offline=request.offline)
    sold = desk.sold.get(request.origin_id)
    if sold is None:
        raise Refuse("sale.origin_unknown", {"origin_id": request.origin_id})
    sold = standing_now(sold, desk)
    day, period = sold.row["business_day"], sold.row["period"]
    if sold.row["site_id"] != till.site_id:
        raise Refuse("sale.origin_elsewhere", {"origin_id": request.origin_id})
    if not sale.by_office:
        if day != sale.day:
            _object("sale.reversal_late", {"day": str(day)}, doubts if request.offline else None)
        if day in desk.closed_days or (till.site_id, day, period) in desk.closed:
            detail = {"site_id": till.site_id}
            _object("sale.meal_closed", detail, doubts if request.offline else None)
    outside = _fresh(request.outside, desk)
    rows = take_back(sale, request, sold, desk=desk, digest=digest)
    rows[0]["doubts"] = ",".join(doubts)
    desk.references.update((str(part.provider), part.reference) for part in outside)
    for row in rows:
        enter(row, desk)
    if request.void:
        rows += correct_after_void(sold.row, desk)
    return Decision(
        sale, Fate.POSTED, digest, till.site_id, rows=rows, outside=outside, period=period
    )


def _object(code: str, detail: Mapping[str, object], doubts: list[str] | None) -> None:
    """Refuse, or, for what has happened off line already, note the code."""
    if doubts is None:
        raise Refuse(code, detail)
    doubts.append(code)


def _till_doubts(sale: Sale, till: TillFact, desk: Desk, *, offline: bool) -> list[str]:
    """Refuse what a till must not send; what it did off line is noted instead."""
    request, doubts = sale.request, [sale.clock_code] if sale.clock_code else []
    allowed = doubts if offline else None
    if _place(sale) in desk.counters and not sale.by_office:
        _object("sale.counter_reused", {"charge_id": desk.counters[_place(sale)]}, allowed)
    stale = request.epoch > till.epoch or (request.epoch < till.epoch and not offline)
    if stale and not sale.by_office:
        raise Refuse("sale.epoch_stale", {"epoch": request.epoch, "enrolled": till.epoch})
    if till.state is not DeviceState.LIVE:
        _object("sale.device_revoked", {"device_id": till.device_id}, allowed)
    if sale.at > desk.now + FUTURE:
        raise Refuse("sale.in_future", {"occurred_at": sale.at.isoformat()})
    return doubts


def _order(
    sale: Sale,
    request: ChargeRequest,
    at: tuple[TillFact, Eater],
    *,
    desk: Desk,
    doubts: list[str],
) -> str | None:
    """The order a charge fulfils: for that order's person, place and meal, and only once."""
    order_id, (till, eater) = request.order_id, at
    if order_id is None:
        return None
    allowed = doubts if request.offline else None
    order = desk.orders.get(order_id)
    wanted = OrderFact(eater.who.senior_id or "", till.site_id, sale.day, request.period)
    code = ""
    if order is None:
        code = "sale.order_unknown"
    elif order != wanted:
        code = "sale.order_mismatch"
    elif order_id in desk.charged_orders:
        code = "sale.order_charged"
    if not code:
        return order_id
    _object(code, {"order_id": order_id}, allowed)
    return None


def _outside(request: ChargeRequest, desk: Desk, doubts: list[str]) -> tuple[Outside, ...]:
    """The outside payments that count: each reference pays once."""
    try:
        fresh = _fresh(request.outside, desk)
    except Refuse as refusal:
        if request.offline is None:
            raise
        doubts.append(refusal.code)
        used = desk.references
        fresh = tuple({
            (str(p.provider), p.reference): p
            for p in request.outside
            if (str(p.provider), p.reference) not in used
        }.values())  # fmt: skip
    return fresh


def _fresh(parts: tuple[Outside, ...], desk: Desk) -> tuple[Outside, ...]:
    seen: set[tuple[str, str]] = set()
    for part in parts:
        key = str(part.provider), part.reference
        if key in desk.references or key in seen:
            raise Refuse("sale.reference_used", {"reference": part.reference})
        seen.add(key)
    return parts
