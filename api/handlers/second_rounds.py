"""Second rounds over HTTP: a site asks for more meals while it serves, and says what arrived."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery

from api import clock
from api.auth import Role, needs
from api.day.second_rounds import MoreMeals, ask_for_more, receive_more, rounds_of
from api.failures import NotYours
from api.handlers.scopes import checked_day, own_kitchen, sites_of
from api.handlers.visits import Visit, house_of, strict_json
from api.schemas import Line, Problem
from kitchen.kinds import MealPeriod
from kitchen.safety_tables import SecondRound
from kitchen.tables import Site

OneId = Annotated[
    str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")
]
AT_SITES = needs(Role.CASHIER, Role.KITCHEN, Role.COUNTY)
UNKNOWN = ResponseSpec(Problem, description="the site serves no such meal that day")
CLOSED = ResponseSpec(Problem, description="the day is closed")


class MoreRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A site asks for more meals now; sent again with the same id it gets the same answer."""

    round_id: OneId
    site_id: Line
    day: date
    period: MealPeriod
    meals: Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class ReceivedRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What arrived of a second round."""

    round_id: OneId
    received: Annotated[int, msgspec.Meta(ge=0, le=1_000)]


class SecondRoundView(msgspec.Struct, frozen=True):
    """An ask and its answer: meals granted and why not all, the van, leaving and arriving (seconds), what came."""

    round_id: str
    kitchen_id: str
    site_id: str
    day: date
    period: MealPeriod
    asked: int
    granted: int
    refusal: str
    asked_s: int
    vehicle_id: str
    leave_s: int | None
    arrive_s: int | None
    received: int | None


def round_view(row: SecondRound) -> SecondRoundView:
    """A stored ask as it leaves the house."""
    return SecondRoundView(
        row.round_id, row.kitchen_id, row.site_id, row.day, MealPeriod(row.period), row.asked,
        row.granted, row.refusal, row.asked_s, row.vehicle_id, row.leave_s, row.arrive_s,
        row.received,
    )  # fmt: skip


_MORE = {
    "round_id": "r-1", "site_id": "s-12", "day": "2026-11-23", "period": "LUNCH", "meals": 6,
}  # fmt: skip
MoreBody = Annotated[MoreRequest, Body(examples=[Example(summary="six more", value=_MORE)])]
ReceivedBody = Annotated[
    ReceivedRequest,
    Body(examples=[Example(summary="all came", value={"round_id": "r-1", "received": 6})]),
]


@get("/api/second-rounds", guards=[AT_SITES], sync_to_thread=True)
def get_rounds(
    request: Visit, day: FromQuery[str], kitchen: FromQuery[str] = ""
) -> tuple[SecondRoundView, ...]:
    """The asks of a kitchen's sites on a day; a cashier sees those of the own site."""
    with house_of(request).database.read() as session:
        own = sites_of(session, request.user)
        site = session.get(Site, request.user.scope)
        if request.user.role is Role.CASHIER and site is not None:
            chosen = site.kitchen_id
        else:
            chosen = own_kitchen(session, request.user, kitchen)
        rows = rounds_of(session, chosen, checked_day(day))
        return tuple(round_view(row) for row in rows if own is None or row.site_id in own)


@post(
    "/api/second-rounds", guards=[AT_SITES], before_request=strict_json(MoreRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN, 409: CLOSED},
)  # fmt: skip
def post_round(request: Visit, data: MoreBody) -> SecondRoundView:
    """Ask for more meals; the answer says how many come, with which van and when, or why not."""
    day, by, now = checked_day(data.day.isoformat()), request.user.username, clock.now()
    said = MoreMeals(
        data.round_id, data.site_id, day, data.period, data.meals,
        min(max(0, clock.seconds(day, now)), 86_399),
    )  # fmt: skip
    with house_of(request).database.write(actor=by, action="second_round.ask") as session:
        own = sites_of(session, request.user)
        if own is not None and data.site_id not in own:
            raise NotYours(request.user.role)
        return round_view(ask_for_more(session, said, by=by, now=now))


@post(
    "/api/second-rounds/received", guards=[AT_SITES], before_request=strict_json(ReceivedRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN, 409: CLOSED},
)  # fmt: skip
def post_received(request: Visit, data: ReceivedBody) -> SecondRoundView:
    """Write down what arrived of a second round."""
    by = request.user.username
    with house_of(request).database.write(actor=by, action="second_round.received") as session:
        own = sites_of(session, request.user)
        return round_view(receive_more(session, data.round_id, data.received, site_ids=own))


ENDPOINTS = (get_rounds, post_round, post_received)
