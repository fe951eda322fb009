"""Plans as GeoJSON (RFC 7946: WGS-84, longitude first). Values in, text out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from routing.errors import MissingCoordinate
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem
from routing.records import plain
from routing.route import Route
from routing.travel import Position

Feature = dict[str, Any]


def plan_geojson(
    problem: DeliveryProblem, plan: DeliveryPlan, positions: Mapping[str, Position]
) -> str:
    """The plan as a FeatureCollection; `properties.kind` says what a feature is.

    A LineString of kind `round` for each route (with its figures) and of kind `relay` for each leg
    from a relay's host to a stop; a Point of kind `depot` for each kitchen, `visit` for each halt,
    `relayed` for each stop served by a relay and `unserved` for each stop left out.

    Raises:
        MissingCoordinate: A place of the plan has no position.
    """
    features: list[Feature] = []
    for depot in problem.depots:
        about = {"depot_id": depot.depot_id}
        features.append(_feature("depot", _point(positions, depot.depot_id), about))
    for number, route in enumerate(plan.routes, start=1):
        features.extend(_round(problem, route, number, positions))
        features.extend(_relays(problem, route, number, positions))
    for entry in plan.unserved:
        about = {"stop_id": entry.stop_id, "reason": str(entry.reason), **plain(entry.detail)}
        features.append(_feature("unserved", _point(positions, entry.stop_id), about))
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _round(
    problem: DeliveryProblem, route: Route, number: int, positions: Mapping[str, Position]
) -> Iterator[Feature]:
    """The way from kitchen to kitchen, and every halt on it."""
    kind = problem.type_of()[route.type_id]
    ends = problem.start_of(kind).depot_id, problem.end_of(kind).depot_id
    way = [ends[0], *(visit.stop_id for visit in route.visits), ends[1]]
    figures = {k: v for k, v in plain(route).items() if k not in {"visits", "relayed"}}
    line = [_point(positions, place) for place in way]
    yield _feature("round", line, {"route": number, **figures})
    for order, visit in enumerate(route.visits, start=1):
        about = {"route": number, "order": order, **plain(visit)}
        yield _feature("visit", _point(positions, visit.stop_id), about)


def _relays(
    problem: DeliveryProblem, route: Route, number: int, positions: Mapping[str, Position]
) -> Iterator[Feature]:
    """Each stop a relay serves: the leg out to it, and the stop itself."""
    hosts = {relay.relay_id: relay.host for relay in problem.relays}
    for one in route.relayed:
        about = {"route": number, **plain(one)}
        host, stop = _point(positions, hosts[one.relay_id]), _point(positions, one.stop_id)
        yield _feature("relay", [host, stop], about)
        yield _feature("relayed", stop, about)


def _point(positions: Mapping[str, Position], place: str) -> list[float]:
    if place not in positions:
        raise MissingCoordinate(place=place)
    return [positions[place].lon, positions[place].lat]


def _feature(kind: str, coordinates: list[Any], about: dict[str, Any]) -> Feature:
    shape = "LineString" if isinstance(coordinates[0], list) else "Point"
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, **about}}
