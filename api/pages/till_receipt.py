"""The cashier's receipt page: who paid what by which rule, and taking a charge back."""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import PathParameter, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col, select

from api.auth import Person, Role, needs
from api.charging import Submission
from api.errors import Failure, refusal
from api.failures import NotFound, NotYours
from api.handlers.charges import batcher_of, reply_of
from api.handlers.visits import Visit, house_of
from api.labels import masked
from api.pages.rendering import go, page
from api.pages.till import numbering, till_number
from pos.desk import Fate
from pos.requests import Id, Returned, ReversalRequest, Words
from pos.tables import Charge, Refusal, Senior

# A charge made anew carries "~" and a number.
ChargeId = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_.:~-]+$", max_length=80)]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the result page shows of a stored charge; ``failure`` says why nothing was charged.

    ``reversed_by`` and ``replaced_by`` name what ended it and what stands in its place, ``replaces`` what it stands
    for; ``later`` says that another meal of the period turned out to be the first. ``reversal_id`` is the id for
    taking it back, made when the page is shown.
    """

    charge_id: str
    day: date
    period: str
    name: str
    tier: str
    meals: int
    price_fen: int
    payments: tuple[tuple[str, int], ...]
    stages: tuple[dict[str, Any], ...]
    policy_id: str
    failure: Failure | None = None
    reversal: bool = False
    reversed_by: str = ""
    replaced_by: str = ""
    replaces: str = ""
    later: bool = False
    reversal_id: str = ""


class ReversalForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form for taking back sends; ``quantity`` 0 means everything, else portions of the first line."""

    reversal_id: Id
    reason: Words
    quantity: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0
    csrf: str = ""


@get("/till/charges/{charge_id:str}", guards=[needs(Role.CASHIER)], sync_to_thread=True)
def show_charge(request: Visit, charge_id: ChargeId) -> Response[str]:
    """Who pays what of a stored charge, by which rule; or why it was refused."""
    with house_of(request).database.read() as session:
        receipt = _receipt(session, request.user, charge_id)
    return page(request, "till_result.html", receipt=receipt)


@post(
    "/till/charges/{charge_id:str}/reversal",
    guards=[needs(Role.CASHIER)],
    sync_to_thread=True,
    status_code=200,
)
def reverse_from_form(
    request: Visit, charge_id: ChargeId, data: URLEncodedBody[ReversalForm]
) -> Redirect | Response[str]:
    """Take a charge, or some portions of it, back and show what stands."""
    house, person = house_of(request), request.user
    with numbering:
        with house.database.read() as session:
            device_id, epoch, counter, at = till_number(session, person, data.reversal_id)
        wanted = ReversalRequest(
            charge_id=data.reversal_id,
            origin_id=charge_id,
            device_id=device_id,
            epoch=epoch,
            counter=counter,
            occurred_at=at,
            reason=data.reason,
            returned=(Returned(0, data.quantity),) if data.quantity else (),
        )
        batcher = batcher_of(request)
        reply = reply_of(batcher.charge_and_wait(Submission((wanted,), site_id=person.scope))[0])
    if reply.fate == Fate.CONFLICT:
        return page(request, "till_conflict.html", status_code=409, failure=refusal(reply.code, {}))
    return go(f"/till/charges/{data.reversal_id}")


def _receipt(session: Session, person: Person, charge_id: str) -> Receipt:
    charge = session.get(Charge, charge_id)
    if charge is None:
        return _refused_receipt(session, person, charge_id)
    if charge.site_id != person.scope:
        raise NotYours(person.role)
    senior = session.get(Senior, charge.senior_id) if charge.senior_id else None
    ended = _ended(session, charge_id)
    stands = _standing_for(session, charge)
    payments = _payments([charge, stands] if stands else [charge])
    return Receipt(
        charge_id=charge_id,
        day=charge.business_day,
        period=charge.period,
        name=masked(senior.name) if senior else "",
        tier=charge.tier,
        meals=charge.meals + (stands.meals if stands else 0),
        price_fen=sum(one.list_price_fen + one.delivery_fee_fen for one in (charge, stands) if one),
        payments=tuple((name, fen) for name, fen in payments if fen),
        stages=tuple(dict(stage) for stage in charge.stages),
        policy_id=charge.policy_id,
        reversal=charge.origin_id is not None,
        reversed_by=ended[0] if ended else "",
        replaced_by=stands.charge_id if stands else ended[1] if ended else "",
        replaces=charge.replaces_id or charge.origin_id or "",
        later=charge.note.startswith("later_than:"),
        reversal_id=f"web-{secrets.token_hex(12)}",
    )


def _standing_for(session: Session, charge: Charge) -> Charge | None:
    """What stands in the place of the charge that a reversal took back: only the difference moves."""
    if charge.origin_id is None:
        return None
    query = select(Charge).where(col(Charge.replaces_id) == charge.origin_id)
    return session.exec(query).first()


def _payments(charges: Sequence[Charge]) -> list[tuple[str, int]]:
    """What each payer gives (or, below zero, gets back) by these charges together."""
    total: Counter[str] = Counter()
    for charge in charges:
        total.update(charge.shares)
        total.update({name: getattr(charge, column) for column, name in _PAYERS.items()})
    names = [*dict.fromkeys(name for one in charges for name in one.shares), *_PAYERS.values()]
    return [(name, total[name]) for name in names]


_PAYERS = {
    "allowance_fen": "ALLOWANCE", "charity_fen": "CHARITY", "own_fen": "OWN", "plan_fen": "PLAN",
    "outside_fen": "OUTSIDE", "cash_fen": "CASH", "disputed_fen": "DISPUTED",
}  # fmt: skip


def _ended(session: Session, charge_id: str) -> tuple[str, str] | None:
    """The reversal of a charge, and the charge that stands in its place ("" for none)."""
    reversal = session.exec(
        select(Charge.charge_id).where(col(Charge.origin_id) == charge_id)
    ).first()
    if reversal is None:
        return None
    place = session.exec(
        select(Charge.charge_id).where(col(Charge.replaces_id) == charge_id)
    ).first()
    return reversal, place or ""


def _refused_receipt(session: Session, person: Person, charge_id: str) -> Receipt:
    row = session.get(Refusal, charge_id)
    if row is None:
        raise NotFound("charge", charge_id[:64])
    if row.site_id != person.scope:
        raise NotYours(person.role)
    why = refusal(row.code, row.detail)
    return Receipt(charge_id, row.business_day, row.period, "", "", 0, 0, (), (), "", failure=why)
