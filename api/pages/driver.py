"""The driver's page: the van's stops in order, where they are, and what happened there."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from api.auth import Role, needs
from api.failures import BadRequest
from api.geo import wgs84_to_gcj02
from api.handlers.route_reading import read_stops
from api.handlers.scopes import checked_day, shown_day
from api.handlers.stops import record_outcome
from api.handlers.visits import Visit, house_of
from api.pages.rendering import go, page
from api.schemas import Line, OutcomeRequest, PlaceView, StopView
from kitchen.kinds import MealPeriod, StopOutcome
from kitchen.tables import Vehicle
from pos.requests import Id

LEAST_C, MOST_C = -40, 120


class OutcomeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form of a stop sends; ``temp_c`` is degrees with at most one decimal, or empty."""

    site_id: Id
    day: Annotated[str, msgspec.Meta(max_length=10)]
    period: MealPeriod
    received: Annotated[int, msgspec.Meta(ge=0, le=100_000)]
    outcome: StopOutcome
    reason: Line = ""
    temp_c: Annotated[str, msgspec.Meta(max_length=8)] = ""
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One round of the van: its stops in order."""

    kitchen_id: str
    period: str
    route_no: int
    depart_s: int
    stops: tuple[StopView, ...]

    @property
    def boxes(self) -> int:
        """Boxes to load."""
        return sum(stop.boxes for stop in self.stops)

    @property
    def meals(self) -> int:
        """Meals to load."""
        return sum(stop.loaded for stop in self.stops)


@get("/driver", guards=[needs(Role.DRIVER)], sync_to_thread=True)
def show_driver(request: Visit, day: FromQuery[str | None] = None) -> Response[str]:
    """The van's rounds of a day."""
    with house_of(request).database.read() as session:
        shown = shown_day(session, day)
        stops = read_stops(session, shown, request.user)
        vehicle = session.get(Vehicle, request.user.scope)
    return page(
        request,
        "driver.html",
        day=shown,
        plate=vehicle.plate if vehicle else request.user.scope,
        rounds=rounds_of(stops),
        map_link=amap_link,
        geo_link=geo_link,
        outcomes=list(StopOutcome),
    )


@post("/driver/outcome", guards=[needs(Role.DRIVER)], sync_to_thread=True, status_code=200)
def outcome_from_form(
    request: Visit,
    data: URLEncodedBody[OutcomeForm],
) -> Redirect:
    """Record a stop and go back to the list."""
    day: date = checked_day(data.day)
    said = OutcomeRequest(
        site_id=data.site_id,
        day=day,
        period=data.period,
        received=data.received,
        outcome=data.outcome,
        reason=data.reason,
        arrival_temp_dc=tenths(data.temp_c),
    )
    record_outcome(house_of(request), request.user, said)
    return go("/driver", day=day.isoformat())


def tenths(text: str) -> int | None:
    """``65.5`` as 655 tenths of a degree; nothing for an empty text.

    Raises:
        BadRequest: no such number, or no temperature food can have.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    whole, _, part = text.partition(".")
    digits = whole.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 3 and part in _TENTHS):
        raise BadRequest("temp_c", text)
    value = (int(digits) * 10 + int(part or 0)) * (-1 if whole.startswith("-") else 1)
    if not LEAST_C * 10 <= value <= MOST_C * 10:
        raise BadRequest("temp_c", text)
    return value


_TENTHS = frozenset({"", *"0123456789"})


def rounds_of(stops: Iterable[StopView]) -> tuple[Round, ...]:
    """Stops grouped to rounds, in the order of departure."""
    groups: dict[tuple[str, str, int], list[StopView]] = {}
    for stop in stops:
        groups.setdefault((stop.kitchen_id, stop.period, stop.route_no), []).append(stop)
    return tuple(Round(*key, group[0].depart_s, tuple(group)) for key, group in groups.items())


def amap_link(place: PlaceView) -> str:
    """Navigation in AMap, which wants GCJ-02; "" when the place has no coordinate."""
    if place.lat is None or place.lon is None:
        return ""
    lat, lon = wgs84_to_gcj02(place.lat, place.lon)
    name = quote(place.name.replace(",", " "), safe="")
    return (
        f"https://uri.amap.com/navigation?to={lon:.6f},{lat:.6f},{name}&mode=car&coordinate=gaode"
    )


def geo_link(place: PlaceView) -> str:
    """The place for any map program (RFC 5870, WGS-84); "" without coordinate."""
    if place.lat is None or place.lon is None:
        return ""
    return f"geo:{place.lat:.6f},{place.lon:.6f}"
