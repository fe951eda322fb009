"""The VRPLIB format in the dialect of PyVRP: text in, a checked `DeliveryProblem` out.

CVRP, VRPTW, HFVRP and MTVRPTWR with one depot. Coordinates (EUC_2D) are turned into whole numbers by
the convention under which the best known costs of each kind of file are published (`_EUCLID`); an
EXPLICIT matrix, and all times in such a file, are taken as they stand.
"""

from dataclasses import dataclass, field, replace

from routing.errors import (
    BadLine,
    DuplicateSection,
    MissingSection,
    OutOfRange,
    UnsupportedSection,
    UnsupportedValue,
)
from routing.figures import Matrix
from routing.instance_text import TENTHS, check_stop_count, euclid, read_real, read_whole
from routing.problem import DeliveryProblem, Depot, Stop, TimeWindow, VehicleType

HORIZON_S = 86_400_000
"""The end of the day where a file gives no windows: no tour is that long."""

HUNDREDTHS = 100

MOST_VEHICLES = 100_000
"""One for each stop is enough; files list them one by one."""

KEYWORDS = {
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
SECTIONS = {
    "NODE_COORD_SECTION",
    "DEMAND_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
    "RELEASE_TIME_SECTION",
    "DEPOT_SECTION",
    "EDGE_WEIGHT_SECTION",
    "CAPACITY_SECTION",
    "VEHICLES_FIXED_COST_SECTION",
    "VEHICLES_UNIT_DISTANCE_COST_SECTION",
    "VEHICLES_RELOAD_DEPOT_SECTION",
    "VEHICLES_MAX_RELOADS_SECTION",
}


@dataclass(frozen=True, slots=True)
class _Scale:
    """distance = floor(`distance` x Euclid + `up`); times x `time`; fixed costs x `money`."""

    distance: int
    up: float
    time: int
    money: int


_AS_IT_STANDS = _Scale(1, 0.5, 1, 1)
_EUCLID = {
    "CVRP": _AS_IT_STANDS,  # TSPLIB: nearest whole number
    "VRPTW": _AS_IT_STANDS,
    # The published costs are of exact distances: hundredths meet them to 6 parts in a million.
    "HFVRP": _Scale(HUNDREDTHS, 0.5, 1, HUNDREDTHS),
    "MTVRPTWR": _Scale(TENTHS, 0.0, TENTHS, 1),  # cut-off tenths, like Solomon's
}


@dataclass(slots=True)
class _File:
    """The keywords and the sections (rows of text with their line numbers) of a file."""

    keywords: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[tuple[int, list[str]]]] = field(default_factory=dict)


def read_vrplib(text: str) -> DeliveryProblem:
    """A VRPLIB instance: CVRP, VRPTW, HFVRP or MTVRPTWR, with EUC_2D or EXPLICIT weights.

    Weights are metres and seconds alike; a vehicle's unit distance cost multiplies the metres. With
    EUC_2D, CVRP and VRPTW round distances to the nearest whole number; HFVRP counts hundredths (fixed
    costs x 100 alike, so one unit of cost is a hundredth of the file's); MTVRPTWR counts tenths cut
    off (windows, service and release x 10). The depot is the one named in DEPOT_SECTION; stops
    keep their numbers as ids. A vehicle with a reload depot, but no limit of its reloads, may drive
    as many trips as fit into the day.

    Raises:
        UnsupportedSection, UnsupportedValue: The file uses what this reader does not know.
        MissingSection, DuplicateSection, BadLine: The file is not complete or not readable.
        RoutingError: Any refusal of `DeliveryProblem` and its parts.
    """
    file = _split(text)
    kind = file.keywords.get("TYPE", "CVRP")
    if kind not in _EUCLID:
        raise UnsupportedValue(section="TYPE", value=kind[:80])
    weights = _keyword(file, "EDGE_WEIGHT_TYPE")
    scale = _EUCLID[kind] if weights == "EUC_2D" else _AS_IT_STANDS
    size = read_whole("DIMENSION", _keyword(file, "DIMENSION"))
    check_stop_count(size - 1)
    depot = _depot(file, size)
    order = [depot, *(node for node in range(1, size + 1) if node != depot)]
    matrix = _weights(file, weights, order, scale)
    stops, shift = _stops(file, order, scale)
    return DeliveryProblem(
        name=file.keywords.get("NAME") or "vrplib",
        depots=(Depot(str(depot), shift.start_s, shift.end_s),),
        stops=stops,
        vehicle_types=_fleet(file, depot, scale, _most_trips(stops, matrix, shift), shift),
        distance_m=matrix,
        duration_s=matrix,
    )


def _split(text: str) -> _File:
    file = _File()
    rows: list[tuple[int, list[str]]] | None = None
    ended = False
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped:
            continue
        if ended:
            raise BadLine(where=f"line {number}", value="after EOF")
        if stripped == "EOF":
            ended = True
        elif not stripped[0].isalpha():
            if rows is None:
                raise BadLine(where=f"line {number}", value=stripped[:80])
            rows.append((number, stripped.split()))
        else:
            rows = _open(file, stripped)
    return file


def _open(file: _File, line: str) -> list[tuple[int, list[str]]] | None:
    """A keyword with its value (None), or a section and the list its rows go to."""
    key, _, value = (part.strip() for part in line.partition(":"))
    if key not in KEYWORDS | SECTIONS:
        raise UnsupportedSection(section=key[:80])
    if key in file.keywords or key in file.sections:
        raise DuplicateSection(section=key)
    if key in SECTIONS:
        file.sections[key] = []
        return file.sections[key]
    file.keywords[key] = value
    return None


def _keyword(file: _File, key: str) -> str:
    if key not in file.keywords:
        raise MissingSection(section=key)
    return file.keywords[key]


def _rows(file: _File, section: str, size: int, width: int) -> dict[int, list[str]]:
    """Rows by their leading number 1..size, each exactly once; empty without the section."""
    out: dict[int, list[str]] = {}
    for number, parts in file.sections.get(section, []):
        at = read_whole(f"line {number}", parts[0])
        if len(parts) != width or not 1 <= at <= size or at in out:
            raise BadLine(where=f"line {number}", value=" ".join(parts)[:80])
        out[at] = parts[1:]
    if section in file.sections and len(out) != size:
        raise BadLine(where=section, value=f"{len(out)} of {size}")
    return out


def _numbers(file: _File, section: str, size: int) -> list[int]:
    rows = _rows(file, section, size, 2)
    return [read_whole(section, rows[at][0]) for at in sorted(rows)]


def _depot(file: _File, size: int) -> int:
    listed = [
        read_whole(f"line {number}", part)
        for number, parts in file.sections.get("DEPOT_SECTION", [])
        for part in parts
    ]
    depots = [node for node in listed if node != -1]
    if not depots:
        raise MissingSection(section="DEPOT_SECTION")
    if len(depots) > 1 or not 1 <= depots[0] <= size:
        raise UnsupportedValue(section="DEPOT_SECTION", value=str(depots)[:80])
    return depots[0]


def _weights(file: _File, kind: str, order: list[int], scale: _Scale) -> Matrix:
    """Metres between all nodes; `order` is the depot and then the others."""
    if kind == "EUC_2D":
        rows = _rows(file, "NODE_COORD_SECTION", len(order), 3)
        if not rows:
            raise MissingSection(section="NODE_COORD_SECTION")
        points = [[read_real("NODE_COORD_SECTION", part) for part in rows[at]] for at in order]
        return euclid([(p[0], p[1]) for p in points], scale.distance, scale.up)
    if kind == "EXPLICIT":
        return _explicit(file, order)
    raise UnsupportedValue(section="EDGE_WEIGHT_TYPE", value=kind[:80])


def _explicit(file: _File, order: list[int]) -> Matrix:
    size = len(order)
    shape = file.keywords.get("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
    rows = file.sections.get("EDGE_WEIGHT_SECTION")
    if rows is None:
        raise MissingSection(section="EDGE_WEIGHT_SECTION")
    numbers = [read_whole(f"line {number}", part) for number, parts in rows for part in parts]
    if shape == "FULL_MATRIX":
        cells = [(i, j) for i in range(size) for j in range(size)]
    elif shape == "LOWER_ROW":
        cells = [(i, j) for i in range(size) for j in range(i)]
    else:
        raise UnsupportedValue(section="EDGE_WEIGHT_FORMAT", value=shape[:80])
    if len(numbers) != len(cells):
        raise BadLine(where="EDGE_WEIGHT_SECTION", value=f"{len(numbers)} of {len(cells)}")
    weight = dict(zip(cells, numbers, strict=True))
    if shape == "LOWER_ROW":
        weight |= {(j, i): value for (i, j), value in weight.items()}
    return tuple(tuple(weight.get((i - 1, j - 1), 0) for j in order) for i in order)


def _stops(file: _File, order: list[int], scale: _Scale) -> tuple[tuple[Stop, ...], TimeWindow]:
    """Every node but the depot, and the depot's own window."""
    size, depot = len(order), order[0]
    demand = _numbers(file, "DEMAND_SECTION", size)
    if not demand:
        raise MissingSection(section="DEMAND_SECTION")
    spans = _rows(file, "TIME_WINDOW_SECTION", size, 3)
    windows = {
        node: TimeWindow(*(scale.time * read_whole("TIME_WINDOW_SECTION", p) for p in spans[node]))
        if spans
        else TimeWindow(0, HORIZON_S)
        for node in order
    }
    service = _numbers(file, "SERVICE_TIME_SECTION", size)
    if not service:
        at_stops = read_whole("SERVICE_TIME", file.keywords.get("SERVICE_TIME", "0"))
        service = [0 if node == depot else at_stops for node in range(1, size + 1)]
    release = _numbers(file, "RELEASE_TIME_SECTION", size) or [0] * size
    sections = ("DEMAND_SECTION", "SERVICE_TIME_SECTION", "RELEASE_TIME_SECTION")
    for section, figures in zip(sections, (demand, service, release), strict=True):
        if figures[depot - 1]:  # what it would mean at the depot, the problem cannot say
            raise UnsupportedValue(section=section, value=f"{depot} {figures[depot - 1]}")
    stops = tuple(
        Stop(
            stop_id=str(node),
            boxes=demand[node - 1],
            service_s=scale.time * service[node - 1],
            window=windows[node],
            max_hold_s=None,
            release_s=scale.time * release[node - 1],
        )
        for node in order[1:]
    )
    return stops, windows[depot]


def _most_trips(stops: tuple[Stop, ...], matrix: Matrix, shift: TimeWindow) -> int:
    """Trips that no vehicle can exceed, so that they limit nothing.

    Each trip visits a stop of its own, and they follow one another within the depot's window, each
    at least as long as the shortest way out, the shortest service and the shortest way back.
    """
    if not stops:
        return 1
    out = min(value or 0 for value in matrix[0][1:])
    back = min(row[0] or 0 for row in matrix[1:])
    shortest = out + min(stop.service_s for stop in stops) + back
    fit = (shift.end_s - shift.start_s) // shortest if shortest else len(stops)
    return max(1, min(len(stops), fit))


def _fleet(
    file: _File, depot: int, scale: _Scale, most_trips: int, shift: TimeWindow
) -> tuple[VehicleType, ...]:
    """Equal vehicles (capacity, costs, trips) become one type with a count."""
    size = read_whole("DIMENSION", _keyword(file, "DIMENSION"))
    count = read_whole("VEHICLES", file.keywords.get("VEHICLES", str(size - 1)))
    if not 0 <= count <= MOST_VEHICLES:
        raise OutOfRange(field="VEHICLES", value=count, least=0, most=MOST_VEHICLES)
    capacity = _numbers(file, "CAPACITY_SECTION", count)
    fixed = _numbers(file, "VEHICLES_FIXED_COST_SECTION", count)
    unit = _numbers(file, "VEHICLES_UNIT_DISTANCE_COST_SECTION", count)
    trips = _trips(file, depot, count, most_trips)
    common = VehicleType(
        type_id="type-1",
        count=count,
        capacity_boxes=0 if capacity else read_whole("CAPACITY", _keyword(file, "CAPACITY")),
        fixed_cost=0,
        cost_per_m=1,
        cost_per_s=0,
        shift=shift,
    )
    if not (capacity or fixed or unit or trips):
        return (common,)
    groups: dict[VehicleType, int] = {}
    for at in range(count):
        one = replace(
            common,
            count=1,
            capacity_boxes=capacity[at] if capacity else common.capacity_boxes,
            fixed_cost=scale.money * fixed[at] if fixed else 0,
            cost_per_m=unit[at] if unit else 1,
            trips=trips[at] if trips else 1,
        )
        groups[one] = groups.get(one, 0) + 1
    return tuple(
        replace(one, type_id=f"type-{i}", count=number)
        for i, (one, number) in enumerate(groups.items(), start=1)
    )


def _trips(file: _File, depot: int, count: int, most: int) -> list[int]:
    """Trips of each vehicle; empty when none may reload. Reloading takes no time in this format."""
    reloads = dict(enumerate(_numbers(file, "VEHICLES_MAX_RELOADS_SECTION", count), start=1))
    if "VEHICLES_RELOAD_DEPOT_SECTION" not in file.sections:
        if reloads:
            raise MissingSection(section="VEHICLES_RELOAD_DEPOT_SECTION")
        return []
    may: set[int] = set()
    for number, parts in file.sections["VEHICLES_RELOAD_DEPOT_SECTION"]:
        vehicle, *places = (read_whole(f"line {number}", part) for part in parts)
        if not 1 <= vehicle <= count or vehicle in may or places != [depot]:
            raise BadLine(where=f"line {number}", value=" ".join(parts)[:80])
        may.add(vehicle)
    if not may:
        raise MissingSection(section="VEHICLES_RELOAD_DEPOT_SECTION")
    return [
        1 + reloads.get(vehicle, most - 1) if vehicle in may else 1
        for vehicle in range(1, count + 1)
    ]
