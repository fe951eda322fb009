import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import errors
from routing.formats import plan_geojson, read_plan, read_problem, write_plan, write_problem
from routing.instances import read_rural, read_solomon, read_vrplib
from routing.plan import DeliveryPlan, VisitSequence, evaluate
from routing.problem import TimeWindow
from routing.solve import solve
from routing.travel import Position
from tests.routing.routing_worlds import line, random_problem, stop

SOLOMON = """tiny

VEHICLE
NUMBER     CAPACITY
  3         20

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       100          0
    1      1         1          7          5        50         10
    2      3         4          8          6        60         10
"""

VRP = """NAME: tiny
TYPE: VRPTW
DIMENSION: 3
VEHICLES: 2
CAPACITY: 9
SERVICE_TIME: 4
EDGE_WEIGHT_TYPE: EUC_2D
NODE_COORD_SECTION
1 3 4
2 0 0
3 1 1
DEMAND_SECTION
1 5
2 0
3 6
TIME_WINDOW_SECTION
1 10 20
2 0 90
3 5 40
DEPOT_SECTION
2
-1
EOF
"""


def small_plan(seed: int = 3) -> DeliveryPlan:
    return solve(random_problem(seed), time_limit_s=5, seed=1)


@given(seed=st.integers(0, 10**6))
def test_a_problem_survives_writing_and_reading(seed: int) -> None:
    problem = random_problem(seed, 7)
    assert read_problem(write_problem(problem)) == problem


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_survives_writing_and_reading(seed: int) -> None:
    plan = small_plan(seed)
    assert read_plan(write_plan(plan)) == plan


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_text_that_is_no_json_object_is_refused(text: str) -> None:
    for read in (read_problem, read_plan):
        with pytest.raises(errors.BadLine):
            read(text)


def test_another_format_is_refused_by_its_name() -> None:
    with pytest.raises(errors.UnsupportedValue):
        read_problem(json.dumps({"format": "nuanzao-problem-9"}))
    with pytest.raises(errors.UnsupportedValue):
        read_plan(write_problem(line([stop("a")])))


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("depot",), 3, errors.BadLine),
        (("stops",), {}, errors.BadLine),
        (("stops", 0, "window"), [1], errors.BadLine),
        (("stops", 0, "window"), ["1", 2], errors.NotWhole),
        (("stops", 0, "allowed_types"), "van", errors.BadLine),
        (("stops", 0, "allowed_types"), ["plane"], errors.UnknownVehicleType),
        (("stops", 0, "required"), 1, errors.BadLine),
        (("stops", 0, "boxes"), 1.5, errors.NotWhole),
        (("stops", 0, "colour"), "red", errors.BadLine),
        (("vehicle_types", 0, "shift"), None, errors.BadLine),
        (("distance_m", 0), 4, errors.BadLine),
        (("distance_m",), [[0]], errors.MatrixShape),
    ],
)
def test_wrong_fields_are_refused_by_name(
    path: tuple[Any, ...], value: Any, error: type[Exception]
) -> None:
    raw = json.loads(write_problem(line([stop("a")])))
    inner = raw
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(error):
        read_problem(json.dumps(raw))


def test_an_absent_field_and_an_unknown_reason_are_refused() -> None:
    raw = json.loads(write_problem(line([stop("a")])))
    del raw["stops"][0]["priority"]
    with pytest.raises(errors.BadLine) as refusal:
        read_problem(json.dumps(raw))
    assert (refusal.value.where, refusal.value.value) == ("stops[0]", "priority")
    plan = json.loads(write_plan(solve(line([stop("a", boxes=99)]), time_limit_s=5, seed=1)))
    plan["unserved"][0]["reason"] = "weather"
    with pytest.raises(errors.UnsupportedValue):
        read_plan(json.dumps(plan))


def test_geojson_has_a_line_for_each_route_and_a_point_for_each_stop() -> None:
    problem = line([stop("a"), stop("b"), stop("far", boxes=99)])
    plan = solve(problem, time_limit_s=5, seed=1)
    names = ["kitchen", "a", "b", "far"]
    places = {name: Position(name, 119.6 + i, 29.8) for i, name in enumerate(names)}
    features = json.loads(plan_geojson(plan, places, depot_id="kitchen"))["features"]
    lines = [f for f in features if f["geometry"]["type"] == "LineString"]
    assert len(lines) == len(plan.routes)
    assert lines[0]["geometry"]["coordinates"][0] == [119.6, 29.8]
    points = {f["properties"]["stop_id"]: f for f in features if f not in lines}
    assert set(points) == {"a", "b", "far"}
    assert points["far"]["properties"]["unserved"] == "capacity"
    del places["far"]
    with pytest.raises(errors.MissingCoordinate):
        plan_geojson(plan, places, depot_id="kitchen")


def test_solomon_is_read_in_tenths() -> None:
    problem = read_solomon(SOLOMON)
    assert problem.name == "tiny.2"
    assert problem.distance_m == ((0, 14, 50), (14, 0, 36), (50, 36, 0))
    assert problem.stops[0].window == TimeWindow(50, 500)
    assert (problem.stops[1].boxes, problem.stops[1].service_s) == (8, 100)
    assert (problem.vehicle_types[0].count, problem.vehicle_types[0].capacity_boxes) == (3, 20)
    assert problem.depot.closes_s == 1000
    assert len(read_solomon(SOLOMON, stops=1).stops) == 1


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("VEHICLE", "CARS", errors.MissingSection),
        ("CUSTOMER", "GUESTS", errors.MissingSection),
        ("    8   ", "    x   ", errors.BadLine),
        ("  3         20", "  3", errors.BadLine),
    ],
)
def test_a_broken_solomon_file_is_refused(old: str, new: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_solomon(SOLOMON.replace(old, new, 1))


def test_vrplib_with_windows_and_a_depot_in_the_middle_is_read() -> None:
    problem = read_vrplib(VRP)
    assert problem.depot.depot_id == "2"
    assert [s.stop_id for s in problem.stops] == ["1", "3"]
    assert problem.distance_m == ((0, 5, 1), (5, 0, 4), (1, 4, 0))
    assert problem.stops[1].window == TimeWindow(5, 40)
    assert [(s.boxes, s.service_s) for s in problem.stops] == [(5, 4), (6, 4)]
    assert problem.depot.closes_s == 90


def test_explicit_weights_are_read_full_or_as_a_triangle() -> None:
    head = VRP.replace("EUC_2D", "EXPLICIT").split("NODE_COORD_SECTION")[0]
    tail = "DEMAND_SECTION" + VRP.split("DEMAND_SECTION")[1]
    full = (
        head + "EDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 1 2\n3 0 4\n5 6 0\n" + tail
    )
    assert read_vrplib(full).distance_m == ((0, 3, 4), (1, 0, 2), (6, 5, 0))
    low = head + "EDGE_WEIGHT_FORMAT: LOWER_ROW\nEDGE_WEIGHT_SECTION\n1\n2 3\n" + tail
    assert read_vrplib(low).distance_m == ((0, 1, 3), (1, 0, 2), (3, 2, 0))
    with pytest.raises(errors.BadLine):
        read_vrplib(full.replace("5 6 0\n", "5 6\n"))
    with pytest.raises(errors.UnsupportedValue):
        read_vrplib(full.replace("FULL_MATRIX", "UPPER_DIAG_ROW"))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("TIME_WINDOW_SECTION", "BACKHAUL_SECTION", errors.UnsupportedSection),
        ("TYPE: VRPTW", "TYPE: ATSP", errors.UnsupportedValue),
        ("EUC_2D", "GEO", errors.UnsupportedValue),
        ("DIMENSION: 3\n", "", errors.MissingSection),
        ("CAPACITY: 9\n", "", errors.MissingSection),
        ("3 1 1\n", "", errors.BadLine),
        ("3 1 1\n", "3 1 one\n", errors.BadLine),
        ("3 1 1\n", "2 1 1\n", errors.BadLine),
        ("DEPOT_SECTION\n2\n", "", errors.MissingSection),
        ("DEPOT_SECTION\n2\n", "DEPOT_SECTION\n2\n3\n", errors.UnsupportedValue),
        ("NAME: tiny", "12 13", errors.BadLine),
    ],
)
def test_what_vrplib_reading_does_not_know_is_refused(
    old: str, new: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_vrplib(VRP.replace(old, new, 1))


def test_a_mixed_fleet_file_becomes_types_and_its_best_known_plan_is_judged(
    shared_data: Path,
) -> None:
    folder = shared_data / "routing" / "hfvrp"
    problem = read_vrplib((folder / "X115-HVRP.vrp").read_text())
    assert sum(kind.count for kind in problem.vehicle_types) == 19
    cars = [k for kind in problem.vehicle_types for k in [kind.type_id] * kind.count]
    lines = (folder / "X115-HVRP.sol").read_text().splitlines()
    known = [row.split(":")[1].split() for row in lines if row.startswith("Route")]
    assert len(known) <= len(cars)
    order = [s.stop_id for s in problem.stops]
    sequences = [
        VisitSequence(kind, tuple(order[int(i) - 1] for i in row))
        for kind, row in zip(cars, known, strict=False)
        if row
    ]
    verdict = evaluate(problem, sequences)
    assert verdict.missing == ()
    assert {v.kind for v in verdict.violations} == set()


def test_a_rural_file_holds_for_each_stop_its_own_limit(shared_data: Path) -> None:
    path = shared_data / "routing" / "rural" / "rural20_0.json.xz"
    problem = read_rural(lzma.decompress(path.read_bytes()).decode())
    assert len(problem.stops) == 20
    assert problem.stops[0].max_hold_s == 4500
    assert problem.vehicle_types[0].capacity_boxes == 24


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"stops": 3}'])
def test_a_broken_rural_file_is_refused(text: str) -> None:
    with pytest.raises(errors.BadLine):
        read_rural(text)
