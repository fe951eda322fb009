"""Route sheets of a day: one per van and meal."""

from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import Session, col

from api.geo import wgs84_to_gcj02
from api.handlers.route_reading import plan_cost
from api.labels import diet, label
from api.printouts.facts import DayFacts, Key
from api.printouts.words import clock_time
from kitchen.day_tables import RouteStop, RunPlan
from kitchen.kinds import MealPeriod
from kitchen.tables import Site
from printing import sheets


def route_sheets(session: Session, facts: DayFacts) -> list[sheets.RouteSheet]:
    """Every van's sheet, in the order of kitchens, meals and route numbers."""
    plans = {
        (plan.kitchen_id, MealPeriod(plan.period)): plan
        for plan in session.scalars(sa.select(RunPlan).where(col(RunPlan.day) == facts.day))
    }
    driven = sorted(
        (stop for stop in facts.stops.values() if stop.route_no),
        key=lambda s: (s.kitchen_id, s.period, s.route_no, s.sequence),
    )
    return [
        _sheet(facts, plans[kitchen_id, MealPeriod(period)], list(stops))
        for (kitchen_id, period, _no), stops in groupby(
            driven, key=lambda s: (s.kitchen_id, s.period, s.route_no)
        )
    ]


def _sheet(facts: DayFacts, plan: RunPlan, stops: list[RouteStop]) -> sheets.RouteSheet:
    first = stops[0]
    vehicle = facts.vehicles[first.vehicle_id or ""]
    driver = facts.drivers[vehicle.driver_id]
    kitchen = facts.sites[first.kitchen_id]
    load = tuple(line for stop in reversed(stops) for line in _load(facts, stop))
    route = _planned_route(plan, [stop.site_id for stop in stops])
    return sheets.RouteSheet(
        route=route_name(first.route_no, facts.lang),
        driver=driver.name,
        vehicle=vehicle.vehicle_id,
        plate=vehicle.plate,
        depot=kitchen.name,
        day=facts.day,
        period=MealPeriod(first.period).value,
        depart_at=clock_time(first.depart_s),
        made_at=facts.made_at,
        stops=tuple(_stop(facts, stop) for stop in stops),
        load=load,
        total_meals=sum(stop.loaded for stop in stops),
        total_boxes=sum(stop.boxes for stop in stops),
        return_at=clock_time(int(route["return_s"])),
        distance_m=int(route["distance_m"]),
        map=_map(facts, kitchen, stops),
        proof=_proof(plan, facts.lang),
    )


def route_name(number: int, lang: str) -> str:
    """A route as people call it."""
    return f"Route {number}" if lang == "en" else f"{number} 号线"


def _proof(plan: RunPlan, lang: str) -> sheets.PlanProof:
    known = plan_cost(plan)
    return sheets.PlanProof(known.cost_yuan, known.bound_yuan, "yuan" if lang == "en" else "元")


def _planned_route(plan: RunPlan, site_ids: list[str]) -> dict[str, int]:
    """The plan's own figures of the route that visits exactly these sites in this order."""
    routes: list[dict[str, object]] = plan.plan["routes"]  # type: ignore[assignment]  # stored JSON
    for route in routes:
        visits: list[dict[str, str]] = route["visits"]  # type: ignore[assignment]  # stored JSON
        if [visit["stop_id"] for visit in visits] == site_ids:
            return route  # type: ignore[return-value]  # stored JSON
    raise LookupError(site_ids)


def _load(facts: DayFacts, stop: RouteStop) -> Iterator[sheets.LoadLine]:
    """What is loaded for a stop, by variant; its boxes stand on the first line (variants share them)."""
    key: Key = stop.site_id, MealPeriod(stop.period)
    for number, line in enumerate(facts.packs[key]):
        yield sheets.LoadLine(
            point=facts.site_name(stop.site_id),
            variant=diet(line.variant, facts.lang),
            meals=line.quantity,
            boxes=0 if number else stop.boxes,
        )


def _stop(facts: DayFacts, stop: RouteStop) -> sheets.RouteStop:
    site = facts.sites[stop.site_id]
    key: Key = stop.site_id, MealPeriod(stop.period)
    return sheets.RouteStop(
        sequence=stop.sequence,
        site=site.name,
        kind=label(site.kind, facts.lang),
        planned_at=clock_time(stop.arrive_s),
        boxes=stop.boxes,
        meals=tuple(
            sheets.VariantMeals(diet(line.variant, facts.lang), line.quantity)
            for line in facts.packs[key]
        ),
        arrive_by=clock_time(stop.arrive_by_s),
        phone=site.phone,
        door_note=site.door_note,
        nav_url=navigation_url(site),
    )


def navigation_url(site: Site) -> str:
    """AMap's navigation link to a site (its map is in GCJ-02); empty without coordinates."""
    if site.lat is None or site.lon is None:
        return ""
    lat, lon = wgs84_to_gcj02(site.lat, site.lon)
    return f"https://uri.amap.com/navigation?to={lon:.6f},{lat:.6f}&mode=car&callnative=1"


def _map(facts: DayFacts, kitchen: Site, stops: list[RouteStop]) -> sheets.RouteMap | None:
    if kitchen.lat is None or kitchen.lon is None:
        return None
    depot = kitchen.lon, kitchen.lat
    points = [
        sheets.MapPoint(str(stop.sequence), (site.lon, site.lat))
        for stop in stops
        if (site := facts.sites[stop.site_id]).lon is not None and site.lat is not None
    ]
    outline = tuple((lon, lat) for lon, lat in facts.county.outline) if facts.county else ()
    path = (depot, *(point.at for point in points), depot)
    return sheets.RouteMap((outline,) if outline else (), depot, tuple(points), path)
