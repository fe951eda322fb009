"""Reading stops and places for routes and maps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from api.auth import Person, Role
from api.handlers.scopes import sites_of
from api.schemas import Feature, FeatureCollection, LineString, PlaceView, Point, StopView
from kitchen.day_tables import RouteStop, RunPlan
from kitchen.dispatch import MILLI
from kitchen.kinds import MealPeriod
from kitchen.tables import Site
from printing.words import percent

RouteKey = tuple[str, str, int]
"""Kitchen, period, route number."""


def place_view(site: Site) -> PlaceView:
    """A site as it goes out."""
    return PlaceView(
        site.site_id, site.name, site.kind, site.kitchen_id, site.township_code, site.lat, site.lon,
        site.door_note, site.phone, site.narrow_road,
    )  # fmt: skip


def read_stops(session: Session, day: date, person: Person) -> tuple[StopView, ...]:
    """The stops of a day that a person may see, in driving order.

    Raises:
        NotYours: the role sees no routes.
    """
    query = (
        select(RouteStop, Site)
        .join(Site, col(Site.site_id) == col(RouteStop.site_id))
        .where(col(RouteStop.day) == day)
        .order_by(
            col(RouteStop.depart_s), col(RouteStop.kitchen_id), col(RouteStop.route_no),
            col(RouteStop.sequence), col(RouteStop.site_id),
        )
    )  # fmt: skip
    if person.role is Role.DRIVER:
        query = query.where(col(RouteStop.vehicle_id) == person.scope)
    elif person.role is Role.KITCHEN:
        query = query.where(col(RouteStop.kitchen_id) == person.scope)
    elif (sites := sites_of(session, person)) is not None:
        query = query.where(col(RouteStop.site_id).in_(sites))
    return tuple(stop_view(stop, site) for stop, site in session.exec(query))


SAYS_SOMETHING = 0.3
"""Largest gap, as a share of the cost, that is shown: a bound farther off only tells that time was short."""


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a kitchen's rounds of a meal cost, in whole yuan, and what no plan falls below.

    The bound is None where nothing worth saying is known. The cost is rounded up and the bound down,
    so that no gap is hidden; `gap` is "9.3%".
    """

    period: MealPeriod
    cost_yuan: int
    bound_yuan: int | None
    gap: str
    proven: bool


def plan_cost(plan: RunPlan) -> PlanCost:
    """Cost and proven bound of a stored plan."""
    unit = MILLI * 100
    cost = -(-plan.cost // unit)
    known = plan.bound is not None and plan.bound >= (1 - SAYS_SOMETHING) * plan.cost
    bound = (plan.bound or 0) // unit if known else None
    gap = percent(plan.cost - (plan.bound or 0), plan.cost)
    return PlanCost(MealPeriod(plan.period), cost, bound, gap, plan.proven)


def read_plan_costs(session: Session, day: date, kitchen_id: str) -> list[PlanCost]:
    """What a kitchen's plans of a day cost, in the order of the meals."""
    query = select(RunPlan).where(col(RunPlan.day) == day, col(RunPlan.kitchen_id) == kitchen_id)
    found = {MealPeriod(plan.period): plan_cost(plan) for plan in session.exec(query)}
    return [found[period] for period in MealPeriod if period in found]


def stop_view(stop: RouteStop, site: Site) -> StopView:
    """A stop as it goes out."""
    return StopView(
        place_view(site), stop.period, stop.kitchen_id, stop.route_no, stop.sequence,
        stop.vehicle_id, stop.depart_s, stop.arrive_s, stop.arrive_by_s, stop.boxes, stop.loaded,
        stop.received, stop.outcome, stop.reason, stop.arrival_temp_dc,
    )  # fmt: skip


def read_places(session: Session, site_ids: Iterable[str]) -> dict[str, PlaceView]:
    """Places by site id."""
    rows = session.exec(select(Site).where(col(Site.site_id).in_(set(site_ids))))
    return {site.site_id: place_view(site) for site in rows}


def driven(stops: Iterable[StopView]) -> dict[RouteKey, list[StopView]]:
    """The stops of each van's round; the kitchen's own counter (route 0) is none."""
    routes: dict[RouteKey, list[StopView]] = defaultdict(list)
    for stop in stops:
        if stop.route_no:
            routes[stop.kitchen_id, stop.period, stop.route_no].append(stop)
    return routes


def line_of(
    route: Iterable[StopView], kitchen: PlaceView | None
) -> tuple[tuple[float, float], ...]:
    """(lon, lat) from the kitchen over every stop that has a coordinate and back."""
    ends = [kitchen] if kitchen else []
    places = [*ends, *(stop.place for stop in route), *ends]
    return tuple((p.lon, p.lat) for p in places if p.lon is not None and p.lat is not None)


def geojson(stops: tuple[StopView, ...], kitchens: Mapping[str, PlaceView]) -> FeatureCollection:
    """Stops as points and rounds as straight lines between them (RFC 7946)."""
    points = [_point(stop) for stop in stops]
    lines = [
        _line(key, line_of(route, kitchens.get(key[0]))) for key, route in driven(stops).items()
    ]
    return FeatureCollection((*points, *lines))


def _point(stop: StopView) -> Feature:
    place = stop.place
    known = place.lon is not None and place.lat is not None
    geometry = Point((place.lon or 0.0, place.lat or 0.0)) if known else None
    return Feature(
        geometry,
        {
            "site_id": place.site_id,
            "name": place.name,
            "period": stop.period,
            "kitchen_id": stop.kitchen_id,
            "route_no": stop.route_no,
            "sequence": stop.sequence,
            "arrive_s": stop.arrive_s,
            "arrive_by_s": stop.arrive_by_s,
            "loaded": stop.loaded,
            "received": stop.received,
            "outcome": stop.outcome,
        },
    )


def _line(key: RouteKey, points: tuple[tuple[float, float], ...]) -> Feature:
    geometry = LineString(points) if len(points) > 1 else None
    return Feature(geometry, {"kitchen_id": key[0], "period": key[1], "route_no": key[2]})
