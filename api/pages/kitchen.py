"""The kitchen's page: forecast and locks, batches, packing, purchases, and the map of the rounds."""

from collections import defaultdict
from collections.abc import Iterable

from litestar import Response, get
from litestar.params import FromQuery
from sqlmodel import Session, col, select

from api.auth import Person, Role, needs
from api.day.advice import read_advice
from api.handlers.day_reading import read_forecast, read_production
from api.handlers.route_reading import place_view, read_plan_costs, read_stops
from api.handlers.scopes import shown_day
from api.handlers.visits import Visit, house_of
from api.pages.drawing import Map, draw_map
from api.pages.kitchens import head_values, kitchen_of
from api.pages.rendering import page
from api.schemas import ForecastView, PackView, StopView
from kitchen.kinds import MealPeriod
from kitchen.tables import County, Site


@get(
    "/kitchen",
    guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def show_kitchen(
    request: Visit, day: FromQuery[str | None] = None, kitchen: FromQuery[str | None] = None
) -> Response[str]:
    """A kitchen's day; county and auditor choose the kitchen."""
    with house_of(request).database.read() as session:
        shown = shown_day(session, day)
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        mine = Person(request.user.username, "", Role.KITCHEN, chosen.site_id)
        sites = _served(session, chosen.site_id)
        stops = read_stops(session, shown, mine)
        forecast = read_forecast(session, shown, frozenset(site.site_id for site in sites))
        return page(
            request,
            "kitchen.html",
            day=shown,
            **head_values(kitchens, chosen),
            forecast=forecast,
            locked=_locked(forecast),
            advice=read_advice(session, chosen.site_id, shown),
            production=read_production(session, shown, chosen.site_id),
            packing=_by_variant,
            stops=stops,
            plan_costs=read_plan_costs(session, shown, chosen.site_id),
            map=_map(session, chosen, sites, stops),
        )


def _served(session: Session, kitchen_id: str) -> list[Site]:
    query = select(Site).where(col(Site.kitchen_id) == kitchen_id)
    return list(session.exec(query.order_by(col(Site.name), col(Site.site_id))))


def _locked(forecast: Iterable[ForecastView]) -> dict[MealPeriod, tuple[int, int]]:
    """(locked, sites without a lock) by meal."""
    sums: dict[MealPeriod, tuple[int, int]] = {}
    for row in forecast:
        meals, waiting = sums.get(row.period, (0, 0))
        locked = row.locked_portions
        sums[row.period] = (meals + (locked or 0), waiting + (locked is None))
    return sums


def _by_variant(packing: Iterable[PackView]) -> list[tuple[PackView, list[PackView]]]:
    """Packing lines grouped by site and meal."""
    groups: dict[tuple[str, str], list[PackView]] = defaultdict(list)
    for line in packing:
        groups[line.period, line.site_id].append(line)
    return [(lines[0], lines) for lines in groups.values()]


def _map(
    session: Session, kitchen: Site, sites: list[Site], stops: tuple[StopView, ...]
) -> Map | None:
    county = session.get(County, kitchen.county_code)
    places = [
        place_view(site) for site in {site.site_id: site for site in [*sites, kitchen]}.values()
    ]
    return draw_map(county.outline if county else [], places, stops)
