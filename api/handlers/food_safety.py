"""Food safety over HTTP: pots, readings, what was done about deviations, samples."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery

from api import clock
from api.auth import Role, needs
from api.day.cooking import BatchRecord, record_pot
from api.day.menu import stored_book
from api.day.safety import Done, Reading, act, read_safety, record_readings
from api.day.samples import SampleTaken, discard_sample, kept_samples, take_samples
from api.handlers.scopes import checked_day, own_kitchen, shown_day
from api.handlers.visits import Visit, house_of, strict_json
from api.safety_views import SafetyView, safety_view
from api.schemas import Line, Problem
from kitchen.safety import CheckKind, Remedy

READERS = needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)
WRITERS = needs(Role.KITCHEN, Role.COUNTY)
Tenths = Annotated[int, msgspec.Meta(ge=-500, le=2_500)]
Portions = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=129_600)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
CLOSED = ResponseSpec(Problem, description="the day is closed")
UNKNOWN = ResponseSpec(Problem, description="nothing of that name in this kitchen's day")


class PotRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a pot gave; ``finished_s`` is when it was ready, seconds after midnight of its day."""

    batch_id: Line
    made_portions: Portions
    core_temp_dc: Tenths | None = None
    finished_s: Seconds | None = None
    short_reason: Line = ""
    kitchen_id: Line = ""


class ShortView(msgspec.Struct, frozen=True):
    """Grams of an ingredient that the pot needed and no shelf knew of."""

    ingredient_id: str
    grams: int


class PotAnswer(msgspec.Struct, frozen=True):
    """The pot is written down; what the shelves did not know of."""

    batch_id: str
    short: tuple[ShortView, ...]


class CheckRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reading of a day; ``subject`` is a batch id, SITE-PERIOD, or the name of a refrigerator."""

    check_id: Annotated[
        str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")
    ]
    day: date
    kind: CheckKind
    subject: Line
    temp_dc: Tenths
    at: Moment
    note: Line = ""
    kitchen_id: Line = ""


class ActionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about a deviation; ``portions`` of its pot were thrown away."""

    day: date
    code: Line
    subject: Line
    remedy: Remedy
    note: Line
    portions: Portions = 0
    kitchen_id: Line = ""


class SampleRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample of a pot: grams, and where it stands."""

    batch_id: Line
    grams: Annotated[int, msgspec.Meta(ge=1, le=5_000)]
    place: Line
    kitchen_id: Line = ""


class DiscardRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample that was thrown away; ``early``: it is gone before its time."""

    sample_id: Line
    early: bool = False
    kitchen_id: Line = ""


class SampleKept(msgspec.Struct, frozen=True):
    """The id of a sample."""

    sample_id: str


_POT = {"batch_id": "122-K01-20261123-LUNCH-001", "made_portions": 40, "core_temp_dc": 782}
_CHECK = {
    "check_id": "f1-0600", "day": "2026-11-23", "kind": "FRIDGE", "subject": "冷藏柜", "temp_dc": 41,
    "at": "2026-11-23T06:00:00+08:00",
}  # fmt: skip
_ACTION = {
    "day": "2026-11-23", "code": "arrival_temperature", "subject": "s-12-LUNCH",
    "remedy": "EATEN_IN_TIME", "note": "11:20 前吃完",
}  # fmt: skip
_SAMPLE = {"batch_id": "122-K01-20261123-LUNCH-001", "grams": 125, "place": "留样冰箱 2 层"}
PotBody = Annotated[PotRequest, Body(examples=[Example(summary="a pot", value=_POT)])]
CheckBody = Annotated[
    CheckRequest, Body(examples=[Example(summary="a refrigerator", value=_CHECK)])
]
ActionBody = Annotated[
    ActionRequest, Body(examples=[Example(summary="eaten in time", value=_ACTION)])
]
SampleBody = Annotated[SampleRequest, Body(examples=[Example(summary="a sample", value=_SAMPLE)])]
DiscardBody = Annotated[
    DiscardRequest,
    Body(
        examples=[
            Example(summary="after 48 h", value={"sample_id": "S-122-K01-20261123-LUNCH-001"})
        ]
    ),
]


@get("/api/safety", guards=[READERS], sync_to_thread=True)
def get_safety(
    request: Visit, day: FromQuery[str | None] = None, kitchen: FromQuery[str] = ""
) -> SafetyView:
    """A kitchen's day: deviations, readings, until when to eat, and the samples it keeps."""
    now = clock.now()
    with house_of(request).database.read() as session:
        chosen = own_kitchen(session, request.user, kitchen)
        safety = read_safety(session, chosen, shown_day(session, day), now)
        kept = kept_samples(session, chosen)
        return safety_view(session, safety, kept, book=stored_book(session), now=now)


@post(
    "/api/pots", guards=[WRITERS], before_request=strict_json(PotRequest), sync_to_thread=True,
    status_code=200, responses={404: UNKNOWN, 409: CLOSED},
)  # fmt: skip
def post_pot(request: Visit, data: PotBody) -> PotAnswer:
    """Write a pot down: portions, core temperature, when it was ready. Said again it is corrected."""
    house = house_of(request)
    with house.database.read() as session:
        chosen = own_kitchen(session, request.user, data.kitchen_id)
        book = stored_book(session)
    record = BatchRecord(
        data.batch_id, data.made_portions, data.core_temp_dc, data.short_reason, data.finished_s
    )
    by = request.user.username
    short = record_pot(house, record, kitchen_id=chosen, book=book, by=by, now=clock.now())
    return PotAnswer(data.batch_id, tuple(ShortView(one.ingredient_id, one.grams) for one in short))


@post(
    "/api/checks", guards=[WRITERS], before_request=strict_json(CheckRequest), sync_to_thread=True,
    status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_check(request: Visit, data: CheckBody) -> CheckRequest:
    """Write a reading down. The same ``check_id`` again changes nothing."""
    day, by = checked_day(data.day.isoformat()), request.user.username
    reading = Reading(data.check_id, data.kind, data.subject, data.temp_dc, data.at, data.note)
    with house_of(request).database.write(actor=by, action="safety.check") as session:
        chosen = own_kitchen(session, request.user, data.kitchen_id)
        record_readings(session, chosen, day, [reading], by=by)
    return data


@post(
    "/api/deviations/action", guards=[WRITERS], before_request=strict_json(ActionRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN, 409: CLOSED},
)  # fmt: skip
def post_action(request: Visit, data: ActionBody) -> SafetyView:
    """Write down what was done about a deviation; the answer is the kitchen's day."""
    day, by, now = checked_day(data.day.isoformat()), request.user.username, clock.now()
    done = Done(data.remedy, data.note, by, now, data.portions)
    with house_of(request).database.write(actor=by, action="safety.action") as session:
        chosen = own_kitchen(session, request.user, data.kitchen_id)
        act(session, chosen, day, (data.code, data.subject), done)
    with house_of(request).database.read() as session:
        safety = read_safety(session, chosen, day, now)
        kept = kept_samples(session, chosen)
        return safety_view(session, safety, kept, book=stored_book(session), now=now)


@post(
    "/api/samples", guards=[WRITERS], before_request=strict_json(SampleRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_sample(request: Visit, data: SampleBody) -> SampleKept:
    """Write a retained sample down; a pot has one."""
    by = request.user.username
    taken = SampleTaken(data.batch_id, data.grams, data.place, clock.now())
    with house_of(request).database.write(actor=by, action="sample.take") as session:
        chosen = own_kitchen(session, request.user, data.kitchen_id)
        return SampleKept(take_samples(session, chosen, [taken], by=by)[0])


@post(
    "/api/samples/discard", guards=[WRITERS], before_request=strict_json(DiscardRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_discard(request: Visit, data: DiscardBody) -> SampleKept:
    """Write down that a sample was thrown away; before its time only with ``early``, which is a deviation."""
    by = request.user.username
    with house_of(request).database.write(actor=by, action="sample.discard") as session:
        chosen = own_kitchen(session, request.user, data.kitchen_id)
        discard_sample(
            session, chosen, data.sample_id, early=data.early, by=by, now=clock.now()
        )  # fmt: skip
    return SampleKept(data.sample_id)


ENDPOINTS = (get_safety, post_pot, post_check, post_action, post_sample, post_discard)
