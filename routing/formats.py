"""Problems and plans as JSON, and plans as GeoJSON. Text in, values out; no file is touched.

Problem (`"format": "nuanzao-problem-1"`): the fields of `DeliveryProblem` under their own names; a
window is `[start_s, end_s]`, `allowed_types` a sorted list or null, matrices are rows with null for
unreachable pairs. Plan (`"format": "nuanzao-plan-1"`): the fields of `DeliveryPlan`, `Route`,
`Visit` and `Unserved` under their own names; an unserved stop's detail is
`{"needs": , "limit": , "type_id": }`.

A key that is unknown or absent is refused, so a file of a later version is never half read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from routing.errors import BadLine, MissingCoordinate, UnsupportedValue
from routing.plan import DeliveryPlan, Reason, Route, Shortfall, Unserved, Visit
from routing.problem import DeliveryProblem, Depot, Matrix, Stop, TimeWindow, VehicleType
from routing.travel import Position

PROBLEM_FORMAT = "nuanzao-problem-1"
PLAN_FORMAT = "nuanzao-plan-1"


def write_problem(problem: DeliveryProblem) -> str:
    """The problem as JSON text."""
    raw = asdict(problem)
    for stop, written in zip(problem.stops, raw["stops"], strict=True):
        written["window"] = [stop.window.start_s, stop.window.end_s]
        if stop.allowed_types is not None:
            written["allowed_types"] = sorted(stop.allowed_types)
    for kind, written in zip(problem.vehicle_types, raw["vehicle_types"], strict=True):
        written["shift"] = [kind.shift.start_s, kind.shift.end_s]
    return json.dumps({"format": PROBLEM_FORMAT, **raw}, ensure_ascii=False)


def read_problem(text: str) -> DeliveryProblem:
    """A problem from JSON text, checked like any other.

    Raises:
        BadLine: No JSON, or a key is absent, unknown or of the wrong kind (`where` is its path).
        UnsupportedValue: Another format or version.
        RoutingError: Any refusal of `DeliveryProblem` and its parts.
    """
    raw = _loaded(text, PROBLEM_FORMAT, DeliveryProblem)
    stops = [_record(s, f"stops[{i}]", Stop) for i, s in enumerate(_list(raw, "stops"))]
    kinds = [
        _record(k, f"vehicle_types[{i}]", VehicleType)
        for i, k in enumerate(_list(raw, "vehicle_types"))
    ]
    depot = Depot(**_record(raw["depot"], "depot", Depot))
    return DeliveryProblem(
        name=raw["name"],
        depot=depot,
        stops=tuple(_stop(stop, f"stops[{i}]") for i, stop in enumerate(stops)),
        vehicle_types=tuple(
            VehicleType(**{**kind, "shift": _window(kind["shift"], f"vehicle_types[{i}].shift")})
            for i, kind in enumerate(kinds)
        ),
        distance_m=_matrix(raw, "distance_m"),
        duration_s=_matrix(raw, "duration_s"),
    )


def write_plan(plan: DeliveryPlan) -> str:
    """The plan as JSON text."""
    return json.dumps({"format": PLAN_FORMAT, **asdict(plan)}, ensure_ascii=False)


def read_plan(text: str) -> DeliveryPlan:
    """A plan from JSON text; what it claims is not judged here (`evaluate` does that).

    Raises:
        BadLine: No JSON, or a key is absent, unknown or of the wrong kind (`where` is its path).
        UnsupportedValue: Another format or version, or an unknown reason.
    """
    raw = _loaded(text, PLAN_FORMAT, DeliveryPlan)
    routes = [_route(r, f"routes[{i}]") for i, r in enumerate(_list(raw, "routes"))]
    left = [_unserved(u, f"unserved[{i}]") for i, u in enumerate(_list(raw, "unserved"))]
    return DeliveryPlan(**{**raw, "routes": tuple(routes), "unserved": tuple(left)})


def plan_geojson(plan: DeliveryPlan, positions: Mapping[str, Position], *, depot_id: str) -> str:
    """The plan as a GeoJSON FeatureCollection (RFC 7946: WGS-84, longitude first).

    A LineString for each route with its figures, a Point for each visit and for each unserved stop.

    Raises:
        MissingCoordinate: The depot or a stop of the plan has no position.
    """
    features: list[dict[str, Any]] = []
    for number, route in enumerate(plan.routes, start=1):
        way = [depot_id, *(visit.stop_id for visit in route.visits), depot_id]
        line = [_point(positions, place) for place in way]
        figures = {k: v for k, v in asdict(route).items() if k != "visits"}
        features.append(_feature("LineString", line, {"route": number, **figures}))
        for order, visit in enumerate(route.visits, start=1):
            about = {"route": number, "order": order, **asdict(visit)}
            features.append(_feature("Point", _point(positions, visit.stop_id), about))
    for entry in plan.unserved:
        about = {"stop_id": entry.stop_id, "unserved": str(entry.reason), **asdict(entry.detail)}
        features.append(_feature("Point", _point(positions, entry.stop_id), about))
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _point(positions: Mapping[str, Position], place: str) -> list[float]:
    if place not in positions:
        raise MissingCoordinate(place=place)
    return [positions[place].lon, positions[place].lat]


def _feature(kind: str, coordinates: Sequence[Any], about: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": about}


def _loaded(text: str, expected: str, shape: type) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadLine(where=f"line {error.lineno}", value=error.msg) from error
    if not isinstance(raw, dict):
        raise BadLine(where="$", value=type(raw).__name__)
    found = raw.pop("format", None)
    if found != expected:
        raise UnsupportedValue(section="format", value=repr(found))
    return _record(raw, "$", shape)


def _record(raw: Any, where: str, shape: type) -> dict[str, Any]:
    """A JSON object with exactly the fields of a dataclass."""
    if not isinstance(raw, dict):
        raise BadLine(where=where, value=repr(raw))
    names = {f.name for f in fields(shape)}
    odd = sorted(names.symmetric_difference(raw))
    if odd:
        raise BadLine(where=where, value=odd[0])
    return raw


def _list(raw: Mapping[str, Any], key: str) -> list[Any]:
    value = raw[key]
    if not isinstance(value, list):
        raise BadLine(where=key, value=repr(value))
    return value


def _window(raw: Any, where: str) -> TimeWindow:
    if not isinstance(raw, list) or len(raw) != 2:
        raise BadLine(where=where, value=repr(raw))
    return TimeWindow(raw[0], raw[1])


def _matrix(raw: Mapping[str, Any], key: str) -> Matrix:
    rows = _list(raw, key)
    for i, row in enumerate(rows):
        if not isinstance(row, list):
            raise BadLine(where=f"{key}[{i}]", value=repr(row))
    return tuple(tuple(row) for row in rows)


def _stop(raw: dict[str, Any], where: str) -> Stop:
    allowed = raw["allowed_types"]
    if allowed is not None and not (
        isinstance(allowed, list) and all(isinstance(name, str) for name in allowed)
    ):
        raise BadLine(where=f"{where}.allowed_types", value=repr(allowed))
    if type(raw["required"]) is not bool:
        raise BadLine(where=f"{where}.required", value=repr(raw["required"]))
    types = None if allowed is None else frozenset(allowed)
    window = _window(raw["window"], f"{where}.window")
    return Stop(**{**raw, "window": window, "allowed_types": types})


def _route(raw: Any, where: str) -> Route:
    record = _record(raw, where, Route)
    visits = [
        Visit(**_record(v, f"{where}.visits[{i}]", Visit))
        for i, v in enumerate(_list(record, "visits"))
    ]
    return Route(**{**record, "visits": tuple(visits)})


def _unserved(raw: Any, where: str) -> Unserved:
    record = _record(raw, where, Unserved)
    detail = Shortfall(**_record(record["detail"], f"{where}.detail", Shortfall))
    if record["reason"] not in set(Reason):
        raise UnsupportedValue(section=f"{where}.reason", value=repr(record["reason"]))
    return Unserved(record["stop_id"], Reason(record["reason"]), detail)
