"""What an enrolled till asks and sends: greeting, rules, card list, records. No cookie, no person."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, Parameter

from api import clock
from api.charging import Submission
from api.device_auth import device_of, needs_device
from api.failures import NotYours
from api.handlers.charges import batcher_of, check_moments, reply_of
from api.handlers.visits import BATCH_BODY_BYTES, house_of, strict_json
from api.schemas import ChargeReply, Problem
from api.snapshots import list_bytes, newest_list
from api.till_talk import RulesReply, greet, rules_of, seat_of
from pos.requests import ChargeRecord, ReversalRecord
from pos.till.ports import Hello

MOST_RECORDS = 200
Held = Annotated[int, Parameter(ge=0, le=2_000_000_000, description="number of the list it holds")]
AnyRequest = Request[Any, Any, Any]


class Upload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Records of a till's log, in the order they were made."""

    records: Annotated[
        list[ChargeRecord | ReversalRecord], msgspec.Meta(min_length=1, max_length=MOST_RECORDS)
    ]


_EXAMPLE = {
    "records": [
        {
            "kind": "charge",
            "charge_id": "till-7-2-42-k3v9qx",
            "device_id": "till-7",
            "epoch": 2,
            "counter": 42,
            "occurred_at": "2026-11-20T11:05:00+08:00",
            "period": "LUNCH",
            "basket": [{"name": "午餐套餐", "category": "set", "unit_price_fen": 1500}],
            "offline": {"snapshot_seq": 12, "cash_fen": 1500},
        }
    ]
}
Records = Annotated[
    Upload,
    Body(examples=[Example(summary="a guest's lunch, handed over off line", value=_EXAMPLE)]),
]


@get("/api/till/hello", guards=[needs_device], sync_to_thread=True)
def get_hello(request: AnyRequest) -> Hello:
    """Epoch, the last number seen of this till, the time with its proof, and the newest card list's number."""
    return greet(house_of(request), device_of(request).device_id, now=clock.now())


@get("/api/till/rules", guards=[needs_device], sync_to_thread=True)
def get_rules(request: AnyRequest) -> RulesReply:
    """The policy's fields, the site's meals, and how far the till may go off line."""
    return rules_of(house_of(request), device_of(request).device_id, now=clock.now())


@get("/api/till/snapshot", guards=[needs_device], sync_to_thread=True)
def get_snapshot(request: AnyRequest, have: Held = 0) -> Response[bytes]:
    """The signed card list of the site's policy: what changed since list ``have``, or the whole of it."""
    house, now = house_of(request), clock.now()
    with house.database.read() as session:
        seat = seat_of(session, device_of(request).device_id, now=now)
    newest_list(house, seat.policy, now=now)
    content = list_bytes(house, seat.policy, county=seat.county, have=have)
    return Response(content, media_type="application/octet-stream")


@post(
    "/api/till/upload",
    guards=[needs_device],
    before_request=strict_json(Upload),
    request_max_body_size=BATCH_BODY_BYTES,
    status_code=200,
    responses={
        400: ResponseSpec(Problem, description="the body cannot be used"),
        403: ResponseSpec(Problem, description="a record of another till"),
    },
)
async def post_upload(request: AnyRequest, data: Records) -> list[ChargeReply]:
    """Take 1 to 200 records in their order; one answer each. Sending them again changes nothing."""
    device = device_of(request)
    if any(record.device_id != device.device_id for record in data.records):
        raise NotYours("device")
    for index, record in enumerate(data.records):
        check_moments(record, index)
    # The batcher keeps the order of one submission: a later record may need an earlier one.
    submission = Submission(tuple(data.records), site_id=device.site_id)
    return [reply_of(one) for one in await batcher_of(request).charge(submission)]
