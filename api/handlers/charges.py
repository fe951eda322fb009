"""POST /api/charges: one charge or a batch; the refusal is stored before it is answered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body
from sqlmodel import col, select

from api.auth import Person, Role, needs
from api.batcher import Batcher
from api.charging import Answered, Submission
from api.errors import refusal
from api.failures import BadRequest, NotYours
from api.handlers.visits import BATCH_BODY_BYTES, Visit, house_of, strict_json
from api.house import House
from api.schemas import ChargeReply, Problem
from kitchen.tables import Site
from pos.desk import Fate
from pos.requests import ChargeRequest, ReversalRequest
from pos.requests import Request as TillRequest
from pos.tables import Device

BATCH_LIMIT = 500
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
    status_code=200,
    responses={
        409: ResponseSpec(ChargeReply, description="the id was used for another charge"),
        422: ResponseSpec(ChargeReply, description="refused, and stored with its reason"),
        400: ResponseSpec(Problem, description="the body cannot be used"),
    },
)
async def post_charge(request: Visit, data: OneRequest) -> Response[ChargeReply]:
    """Charge one meal. Sending the same body again gives the stored answer and charges nothing."""
    (reply,) = await charge_as(batcher_of(request), request.user, [data])
    return Response(reply, status_code=status_of(reply))


@post(
    "/api/charges/batch",
    guards=[needs(Role.CASHIER)],
    before_request=strict_json(Batch),
    request_max_body_size=BATCH_BODY_BYTES,
    status_code=200,
    responses={400: ResponseSpec(Problem, description="the body cannot be used")},
)
async def post_charges(request: Visit, data: ManyRequests) -> list[ChargeReply]:
    """Charge up to 500 meals in their order; one answer each, in the same order."""
    return await charge_as(batcher_of(request), request.user, data)


_REVERSAL = {
    "charge_id": "till-7-1-43",
    "origin_id": "till-7-1-42",
    "device_id": "till-7",
    "epoch": 1,
    "counter": 43,
    "occurred_at": "2026-11-20T11:09:00+08:00",
    "reason": "取错餐",
    "returned": [{"line": 0, "quantity": 1}],
}


@post(
    "/api/reversals",
    guards=[needs(Role.CASHIER, Role.TOWNSHIP)],
    before_request=strict_json(ReversalRequest),
    status_code=200,
    responses={
        409: ResponseSpec(ChargeReply, description="the id was used for something else"),
        422: ResponseSpec(ChargeReply, description="refused, and stored with its reason"),
        400: ResponseSpec(Problem, description="the body cannot be used"),
    },
)
async def post_reversal(
    request: Visit,
    data: Annotated[
        ReversalRequest, Body(examples=[Example(summary="one portion comes back", value=_REVERSAL)])
    ],
) -> Response[ChargeReply]:
    """Take back a charge, or some portions of it.

    A cashier does so at the own site on the same day; a township clerk at any site of the township, later too.
    """
    person = request.user
    check_moments(data, 0)
    if person.role is Role.TOWNSHIP:
        await sync_to_thread(_check_township, house_of(request), person, data.device_id)
        submission = Submission((data,), office=person.username)
    else:
        submission = Submission((data,), site_id=person.scope)
    (answered,) = await batcher_of(request).charge(submission)
    reply = reply_of(answered)
    return Response(reply, status_code=status_of(reply))


def _check_township(house: House, person: Person, device_id: str) -> None:
    with house.database.read() as session:
        query = select(Site.township_code).join(Device, col(Device.site_id) == col(Site.site_id))
        found = session.exec(query.where(col(Device.device_id) == device_id)).first()
    if found is not None and found != person.scope:
        raise NotYours(person.role)


def batcher_of(request: Request[Any, Any, Any]) -> Batcher:
    """The batcher of this server."""
    batcher: Batcher = request.app.state.batcher
    return batcher


def status_of(reply: ChargeReply) -> int:
    """409 for a conflict, 422 for a refusal, else 200."""
    if reply.fate == Fate.CONFLICT:
        return 409
    return 422 if reply.code else 200


async def charge_as(
    batcher: Batcher, person: Person, requests: Sequence[ChargeRequest]
) -> list[ChargeReply]:
    """Charge for a cashier, whose devices stand at the own site.

    A device that nobody enrolled is no secret: its charge is refused and stored like any other.

    Raises:
        NotYours: a device of another site.
        BadRequest: a moment without time zone or of an impossible year.
        DatabaseBusy: other writers were in the way again and again.
    """
    answered = await batcher.charge(submission_of(person, requests))
    return [reply_of(one) for one in answered]


def submission_of(person: Person, requests: Sequence[TillRequest]) -> Submission:
    """What a cashier sends, when its moments are possible ones.

    Raises:
        BadRequest: a moment without time zone or of an impossible year.
    """
    for index, request in enumerate(requests):
        check_moments(request, index)
    return Submission(tuple(requests), site_id=person.scope)


def check_moments(request: TillRequest, index: int) -> None:
    """Every moment of a request is a possible one.

    Raises:
        BadRequest: one without time zone or of an impossible year.
    """
    _check_moment(request.occurred_at, f"[{index}].occurred_at")
    if request.clock is not None:
        _check_moment(request.clock.server_at, f"[{index}].clock.server_at")


def _check_moment(moment: datetime, where: str) -> None:
    try:
        possible = moment.tzinfo is not None and FIRST_MOMENT <= moment < LAST_MOMENT
    except OverflowError:
        possible = False
    if not possible:
        raise BadRequest(where, "2020 - 2100, +08:00 / Z")


def reply_of(answered: Answered) -> ChargeReply:
    """The answer as it leaves, with the sentence that says why nothing was charged."""
    fields = msgspec.structs.asdict(answered.answer)
    if answered.answer.code:
        why = refusal(answered.answer.code, answered.detail)
        fields |= {"zh": why.zh, "en": why.en}
    return ChargeReply(**fields)
