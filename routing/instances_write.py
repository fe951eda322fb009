"""Writers of public instance files: a problem in, text out, for problems that fit the format.

Both formats know one kitchen, required stops with windows, and cost by the metre. What else a
problem has is refused by name (`NotInFormat`) rather than dropped. Only names are lost: nodes and
vehicles are numbered.
"""

from collections.abc import Iterator, Sequence

from routing.errors import NotInFormat
from routing.figures import Matrix
from routing.instance_text import TENTHS, euclid
from routing.problem import DeliveryProblem, Stop, TimeWindow, VehicleType
from routing.vrplib import HORIZON_S, MOST_VEHICLES


def write_solomon(problem: DeliveryProblem, points: Sequence[tuple[int, int]]) -> str:
    """The problem as a Solomon file; `read_solomon` reads the same problem back.

    Args:
        problem: One type of vehicle; distance = time = floor(10 x Euclid), times in tenths.
        points: Whole coordinates of the kitchen and the stops, in the order of the matrices.

    Raises:
        NotInFormat: The problem has something that the format cannot carry.
    """
    _check("Solomon", [*_odd_everywhere(problem), *_odd_in_solomon(problem, points)])
    van, window = problem.vehicle_types[0], _window(problem)
    name = problem.name.removesuffix(f".{len(problem.stops)}")
    nodes = [(0, window, 0), *((s.boxes, s.window, s.service_s) for s in problem.stops)]
    rows = [
        (i, x, y, boxes, span.start_s // TENTHS, span.end_s // TENTHS, service_s // TENTHS)
        for i, ((x, y), (boxes, span, service_s)) in enumerate(zip(points, nodes, strict=True))
    ]
    return "\n".join(
        [
            name,
            "",
            "VEHICLE",
            "NUMBER     CAPACITY",
            f"{van.count:5d} {van.capacity_boxes:11d}",
            "",
            "CUSTOMER",
            "CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME",
            "",
            *(" ".join(f"{figure:9d}" for figure in row) for row in rows),
            "",
        ]
    )


def write_vrplib(problem: DeliveryProblem) -> str:
    """The problem as a VRPLIB file with an explicit matrix.

    `read_vrplib` reads it back with the same figures; the kitchen becomes node 1 unless the ids are
    already the numbers of the nodes (then they stay), vehicle types become "type-1", "type-2" ...,
    and types that differ in nothing but their name become one.

    Raises:
        NotInFormat: The problem has something that the format cannot carry.
    """
    _check("VRPLIB", [*_odd_everywhere(problem), *_odd_in_vrplib(problem)])
    order, depot = _nodes(problem)
    size = len(order)
    distance = _off_diagonal(problem.distance_m)
    return "\n".join(
        [
            f"NAME: {problem.name}",
            f"TYPE: {_kind(problem)}",
            f"DIMENSION: {size}",
            f"VEHICLES: {sum(kind.count for kind in problem.vehicle_types)}",
            "EDGE_WEIGHT_TYPE: EXPLICIT",
            "EDGE_WEIGHT_FORMAT: FULL_MATRIX",
            "EDGE_WEIGHT_SECTION",
            *(" ".join(str(distance[i][j]) for j in order) for i in order),
            *_stop_sections(problem, order),
            *_vehicle_sections(problem, depot),
            "DEPOT_SECTION",
            str(depot),
            "-1",
            "EOF",
            "",
        ]
    )


def _check(format_name: str, odd: Sequence[str]) -> None:
    if odd:
        raise NotInFormat(format_name=format_name, feature=odd[0])


def _off_diagonal(matrix: Matrix) -> Matrix:
    """The matrix with 0 on its diagonal, which means nothing."""
    return tuple((*row[:i], 0, *row[i + 1 :]) for i, row in enumerate(matrix))


def _window(problem: DeliveryProblem) -> TimeWindow:
    return problem.vehicle_types[0].shift


def _odd_everywhere(problem: DeliveryProblem) -> Iterator[str]:
    """What neither format knows, by the names of the fields."""
    window = _window(problem)
    depot = problem.depots[0]
    metres = _off_diagonal(problem.distance_m)
    found = {
        "depots": len(problem.depots) > 1,
        "places": bool(problem.places),
        "relays": bool(problem.relays),
        "habits": problem.habits is not None,
        "fewest_vehicles": problem.fewest_vehicles,
        "depot.ready_s": depot.ready_s != window.start_s,
        "depot.closes_s": depot.closes_s != window.end_s,
        "duration_s": _off_diagonal(problem.duration_s) != metres,
        "distance_m": any(value is None for row in metres for value in row),
        "name": problem.name != problem.name.strip() or not problem.name.isprintable(),
    }
    yield from (name for name, odd in found.items() if odd)
    for kind in problem.vehicle_types:
        yield from (f"{kind.type_id}.{name}" for name, odd in _odd_type(kind, window) if odd)
    for stop in problem.stops:
        yield from (f"{stop.stop_id}.{name}" for name, odd in _odd_stop(stop) if odd)


def _odd_type(kind: VehicleType, window: TimeWindow) -> Iterator[tuple[str, bool]]:
    yield "shift", kind.shift != window
    yield "cost_per_s", kind.cost_per_s != 0
    yield "reload_s", kind.reload_s != 0 and kind.trips > 1


def _odd_stop(stop: Stop) -> Iterator[tuple[str, bool]]:
    yield "max_hold_s", stop.max_hold_s is not None
    yield "required", not stop.required
    yield "priority", stop.priority != 1
    yield "allowed_types", stop.allowed_types is not None
    yield "allowed_depots", stop.allowed_depots is not None


def _odd_in_solomon(problem: DeliveryProblem, points: Sequence[tuple[int, int]]) -> Iterator[str]:
    van = problem.vehicle_types[0]
    if len(problem.vehicle_types) > 1:
        yield "vehicle_types"
    if (van.fixed_cost, van.cost_per_m, van.trips) != (0, 1, 1):
        yield f"{van.type_id}.cost or trips"
    if len(problem.name.split()) != 1:
        yield "name"
    windows = [("depot", _window(problem), 0)]
    windows += [(stop.stop_id, stop.window, stop.service_s) for stop in problem.stops]
    for name, window, service_s in windows:
        if any(figure % TENTHS for figure in (window.start_s, window.end_s, service_s)):
            yield f"{name}: times of less than ten"
    yield from (f"{stop.stop_id}.release_s" for stop in problem.stops if stop.release_s)
    if euclid(points, TENTHS, 0.0) != _off_diagonal(problem.distance_m):
        yield "distance_m"


def _odd_in_vrplib(problem: DeliveryProblem) -> Iterator[str]:
    if sum(kind.count for kind in problem.vehicle_types) > MOST_VEHICLES:
        yield "vehicle_types.count"


def _nodes(problem: DeliveryProblem) -> tuple[list[int], int]:
    """Rows of the matrix in the order of the nodes, and the number of the depot's node."""
    ids = [problem.depots[0].depot_id, *(stop.stop_id for stop in problem.stops)]
    numbers = {str(i): i for i in range(1, len(ids) + 1)}
    found = [numbers.get(name, 0) for name in ids]
    if found[1:] == sorted(found[1:]) and set(found) == set(numbers.values()):
        return sorted(range(len(ids)), key=found.__getitem__), found[0]
    return list(range(len(ids))), 1


def _kind(problem: DeliveryProblem) -> str:
    types = problem.vehicle_types
    if any(kind.trips > 1 for kind in types) or any(stop.release_s for stop in problem.stops):
        return "MTVRPTWR"
    if len(types) > 1 or (types[0].fixed_cost, types[0].cost_per_m) != (0, 1):
        return "HFVRP"
    return "VRPTW" if _timed(problem) else "CVRP"


def _timed(problem: DeliveryProblem) -> bool:
    wide = TimeWindow(0, HORIZON_S)
    return _window(problem) != wide or any(stop.window != wide for stop in problem.stops)


def _stop_sections(problem: DeliveryProblem, order: Sequence[int]) -> Iterator[str]:
    stops: list[Stop | None] = [None, *problem.stops]
    nodes = [stops[row] for row in order]
    yield from _section("DEMAND_SECTION", [0 if s is None else s.boxes for s in nodes])
    if any(stop.service_s for stop in problem.stops):
        yield from _section(
            "SERVICE_TIME_SECTION", [0 if s is None else s.service_s for s in nodes]
        )
    if any(stop.release_s for stop in problem.stops):
        yield from _section(
            "RELEASE_TIME_SECTION", [0 if s is None else s.release_s for s in nodes]
        )
    if _timed(problem):
        spans = [_window(problem) if s is None else s.window for s in nodes]
        yield from _section("TIME_WINDOW_SECTION", [f"{w.start_s} {w.end_s}" for w in spans])


def _vehicle_sections(problem: DeliveryProblem, depot: int) -> Iterator[str]:
    """One row for each vehicle, type after type."""
    vehicles = [kind for kind in problem.vehicle_types for _ in range(kind.count)]
    yield from _section("CAPACITY_SECTION", [kind.capacity_boxes for kind in vehicles])
    if any(kind.fixed_cost for kind in vehicles):
        yield from _section("VEHICLES_FIXED_COST_SECTION", [kind.fixed_cost for kind in vehicles])
    if any(kind.cost_per_m != 1 for kind in vehicles):
        units = [kind.cost_per_m for kind in vehicles]
        yield from _section("VEHICLES_UNIT_DISTANCE_COST_SECTION", units)
    if any(kind.trips > 1 for kind in vehicles):
        yield "VEHICLES_RELOAD_DEPOT_SECTION"
        yield from (f"{i} {depot}" for i, kind in enumerate(vehicles, 1) if kind.trips > 1)
        yield from _section("VEHICLES_MAX_RELOADS_SECTION", [kind.trips - 1 for kind in vehicles])


def _section(name: str, values: Sequence[object]) -> Iterator[str]:
    yield name
    yield from (f"{i} {value}" for i, value in enumerate(values, start=1))
