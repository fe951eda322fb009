"""POST /api/charges: one charge or a batch; the refusal is stored before it is answered."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select

from api import clock
from api.auth import Person, Role, needs
from api.charging import BATCH, ChargeAnswer, charge
from api.errors import refusal
from api.failures import BadRequest, DatabaseBusy, NotYours
from api.handlers.visits import BATCH_BODY_BYTES, Visit, house_of, strict_json
from api.house import House
from api.schemas import ChargeReply, Problem
from pos.desk import Fate
from pos.requests import ChargeRequest
from pos.tables import Device, Refusal

BATCH_LIMIT = 500
ATTEMPTS = 12
RETRY_S = 0.01
# A till clock may be days off; a year outside these is a fault of the till, and would overflow time zones.
FIRST_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(2100, 1, 1, tzinfo=UTC)

_EXAMPLE = {
    "charge_id": "till-7-1-42",
    "device_id": "till-7",
    "epoch": 1,
    "counter": 42,
    "occurred_at": "2026-11-20T11:05:00+08:00",
    "period": "LUNCH",
    "basket": [{"name": "午餐套餐", "category": "set", "unit_price_fen": 1500, "quantity": 1}],
}
OneRequest = Annotated[
    ChargeRequest, Body(examples=[Example(summary="a guest's lunch", value=_EXAMPLE)])
]
Batch = Annotated[list[ChargeRequest], msgspec.Meta(min_length=1, max_length=BATCH_LIMIT)]
ManyRequests = Annotated[
    list[ChargeRequest],
    Body(
        min_items=1,
        max_items=BATCH_LIMIT,
        examples=[Example(summary="one guest's lunch", value=[_EXAMPLE])],
    ),
]


@post(
    "/api/charges",
    guards=[needs(Role.CASHIER)],
    before_request=strict_json(ChargeRequest),
    sync_to_thread=True,
    status_code=200,
    responses={
        409: ResponseSpec(ChargeReply, description="the id was used for another charge"),
        422: ResponseSpec(ChargeReply, description="refused, and stored with its reason"),
        400: ResponseSpec(Problem, description="the body cannot be used"),
    },
)
def post_charge(request: Visit, data: OneRequest) -> Response[ChargeReply]:
    """Charge one meal. Sending the same body again gives the stored answer and charges nothing."""
    reply = charge_as(house_of(request), request.user, [data])[0]
    return Response(reply, status_code=_status(reply))


@post(
    "/api/charges/batch",
    guards=[needs(Role.CASHIER)],
    before_request=strict_json(Batch),
    request_max_body_size=BATCH_BODY_BYTES,
    sync_to_thread=True,
    status_code=200,
    responses={400: ResponseSpec(Problem, description="the body cannot be used")},
)
def post_charges(request: Visit, data: ManyRequests) -> list[ChargeReply]:
    """Charge up to 500 meals in their order; one answer each, in the same order."""
    return charge_as(house_of(request), request.user, data)


def _status(reply: ChargeReply) -> int:
    if reply.fate == Fate.CONFLICT:
        return 409
    return 422 if reply.code else 200


def charge_as(house: House, person: Person, requests: Sequence[ChargeRequest]) -> list[ChargeReply]:
    """Charge for a cashier, whose devices stand at the own site.

    A device that nobody enrolled is no secret: its charge is refused and stored like any other.

    Raises:
        NotYours: a device of another site.
        BadRequest: a moment without time zone or of an impossible year.
        DatabaseBusy: other writers were in the way again and again.
    """
    for index, request in enumerate(requests):
        _check_moment(request.occurred_at, index)
    with house.database.read() as session:
        _check_devices(session, person, {request.device_id for request in requests})
    answers: list[ChargeAnswer] = []
    for start in range(0, len(requests), BATCH):
        answers += _charge_patiently(house, requests[start : start + BATCH])
    with house.database.read() as session:
        return _replies(session, answers)


def _check_moment(moment: datetime, index: int) -> None:
    try:
        possible = moment.tzinfo is not None and FIRST_MOMENT <= moment < LAST_MOMENT
    except OverflowError:
        possible = False
    if not possible:
        raise BadRequest(f"[{index}].occurred_at", "2020 - 2100, +08:00 / Z")


def _check_devices(session: Session, person: Person, devices: set[str]) -> None:
    found = session.exec(select(Device.site_id).where(col(Device.device_id).in_(devices)))
    if set(found) - {person.scope}:
        raise NotYours(person.role)


def _charge_patiently(house: House, requests: Sequence[ChargeRequest]) -> list[ChargeAnswer]:
    """Charge one transaction's worth, again from the start when another writer was quicker.

    Two tills may send one id, or spend one purse, at the same moment; PostgreSQL then lets one win and
    tells the other, whose second look finds what the first has stored.
    """
    for attempt in range(ATTEMPTS):
        try:
            return charge(house, requests, posted_at=clock.now())
        except (IntegrityError, OperationalError, StaleDataError):
            time.sleep(RETRY_S * attempt)
    raise DatabaseBusy(round(RETRY_S * sum(range(ATTEMPTS))) or 1)


def _replies(session: Session, answers: Sequence[ChargeAnswer]) -> list[ChargeReply]:
    coded = {answer.charge_id for answer in answers if answer.code}
    stored = session.exec(select(Refusal).where(col(Refusal.charge_id).in_(coded)))
    details = {(row.charge_id, row.code): row.detail for row in stored}
    return [_reply(answer, details.get((answer.charge_id, answer.code), {})) for answer in answers]


def _reply(answer: ChargeAnswer, detail: dict[str, object]) -> ChargeReply:
    fields = msgspec.structs.asdict(answer)
    if answer.code:
        why = refusal(answer.code, detail)
        fields |= {"zh": why.zh, "en": why.en}
    return ChargeReply(**fields)
