"""POST /api/stops/outcome: what happened at a stop, recorded once."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from litestar import post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body

from api import clock
from api.auth import Person, Role, needs
from api.day.handover import ArrivalRecord, record_arrivals
from api.failures import ApiError, BadRequest, DayLocked, NotFound, NotYours
from api.handlers.route_reading import stop_view
from api.handlers.visits import Visit, house_of, strict_json
from api.house import House
from api.schemas import OutcomeRequest, Problem, StopView
from kitchen.day_tables import DayRecord, RouteStop
from kitchen.kinds import StopOutcome
from kitchen.tables import Site

WHOLE = frozenset({StopOutcome.DELIVERED, StopOutcome.LEFT_WITH_NEIGHBOUR})
NOTHING = frozenset({StopOutcome.NOT_HOME, StopOutcome.REFUSED, StopOutcome.NOT_REACHED})


@dataclass(eq=False)
class OutcomeConflict(ApiError):
    """A stop whose outcome is recorded already, and differently; ``recorded`` is that outcome."""

    code: ClassVar[str] = "api.outcome_conflict"
    site_id: str
    recorded: str


_EXAMPLE = {
    "site_id": "s-12",
    "day": "2026-11-20",
    "period": "LUNCH",
    "received": 38,
    "outcome": "SHORT",
    "reason": "一箱翻倒",
    "arrival_temp_dc": 655,
}
OneOutcome = Annotated[
    OutcomeRequest, Body(examples=[Example(summary="two meals short", value=_EXAMPLE)])
]


@post(
    "/api/stops/outcome",
    guards=[needs(Role.DRIVER)],
    before_request=strict_json(OutcomeRequest),
    sync_to_thread=True,
    status_code=200,
    responses={
        404: ResponseSpec(Problem, description="no such stop"),
        409: ResponseSpec(Problem, description="recorded differently before, or the day is closed"),
    },
)
def post_outcome(request: Visit, data: OneOutcome) -> StopView:
    """Record what a stop received. Sending the same again is harmless."""
    return record_outcome(house_of(request), request.user, data)


def record_outcome(house: House, person: Person, said: OutcomeRequest) -> StopView:
    """Store an outcome; the close of the day names what was not received as a leak, with this reason.

    Raises:
        NotFound: no such stop.
        NotYours: another vehicle's stop.
        BadRequest: figures and outcome contradict each other.
        DayLocked: the day is closed.
        OutcomeConflict: recorded before, and differently.
    """
    key = (said.site_id, said.day, said.period)
    with house.database.write(actor=person.username, action="stop.outcome") as session:
        stop = session.get(RouteStop, key, with_for_update=True)
        if stop is None:
            raise NotFound("stop", said.site_id)
        if stop.vehicle_id != person.scope:
            raise NotYours(person.role)
        fault = contradiction(said, stop.loaded)
        if fault:
            raise BadRequest(fault, f"{said.received} / {stop.loaded}")
        if stop.outcome is None:
            record = session.get(DayRecord, said.day)
            if record is not None and record.closed_at is not None:
                raise DayLocked(said.day.isoformat())
            record_arrivals(session, said.day, [_record(said)])
        elif (stop.received, stop.outcome, stop.reason, stop.arrival_temp_dc) != _content(said):
            raise OutcomeConflict(said.site_id, stop.outcome)
        return stop_view(stop, session.get_one(Site, said.site_id))


def contradiction(said: OutcomeRequest, loaded: int) -> str:
    """Which field contradicts the others, or ""."""
    if said.received > loaded:
        return "received"
    if (said.received == loaded) != (said.outcome in WHOLE) and loaded:
        return "outcome"
    if said.outcome in NOTHING and said.received:
        return "received"
    return "reason" if said.outcome is not StopOutcome.DELIVERED and not said.reason.strip() else ""


def _content(said: OutcomeRequest) -> tuple[int, str, str, int | None]:
    return said.received, said.outcome, said.reason.strip(), said.arrival_temp_dc


def _record(said: OutcomeRequest) -> ArrivalRecord:
    return ArrivalRecord(
        site_id=said.site_id,
        period=said.period,
        received=said.received,
        outcome=said.outcome,
        reason=said.reason.strip(),
        arrival_temp_dc=said.arrival_temp_dc,
        recorded_at=clock.now(),
    )
