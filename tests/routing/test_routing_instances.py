"""Published instance files: their best known plans cost what their authors say."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from routing import errors
from routing.instances import read_rural, read_solomon, read_vrplib, solomon_points
from routing.plan import Evaluation, VisitSequence, evaluate
from routing.problem import DeliveryProblem, TimeWindow

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

RELOADS = """RELEASE_TIME_SECTION
1 7
2 0
3 0
VEHICLES_RELOAD_DEPOT_SECTION
1 2
2 2
DEPOT_SECTION"""

MULTITRIP = VRP.replace("VRPTW", "MTVRPTWR").replace("DEPOT_SECTION", RELOADS)


def published(folder: Path, name: str) -> tuple[DeliveryProblem, Evaluation, str]:
    """The problem of a file, the judge's word on its best known plan, and the cost it states.

    Route k is driven by vehicle k; customer k is node k + 1; 0 within a route is a reload.
    """
    problem = read_vrplib((folder / f"{name}.vrp").read_text())
    vehicles = [(kind.type_id, i) for kind in problem.vehicle_types for i in range(kind.count)]
    lines = (folder / f"{name}.sol").read_text().splitlines()
    routes = [row.split(":")[1].split() for row in lines if row.startswith("Route")]
    sequences = []
    for (kind, number), route in zip(vehicles, routes, strict=False):
        for trip in " ".join(route).split(" 0 "):
            stops = tuple(str(int(customer) + 1) for customer in trip.split())
            sequences += [VisitSequence(kind, stops, None, number)] if stops else []
    stated = next(row.split()[1] for row in lines if row.startswith("Cost"))
    return problem, evaluate(problem, sequences), stated


def test_solomon_is_read_in_tenths() -> None:
    problem = read_solomon(SOLOMON)
    assert problem.name == "tiny.2"
    assert problem.distance_m == ((0, 14, 50), (14, 0, 36), (50, 36, 0))
    assert problem.stops[0].window == TimeWindow(50, 500)
    assert (problem.stops[1].boxes, problem.stops[1].service_s) == (8, 100)
    assert (problem.vehicle_types[0].count, problem.vehicle_types[0].capacity_boxes) == (3, 20)
    assert problem.depots[0].closes_s == 1000
    assert solomon_points(SOLOMON) == ((0, 0), (1, 1), (3, 4))


def test_the_first_customers_of_a_solomon_file_can_be_taken_but_no_more_than_there_are() -> None:
    assert [len(read_solomon(SOLOMON, stops=n).stops) for n in (0, 1, 2)] == [0, 1, 2]
    for wrong in (3, -1):
        with pytest.raises(errors.OutOfRange):
            read_solomon(SOLOMON, stops=wrong)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("VEHICLE", "CARS", errors.MissingSection),
        ("CUSTOMER", "GUESTS", errors.MissingSection),
        ("tiny\n", "", errors.MissingSection),
        ("VEHICLE\n", "VEHICLE\n\nVEHICLE\n", errors.DuplicateSection),
        ("CUSTOMER\n", "CUSTOMER\n\nCUSTOMER\n", errors.DuplicateSection),
        ("NUMBER     CAPACITY\n", "", errors.BadLine),
        ("  3         20", "  3         20\n  3         20", errors.BadLine),
        ("  3         20\n", "", errors.MissingSection),
        ("  3         20", "  3", errors.BadLine),
        ("  3         20", "  -3        20", errors.OutOfRange),
        ("    8   ", "    x   ", errors.BadLine),
        ("    8   ", "  nan   ", errors.BadLine),
        ("    8   ", "  1_0   ", errors.BadLine),
        ("    8   ", "  8.5   ", errors.BadLine),
        ("    8   ", "   -8   ", errors.OutOfRange),
        ("    8   ", "  " + "9" * 5000 + " ", errors.BadLine),
        ("    2      3 ", "    1      3 ", errors.DuplicateStop),
        ("60         10\n", "", errors.BadLine),
        ("    0      0  ", "    5      0  ", errors.BadLine),
        ("6        60", "60        6", errors.WindowEndsBeforeStart),
    ],
)
def test_a_broken_solomon_file_is_refused(old: str, new: str, error: type[Exception]) -> None:
    assert old in SOLOMON
    with pytest.raises(error):
        read_solomon(SOLOMON.replace(old, new, 1))


@pytest.mark.parametrize("cut", range(0, len(SOLOMON) - 1, 7))
def test_a_solomon_file_that_is_cut_off_never_breaks_the_reader(cut: int) -> None:
    """The format does not say how many customers there are: whole lines may be gone."""
    try:
        problem = read_solomon(SOLOMON[:cut])
    except errors.RoutingError:
        return
    assert problem.stops == read_solomon(SOLOMON).stops[: len(problem.stops)]


def test_a_file_of_more_customers_than_fit_is_refused_before_its_matrix_is_made() -> None:
    rows = "".join(f"{i} 0 0 1 0 9 0\n" for i in range(3, 3000))
    with pytest.raises(errors.TooManyStops):
        read_solomon(SOLOMON + rows)
    with pytest.raises(errors.TooManyStops):
        read_vrplib(VRP.replace("DIMENSION: 3", "DIMENSION: 999999999999"))


def test_vrplib_with_windows_and_a_depot_in_the_middle_is_read() -> None:
    problem = read_vrplib(VRP)
    assert problem.depots[0].depot_id == "2"
    assert [s.stop_id for s in problem.stops] == ["1", "3"]
    assert problem.distance_m == ((0, 5, 1), (5, 0, 4), (1, 4, 0))
    assert problem.stops[1].window == TimeWindow(5, 40)
    assert [(s.boxes, s.service_s) for s in problem.stops] == [(5, 4), (6, 4)]
    assert problem.depots[0].closes_s == 90
    (kind,) = problem.vehicle_types
    assert (kind.count, kind.capacity_boxes, kind.trips) == (2, 9, 1)


def test_a_mixed_fleet_counts_hundredths_and_a_multitrip_file_tenths() -> None:
    costs = (
        "VEHICLES_FIXED_COST_SECTION\n1 50\n2 60\n"
        "VEHICLES_UNIT_DISTANCE_COST_SECTION\n1 3\n2 4\nDEPOT_SECTION"
    )
    mixed = read_vrplib(VRP.replace("VRPTW", "HFVRP").replace("DEPOT_SECTION", costs))
    assert mixed.distance_m[1][2] == 361  # 100 x sqrt(13), to the nearest
    assert [(k.fixed_cost, k.cost_per_m) for k in mixed.vehicle_types] == [(5000, 3), (6000, 4)]
    trips = read_vrplib(MULTITRIP)
    assert trips.distance_m[1][2] == 36  # 10 x sqrt(13), cut off
    assert (trips.stops[0].window, trips.stops[0].service_s) == (TimeWindow(100, 200), 40)
    assert (trips.stops[0].release_s, trips.stops[1].release_s) == (70, 0)


def test_the_trips_of_a_vehicle_that_may_reload_are_no_limit() -> None:
    (kind,) = read_vrplib(MULTITRIP).vehicle_types
    assert (kind.count, kind.trips, kind.reload_s) == (2, 2, 0)  # one for each stop
    (kind,) = read_vrplib(MULTITRIP.replace("2 0 90", "2 0 7")).vehicle_types
    assert kind.trips == 1  # 70 tenths hold one trip of at least 14 + 40 + 14
    one = MULTITRIP.replace("1 2\n2 2\n", "2 2\n")
    assert [(k.count, k.trips) for k in read_vrplib(one).vehicle_types] == [(1, 1), (1, 2)]
    said = "VEHICLES_MAX_RELOADS_SECTION\n1 4\n2 4\nVEHICLES_RELOAD"
    (kind,) = read_vrplib(MULTITRIP.replace("VEHICLES_RELOAD", said)).vehicle_types
    assert kind.trips == 5


def test_explicit_weights_are_read_full_or_as_a_triangle() -> None:
    head = VRP.replace("EUC_2D", "EXPLICIT").split("NODE_COORD_SECTION")[0]
    tail = "DEMAND_SECTION" + VRP.split("DEMAND_SECTION")[1]
    rows = "EDGE_WEIGHT_SECTION\n0 1 2\n3 0 4\n5 6 0\n"
    full = head + "EDGE_WEIGHT_FORMAT: FULL_MATRIX\n" + rows + tail
    weights = ((0, 3, 4), (1, 0, 2), (6, 5, 0))
    assert read_vrplib(full).distance_m == weights
    assert read_vrplib(full.replace("VRPTW", "HFVRP")).distance_m == weights
    low = head + "EDGE_WEIGHT_FORMAT: LOWER_ROW\nEDGE_WEIGHT_SECTION\n1\n2 3\n" + tail
    assert read_vrplib(low).distance_m == ((0, 1, 3), (1, 0, 2), (3, 2, 0))
    with pytest.raises(errors.BadLine):
        read_vrplib(full.replace("5 6 0\n", "5 6\n"))
    with pytest.raises(errors.MatrixEntry):
        read_vrplib(full.replace("5 6 0\n", "5 -6 0\n"))
    with pytest.raises(errors.UnsupportedValue):
        read_vrplib(full.replace("FULL_MATRIX", "UPPER_DIAG_ROW"))
    with pytest.raises(errors.MissingSection):
        read_vrplib(head + tail)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("TIME_WINDOW_SECTION", "BACKHAUL_SECTION", errors.UnsupportedSection),
        ("TYPE: VRPTW", "TYPE: ATSP", errors.UnsupportedValue),
        ("EUC_2D", "GEO", errors.UnsupportedValue),
        ("DIMENSION: 3\n", "", errors.MissingSection),
        ("DIMENSION: 3\n", "DIMENSION: -3\n", errors.UnsupportedValue),
        ("DIMENSION: 3\n", "DIMENSION: 3\nDIMENSION: 3\n", errors.DuplicateSection),
        ("CAPACITY: 9\n", "", errors.MissingSection),
        ("CAPACITY: 9\n", "CAPACITY: -9\n", errors.OutOfRange),
        ("VEHICLES: 2\n", "VEHICLES: 0\n", errors.NoVehicles),
        ("VEHICLES: 2\n", "VEHICLES: -1\n", errors.OutOfRange),
        ("VEHICLES: 2\n", "VEHICLES: 999999999999\n", errors.OutOfRange),
        ("3 1 1\n", "", errors.BadLine),
        ("3 1 1\n", "3 1 one\n", errors.BadLine),
        ("3 1 1\n", "3 1 nan\n", errors.BadLine),
        ("3 1 1\n", "3 1 1e308\n", errors.BadLine),
        ("3 1 1\n", "3 1000000000 1000000000\n", errors.MatrixEntry),
        ("3 1 1\n", "2 1 1\n", errors.BadLine),
        ("3 6\n", "3 -6\n", errors.OutOfRange),
        ("2 0\n3 6\n", "2 4\n3 6\n", errors.UnsupportedValue),
        ("DEMAND_SECTION\n1 5\n2 0\n3 6\n", "", errors.MissingSection),
        ("1 5\n2 0\n3 6\n", "", errors.BadLine),
        ("1 10 20\n2 0 90\n3 5 40\n", "", errors.BadLine),
        ("1 10 20\n", "1 20 10\n", errors.WindowEndsBeforeStart),
        ("1 10 20\n", "1 -1 10\n", errors.OutOfRange),
        ("TIME_WINDOW_SECTION\n", "DEMAND_SECTION\n", errors.DuplicateSection),
        ("DEPOT_SECTION\n2\n", "", errors.MissingSection),
        ("DEPOT_SECTION\n2\n", "DEPOT_SECTION\n2\n3\n", errors.UnsupportedValue),
        ("NAME: tiny", "12 13", errors.BadLine),
        ("EOF\n", "EOF\n1 2\n", errors.BadLine),
    ],
)
def test_what_vrplib_reading_does_not_know_is_refused(
    old: str, new: str, error: type[Exception]
) -> None:
    assert old in VRP
    with pytest.raises(error):
        read_vrplib(VRP.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("1 2\n2 2\n", "1 1\n2 2\n", errors.BadLine),
        ("1 2\n2 2\n", "3 2\n", errors.BadLine),
        ("1 2\n2 2\n", "1 2\n1 2\n", errors.BadLine),
        ("1 2\n2 2\n", "", errors.MissingSection),
        ("RELOAD_DEPOT_SECTION\n1 2", "MAX_RELOADS_SECTION\n1 2", errors.MissingSection),
        ("1 7\n2 0\n3 0\n", "1 7\n2 5\n3 0\n", errors.UnsupportedValue),
        ("1 7\n2 0\n3 0\n", "1 7\n2 0\n", errors.BadLine),
        ("1 7\n", "1 -7\n", errors.OutOfRange),
    ],
)
def test_a_broken_multitrip_file_is_refused(old: str, new: str, error: type[Exception]) -> None:
    assert old in MULTITRIP
    with pytest.raises(error):
        read_vrplib(MULTITRIP.replace(old, new, 1))


@pytest.mark.parametrize("cut", range(0, len(VRP) - 10, 5))
def test_a_vrplib_file_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(errors.RoutingError):
        read_vrplib(VRP[:cut])


@pytest.mark.parametrize("name", ["X101-FSMFD", "X106-FSMD", "X110-HD", "X115-HVRP", "X120-FSMF"])
def test_the_best_known_plan_of_a_mixed_fleet_file_costs_what_it_says(
    shared_data: Path, name: str
) -> None:
    _, verdict, stated = published(shared_data / "routing" / "hfvrp", name)
    assert (verdict.feasible, verdict.missing) == (True, ())
    # One unit is a ten-thousandth of the stated cost; the file's distances are not rounded.
    assert verdict.cost / 10_000 == pytest.approx(float(stated), rel=6e-6)


@pytest.mark.parametrize(
    "name", ["C201R0.5", "C203R0.5", "R201R0.5", "R203R0.5", "RC201R0.5", "RC203R0.5"]
)
def test_the_best_known_plan_of_a_multitrip_file_costs_what_it_says(
    shared_data: Path, name: str
) -> None:
    problem, verdict, stated = published(shared_data / "routing" / "multitrip", name)
    assert (verdict.feasible, verdict.missing) == (True, ())
    assert verdict.cost == int(stated)
    assert max(route.trip for route in verdict.routes) <= problem.vehicle_types[0].trips


def rural(**changes: Any) -> str:
    raw = {
        "name": "valley", "vehicle_boxes": 24, "vehicles_max": 5, "service_s": 240, "hold_s": 4500,
        "stops": [{"id": 1, "x_km": 1.5, "y_km": 2.5, "boxes": 2, "latest_arrival_s": 4500}],
        "distance_m": [[0, 5], [5, 0]], "travel_s": [[0, 7], [7, 0]],
    }  # fmt: skip
    return json.dumps({k: v for k, v in {**raw, **changes}.items() if v != "absent"})


def test_a_rural_file_holds_for_each_stop_its_own_limit(shared_data: Path) -> None:
    path = shared_data / "routing" / "rural" / "rural20_0.json.xz"
    problem = read_rural(lzma.decompress(path.read_bytes()).decode())
    assert len(problem.stops) == 20
    assert problem.stops[0].max_hold_s == 4500
    assert problem.vehicle_types[0].capacity_boxes == 24
    assert read_rural(rural()).stops[0].stop_id == "1"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"stops": 3}, errors.BadLine),
        ({"stops": [3]}, errors.BadLine),
        ({"stops": [{"id": 1}]}, errors.BadLine),
        ({"stops": [{"id": None, "boxes": 1, "latest_arrival_s": 1}]}, errors.BadLine),
        ({"stops": [{"id": 1, "boxes": -1, "latest_arrival_s": 1}]}, errors.OutOfRange),
        ({"stops": [{"id": 1, "boxes": 1.5, "latest_arrival_s": 1}]}, errors.NotWhole),
        ({"stops": []}, errors.MatrixShape),
        ({"travel_s": "absent"}, errors.BadLine),
        ({"travel_s": [1, 2]}, errors.BadLine),
        ({"travel_s": [[0, -1], [1, 0]]}, errors.MatrixEntry),
        ({"distance_m": [[0, float("nan")], [1, 0]]}, errors.BadLine),
        ({"vehicles_max": 0}, errors.NoVehicles),
        ({"name": ""}, errors.EmptyName),
        ({"drones": 3}, errors.BadLine),
    ],
)
def test_a_broken_rural_file_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        read_rural(rural(**changes))


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_text_that_is_no_rural_object_is_refused(text: str) -> None:
    with pytest.raises(errors.BadLine):
        read_rural(text)
