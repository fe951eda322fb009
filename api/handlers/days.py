"""GET /api/days/{day} and what lies below it: each role sees its own part."""

from typing import Annotated

from litestar import MediaType, Response, get
from litestar.params import PathParameter

from api.auth import Role, needs
from api.handlers.day_reading import (
    read_charges,
    read_day,
    read_exceptions,
    read_forecast,
    read_production,
)
from api.handlers.route_reading import geojson, read_places, read_stops
from api.handlers.scopes import DAY_PATTERN, checked_day, sites_of
from api.handlers.visits import Visit, house_of
from api.schemas import (
    ChargesView,
    DayView,
    ExceptionView,
    FeatureCollection,
    ForecastView,
    ProductionView,
    RoutesView,
)

DayText = Annotated[
    str,
    PathParameter(
        pattern=DAY_PATTERN, max_length=10, description="business day, YYYY-MM-DD, 2000 to 2100"
    ),
]


@get("/api/days/{day:str}", guards=[needs(Role.COUNTY, Role.AUDITOR)], sync_to_thread=True)
def get_day(request: Visit, day: DayText) -> DayView:
    """The county's day: stages, conservation chain, breaks and number of exceptions."""
    with house_of(request).database.read() as session:
        return read_day(session, checked_day(day))


@get(
    "/api/days/{day:str}/forecast",
    guards=[needs(Role.CASHIER, Role.KITCHEN, Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def get_forecast(request: Visit, day: DayText) -> tuple[ForecastView, ...]:
    """Forecasts of the own sites with their reasons and locks."""
    with house_of(request).database.read() as session:
        return read_forecast(session, checked_day(day), sites_of(session, request.user))


@get(
    "/api/days/{day:str}/production",
    guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def get_production(request: Visit, day: DayText) -> ProductionView:
    """Batches, packing, purchases and reserves of the own kitchen."""
    person = request.user
    kitchen_id = person.scope if person.role is Role.KITCHEN else None
    with house_of(request).database.read() as session:
        return read_production(session, checked_day(day), kitchen_id)


_ROUTE_READERS = needs(
    Role.CASHIER, Role.DRIVER, Role.KITCHEN, Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR
)


@get("/api/days/{day:str}/routes", guards=[_ROUTE_READERS], sync_to_thread=True)
def get_routes(request: Visit, day: DayText) -> RoutesView:
    """Stops in driving order."""
    with house_of(request).database.read() as session:
        asked = checked_day(day)
        return RoutesView(asked, read_stops(session, asked, request.user))


@get("/api/days/{day:str}/routes.geojson", guards=[_ROUTE_READERS], sync_to_thread=True)
def get_routes_geojson(request: Visit, day: DayText) -> Response[FeatureCollection]:
    """The same stops and rounds as GeoJSON (WGS-84)."""
    with house_of(request).database.read() as session:
        stops = read_stops(session, checked_day(day), request.user)
        kitchens = read_places(session, {stop.kitchen_id for stop in stops})
    return Response(geojson(stops, kitchens), media_type=MediaType.JSON)


@get(
    "/api/days/{day:str}/exceptions",
    guards=[needs(Role.CASHIER, Role.KITCHEN, Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def get_exceptions(request: Visit, day: DayText) -> tuple[ExceptionView, ...]:
    """What a person must look at; exceptions of no known site are the county's."""
    with house_of(request).database.read() as session:
        return read_exceptions(session, checked_day(day), sites_of(session, request.user))


@get(
    "/api/days/{day:str}/charges",
    guards=[needs(Role.CASHIER, Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def get_charges(request: Visit, day: DayText) -> ChargesView:
    """Totals by site, tier and funder; no person in it."""
    with house_of(request).database.read() as session:
        asked = checked_day(day)
        return read_charges(session, asked, asked, sites=sites_of(session, request.user))
