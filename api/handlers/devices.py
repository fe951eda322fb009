"""What a till asks for itself: enrolment, a new epoch, the time. No cookie, no form token, no person."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body

from api import clock
from api.device_auth import device_of, needs_device
from api.devices import enrol, new_epoch
from api.handlers.visits import house_of, strict_json
from api.pace import Pace
from api.schemas import Problem
from pos.till_clock import clock_proof

ENROL_TRIES = 10
"""Tries a minute for the whole process: eight characters of thirty are out of reach at that pace."""
WHOLE_PROCESS = "*"

Code = Annotated[str, msgspec.Meta(min_length=8, max_length=20)]
DeviceName = Annotated[
    str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")
]
AnyRequest = Request[Any, Any, Any]


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one-time code as a person typed it (blanks, hyphens and small letters do no harm)."""

    code: Code
    device_name: DeviceName | None = None


_EXAMPLE = {"code": "K7MP 3XWD", "device_name": "门口平板"}
OneEnrolment = Annotated[
    EnrolRequest, Body(examples=[Example(summary="as it was read out", value=_EXAMPLE)])
]


class EnrolReply(msgspec.Struct, frozen=True):
    """What makes a till ours. ``token`` is told this once; ``now`` and ``proof`` start its clock."""

    device_id: str
    site_id: str
    epoch: int
    token: str
    now: datetime
    proof: str


class EpochReply(msgspec.Struct, frozen=True):
    """The epoch that the till's next charge carries, with counters from 1."""

    epoch: int


class TimeReply(msgspec.Struct, frozen=True):
    """The server's time and its proof, which a till sends with its charges (``clock``)."""

    now: datetime
    proof: str


@post(
    "/api/devices/enrol",
    before_request=strict_json(EnrolRequest),
    sync_to_thread=True,
    status_code=200,
    responses={
        401: ResponseSpec(Problem, description="the code is used, expired or unknown"),
        429: ResponseSpec(Problem, description="too many tries on this server"),
    },
)
def post_enrol(request: AnyRequest, data: OneEnrolment) -> EnrolReply:
    """Turn a one-time code into a till's token. The epoch grows, and an older token of the till is dead."""
    now = clock.now()
    pace: Pace = request.app.state.enrolments
    pace.step(WHOLE_PROCESS, now)
    made = enrol(house_of(request), data.code, name=data.device_name, now=now)
    return EnrolReply(
        made.device_id, made.site_id, made.epoch, made.token, made.server_at, made.proof
    )


@post("/api/till/epoch", guards=[needs_device], sync_to_thread=True, status_code=200)
def post_epoch(request: AnyRequest) -> EpochReply:
    """A new epoch for a till that was restored or installed again and may repeat its counters."""
    return EpochReply(new_epoch(house_of(request), device_of(request).device_id))


@get("/api/till/time", guards=[needs_device], sync_to_thread=False)
def get_time(request: AnyRequest) -> TimeReply:
    """The time that counts, with the server's proof that it told it to this till."""
    now = clock.now()
    key = house_of(request).secrets.search_key
    return TimeReply(now, clock_proof(key, device_of(request).device_id, now))
