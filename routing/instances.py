"""Readers of public instance files: text in, a checked `DeliveryProblem` out.

Solomon (.txt), VRPLIB (.vrp, the dialect of PyVRP) and the rural JSON of this project's benchmarks.
A section that is not known is refused by name rather than skipped.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor, hypot

from routing.errors import BadLine, MissingSection, UnsupportedSection, UnsupportedValue
from routing.problem import DeliveryProblem, Depot, Matrix, Stop, TimeWindow, VehicleType

WHOLE_DAY_S = 86_400
TENTHS = 10

Point = tuple[float, float]


def _whole(where: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadLine(where=where, value=text) from None


def _real(where: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadLine(where=where, value=text) from None


def read_solomon(text: str, *, stops: int | None = None) -> DeliveryProblem:
    """A Solomon instance, in tenths: distance = time = floor(10 x Euclid), windows and service x 10.

    Args:
        text: The file.
        stops: Only the first so many customers (None: all).

    Raises:
        MissingSection: VEHICLE or CUSTOMER is absent or empty.
        BadLine: A line has not the seven (or two) numbers it should have.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1)]
    words = [(number, parts) for number, parts in lines if parts]
    heads = {parts[0].upper(): at for at, (_, parts) in enumerate(words)}
    for section in ("VEHICLE", "CUSTOMER"):
        if section not in heads:
            raise MissingSection(section=section)
    count, capacity = _numbers(words[heads["VEHICLE"] + 2 : heads["VEHICLE"] + 3], 2, "VEHICLE")[0]
    rows = _numbers(words[heads["CUSTOMER"] + 2 :], 7, "CUSTOMER")
    chosen = rows if stops is None else rows[: stops + 1]
    matrix = _matrix([(float(r[1]), float(r[2])) for r in chosen], TENTHS, 0.0)
    depot = chosen[0]
    window = TimeWindow(TENTHS * depot[4], TENTHS * depot[5])
    van = VehicleType("vehicle", count, capacity, 0, 1, 0, window)
    return DeliveryProblem(
        name=f"{words[0][1][0]}.{len(chosen) - 1}",
        depot=Depot("0", window.start_s, window.end_s),
        stops=tuple(_solomon_stop(row) for row in chosen[1:]),
        vehicle_types=(van,),
        distance_m=matrix,
        duration_s=matrix,
    )


def _solomon_stop(row: list[int]) -> Stop:
    window = TimeWindow(TENTHS * row[4], TENTHS * row[5])
    return Stop(str(row[0]), row[3], TENTHS * row[6], window, None)


def _numbers(lines: Iterable[tuple[int, list[str]]], width: int, section: str) -> list[list[int]]:
    out = []
    for number, parts in lines:
        if len(parts) != width:
            raise BadLine(where=f"line {number}", value=" ".join(parts))
        out.append([_whole(f"line {number}", part) for part in parts])
    if not out:
        raise MissingSection(section=section)
    return out


def _matrix(points: list[Point], factor: int, up: float) -> Matrix:
    """floor(factor x Euclid + up): `up` 0 cuts off, 0.5 rounds to the nearest."""
    return tuple(
        tuple(floor(factor * hypot(a[0] - b[0], a[1] - b[1]) + up) for b in points) for a in points
    )


def read_rural(text: str) -> DeliveryProblem:
    """A rural benchmark instance (JSON): cost is metres of the round tours, any time of the day.

    Keys: name, vehicle_boxes, vehicles_max, service_s, stops (id, boxes, latest_arrival_s after
    leaving the kitchen), distance_m, travel_s.

    Raises:
        BadLine: The text is no JSON, or a key is absent.
    """
    try:
        raw = json.loads(text)
        window = TimeWindow(0, WHOLE_DAY_S)
        stops = tuple(
            Stop(str(s["id"]), s["boxes"], raw["service_s"], window, s["latest_arrival_s"])
            for s in raw["stops"]
        )
        van = VehicleType("van", raw["vehicles_max"], raw["vehicle_boxes"], 0, 1, 0, window)
        return DeliveryProblem(
            name=raw["name"],
            depot=Depot("kitchen", 0),
            stops=stops,
            vehicle_types=(van,),
            distance_m=tuple(tuple(row) for row in raw["distance_m"]),
            duration_s=tuple(tuple(row) for row in raw["travel_s"]),
        )
    except json.JSONDecodeError as error:
        raise BadLine(where=f"line {error.lineno}", value=error.msg) from error
    except (KeyError, TypeError) as error:
        raise BadLine(where="json", value=str(error)) from error


_KEYWORDS = {
    "NAME",
    "COMMENT",
    "TYPE",
    "DIMENSION",
    "CAPACITY",
    "VEHICLES",
    "SERVICE_TIME",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
}
_SECTIONS = {
    "NODE_COORD_SECTION",
    "DEMAND_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
    "DEPOT_SECTION",
    "EDGE_WEIGHT_SECTION",
    "CAPACITY_SECTION",
    "VEHICLES_FIXED_COST_SECTION",
    "VEHICLES_UNIT_DISTANCE_COST_SECTION",
}
_TYPES = {"CVRP", "VRPTW", "HFVRP"}


@dataclass(slots=True)
class _Vrplib:
    """The keywords and the sections (rows of text with their line numbers) of a file."""

    keywords: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[tuple[int, list[str]]]] = field(default_factory=dict)


def read_vrplib(text: str) -> DeliveryProblem:
    """A VRPLIB instance: CVRP, VRPTW or HFVRP with EUC_2D (rounded to nearest) or EXPLICIT weights.

    Weights are metres and seconds alike; a vehicle's unit distance cost multiplies the metres. The
    depot is the one named in DEPOT_SECTION; stops keep their numbers as ids.

    Raises:
        UnsupportedSection, UnsupportedValue: The file uses what this reader does not know.
        MissingSection, BadLine: The file is not complete or not readable.
    """
    file = _split(text)
    kind = file.keywords.get("TYPE", "CVRP")
    if kind not in _TYPES:
        raise UnsupportedValue(section="TYPE", value=kind)
    size = _whole("DIMENSION", _keyword(file, "DIMENSION"))
    depot = _depot(file, size)
    order = [depot, *(node for node in range(1, size + 1) if node != depot)]
    matrix = _weights(file, size, order)
    horizon = WHOLE_DAY_S * 1000
    windows = _pairs(file, "TIME_WINDOW_SECTION", size) or [[0, horizon]] * size
    service = _singles(file, "SERVICE_TIME_SECTION", size)
    if not service:
        service = [_whole("SERVICE_TIME", file.keywords.get("SERVICE_TIME", "0"))] * size
    demand = _singles(file, "DEMAND_SECTION", size) or [0] * size
    shift = TimeWindow(*windows[depot - 1])
    return DeliveryProblem(
        name=file.keywords.get("NAME") or "vrplib",
        depot=Depot(str(depot), shift.start_s, shift.end_s),
        stops=tuple(
            Stop(str(n), demand[n - 1], service[n - 1], TimeWindow(*windows[n - 1]), None)
            for n in order[1:]
        ),
        vehicle_types=_fleet(file, size, shift),
        distance_m=matrix,
        duration_s=matrix,
    )


def _split(text: str) -> _Vrplib:
    file = _Vrplib()
    rows: list[tuple[int, list[str]]] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped == "EOF":
            continue
        if not stripped[0].isalpha():
            if rows is None:
                raise BadLine(where=f"line {number}", value=stripped)
            rows.append((number, stripped.split()))
            continue
        key, _, value = (part.strip() for part in stripped.partition(":"))
        if key in _SECTIONS:
            rows = file.sections.setdefault(key, [])
        elif key in _KEYWORDS:
            rows = None
            file.keywords[key] = value
        else:
            raise UnsupportedSection(section=key)
    return file


def _keyword(file: _Vrplib, key: str) -> str:
    if key not in file.keywords:
        raise MissingSection(section=key)
    return file.keywords[key]


def _rows(file: _Vrplib, section: str, size: int, width: int) -> dict[int, list[str]]:
    """Rows by their leading number 1..size; every number exactly once."""
    out: dict[int, list[str]] = {}
    for number, parts in file.sections.get(section, []):
        at = _whole(f"line {number}", parts[0])
        if len(parts) != width or not 1 <= at <= size or at in out:
            raise BadLine(where=f"line {number}", value=" ".join(parts))
        out[at] = parts[1:]
    if out and len(out) != size:
        raise BadLine(where=section, value=f"{len(out)} of {size}")
    return out


def _singles(file: _Vrplib, section: str, size: int) -> list[int]:
    rows = _rows(file, section, size, 2)
    return [_whole(section, rows[at][0]) for at in sorted(rows)]


def _pairs(file: _Vrplib, section: str, size: int) -> list[list[int]]:
    rows = _rows(file, section, size, 3)
    return [[_whole(section, part) for part in rows[at]] for at in sorted(rows)]


def _depot(file: _Vrplib, size: int) -> int:
    listed = [
        _whole(f"line {number}", part)
        for number, parts in file.sections.get("DEPOT_SECTION", [])
        for part in parts
    ]
    depots = [node for node in listed if node != -1]
    if not depots:
        raise MissingSection(section="DEPOT_SECTION")
    if len(depots) > 1 or not 1 <= depots[0] <= size:
        raise UnsupportedValue(section="DEPOT_SECTION", value=str(depots))
    return depots[0]


def _weights(file: _Vrplib, size: int, order: list[int]) -> Matrix:
    kind = _keyword(file, "EDGE_WEIGHT_TYPE")
    if kind == "EUC_2D":
        rows = _rows(file, "NODE_COORD_SECTION", size, 3)
        if not rows:
            raise MissingSection(section="NODE_COORD_SECTION")
        points = [tuple(_real("NODE_COORD_SECTION", part) for part in rows[at]) for at in order]
        return _matrix([(p[0], p[1]) for p in points], 1, 0.5)
    if kind == "EXPLICIT":
        return _explicit(file, size, order)
    raise UnsupportedValue(section="EDGE_WEIGHT_TYPE", value=kind)


def _explicit(file: _Vrplib, size: int, order: list[int]) -> Matrix:
    shape = file.keywords.get("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
    rows = file.sections.get("EDGE_WEIGHT_SECTION")
    if rows is None:
        raise MissingSection(section="EDGE_WEIGHT_SECTION")
    numbers = [_whole(f"line {number}", part) for number, parts in rows for part in parts]
    if shape == "FULL_MATRIX":
        cells = [(i, j) for i in range(size) for j in range(size)]
    elif shape == "LOWER_ROW":
        cells = [(i, j) for i in range(size) for j in range(i)]
    else:
        raise UnsupportedValue(section="EDGE_WEIGHT_FORMAT", value=shape)
    if len(numbers) != len(cells):
        raise BadLine(where="EDGE_WEIGHT_SECTION", value=f"{len(numbers)} of {len(cells)}")
    weight = dict(zip(cells, numbers, strict=True))
    if shape == "LOWER_ROW":
        weight |= {(j, i): value for (i, j), value in weight.items()}
    return tuple(tuple(weight.get((i - 1, j - 1), 0) for j in order) for i in order)


def _fleet(file: _Vrplib, size: int, shift: TimeWindow) -> tuple[VehicleType, ...]:
    """Equal vehicles (capacity, fixed cost, unit cost) become one type with a count."""
    count = _whole("VEHICLES", file.keywords.get("VEHICLES", str(size - 1)))
    capacity = _singles(file, "CAPACITY_SECTION", count)
    if not capacity:
        capacity = [_whole("CAPACITY", _keyword(file, "CAPACITY"))] * count
    fixed = _singles(file, "VEHICLES_FIXED_COST_SECTION", count) or [0] * count
    unit = _singles(file, "VEHICLES_UNIT_DISTANCE_COST_SECTION", count) or [1] * count
    groups: dict[tuple[int, int, int], int] = {}
    for key in zip(capacity, fixed, unit, strict=True):
        groups[key] = groups.get(key, 0) + 1
    return tuple(
        VehicleType(f"type-{i}", number, boxes, price, per_m, 0, shift)
        for i, ((boxes, price, per_m), number) in enumerate(groups.items(), start=1)
    )
