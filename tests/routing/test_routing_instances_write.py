from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import errors
from routing.instances import read_solomon, read_vrplib, solomon_points
from routing.instances_write import write_solomon, write_vrplib
from routing.problem import (
    DeliveryProblem,
    Depot,
    Habits,
    Relay,
    RelayLeg,
    TimeWindow,
    VehicleType,
)
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import stop, van

WINDOW = TimeWindow(0, 900)
METRES = ((0, 10, 30), (10, 0, 20), (30, 20, 0))
POINTS = ((0, 0), (1, 0), (3, 0))


def plain(*kinds: VehicleType, **changes: Any) -> DeliveryProblem:
    """Two stops that every format can carry."""
    fields: dict[str, Any] = {
        "name": "plain",
        "depots": (Depot("kitchen", 0, 900),),
        "stops": (stop("a", window=WINDOW), stop("b", window=WINDOW)),
        "vehicle_types": kinds or (van(shift=WINDOW),),
        "distance_m": METRES,
        "duration_s": METRES,
        **changes,
    }
    return DeliveryProblem(**fields)


@pytest.mark.parametrize("kind", ["hfvrp", "multitrip"])
def test_published_vrplib_files_survive_writing_and_reading(shared_data: Path, kind: str) -> None:
    for path in sorted((shared_data / "routing" / kind).glob("*.vrp")):
        problem = read_vrplib(path.read_text())
        assert read_vrplib(write_vrplib(problem)) == problem, path.name


def test_published_solomon_files_survive_writing_and_reading(shared_data: Path) -> None:
    for path in sorted((shared_data / "routing" / "solomon").glob("*.txt")):
        text = path.read_text()
        problem = read_solomon(text)
        written = write_solomon(problem, solomon_points(text))
        assert read_solomon(written) == problem, path.name
        assert read_solomon(written, stops=25) == read_solomon(text, stops=25)


def test_a_solomon_problem_written_as_vrplib_keeps_its_figures(shared_data: Path) -> None:
    problem = read_solomon((shared_data / "routing" / "solomon" / "R101.txt").read_text())
    text = write_vrplib(problem)
    again = read_vrplib(text)
    assert "TYPE: VRPTW" in text
    assert [s.stop_id for s in again.stops] == [str(i) for i in range(2, 102)]
    named = [
        replace(s, stop_id=old.stop_id) for s, old in zip(again.stops, problem.stops, strict=True)
    ]
    assert tuple(named) == problem.stops
    assert again.distance_m == problem.distance_m
    assert again.depots[0].closes_s == problem.depots[0].closes_s


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("CVRP", {"far": True}),
        ("VRPTW", {}),
        ("HFVRP", {"fixed_cost": 4}),
        ("HFVRP", {"cost_per_m": 4}),
        ("MTVRPTWR", {"trips": 3}),
        ("MTVRPTWR", {"release": True}),
    ],
)
def test_the_type_says_what_the_file_needs(kind: str, changes: dict[str, Any]) -> None:
    window = TimeWindow(0, 86_400_000) if changes.pop("far", False) else WINDOW
    release_s = 50 if changes.pop("release", False) else 0
    stops = tuple(stop(name, window=window, release_s=release_s) for name in "ab")
    depots = (Depot("kitchen", 0, window.end_s),)
    problem = plain(van(shift=window, **changes), stops=stops, depots=depots)
    text = write_vrplib(problem)
    assert f"TYPE: {kind}\n" in text
    again = read_vrplib(text)
    assert [replace(k, type_id="van") for k in again.vehicle_types] == list(problem.vehicle_types)
    assert [(s.window, s.release_s) for s in again.stops] == [(window, release_s)] * 2


def test_vehicles_of_several_types_keep_their_figures() -> None:
    kinds = (
        van("x", shift=WINDOW, trips=2),
        van("y", shift=WINDOW, capacity_boxes=4, fixed_cost=9),
    )
    again = read_vrplib(write_vrplib(plain(*kinds))).vehicle_types
    assert again == (replace(kinds[0], type_id="type-1"), replace(kinds[1], type_id="type-2"))


RELAY = Relay("li", "a", (RelayLeg("b", 1, 1),), 1, 9, WINDOW)
HOLES = ((0, 10, None), (10, 0, 20), (30, 20, 0))
EVERYWHERE: list[tuple[str, dict[str, Any]]] = [
    ("depots", {"depots": (Depot("k", 0, 900), Depot("l", 0, 900)), "distance_m": None}),
    ("relays", {"relays": (RELAY,)}),
    ("habits", {"habits": Habits()}),
    ("fewest_vehicles", {"fewest_vehicles": True}),
    ("depot.ready_s", {"depots": (Depot("kitchen", 5, 900),)}),
    ("depot.closes_s", {"depots": (Depot("kitchen", 0),)}),
    ("duration_s", {"duration_s": ((0, 1, 30), (10, 0, 20), (30, 20, 0))}),
    ("distance_m", {"distance_m": HOLES, "duration_s": HOLES}),
    ("name", {"name": "two\nlines"}),
    ("van.cost_per_s", {"vehicle_types": (van(shift=WINDOW, cost_per_s=1),)}),
    ("van.reload_s", {"vehicle_types": (van(shift=WINDOW, trips=2, reload_s=5),)}),
    ("x.shift", {"vehicle_types": (van(shift=WINDOW), van("x"))}),
    ("a.max_hold_s", {"stops": (stop("a", max_hold_s=9), stop("b"))}),
    ("a.required", {"stops": (stop("a", required=False), stop("b"))}),
    ("b.priority", {"stops": (stop("a"), stop("b", priority=2))}),
    ("a.allowed_types", {"stops": (stop("a", allowed_types=frozenset({"van"})), stop("b"))}),
    ("a.allowed_depots", {"stops": (stop("a", allowed_depots=frozenset()), stop("b"))}),
]


@pytest.mark.parametrize(("feature", "changes"), EVERYWHERE)
def test_what_neither_format_can_carry_is_named(feature: str, changes: dict[str, Any]) -> None:
    if changes.get("distance_m", METRES) is None:  # a second kitchen is a fourth place
        four = tuple(tuple(10 * abs(i - j) for j in range(4)) for i in range(4))
        changes = {**changes, "distance_m": four, "duration_s": four}
    problem = plain(**changes)
    for write in (write_vrplib, lambda one: write_solomon(one, POINTS)):
        with pytest.raises(errors.NotInFormat) as refusal:
            write(problem)
        assert refusal.value.feature == feature


@pytest.mark.parametrize(
    ("feature", "changes"),
    [
        ("vehicle_types", {"vehicle_types": (van(shift=WINDOW), van("x", shift=WINDOW))}),
        ("van.cost or trips", {"vehicle_types": (van(shift=WINDOW, fixed_cost=1),)}),
        ("van.cost or trips", {"vehicle_types": (van(shift=WINDOW, trips=2),)}),
        ("name", {"name": "two words"}),
        ("a: times of less than ten", {"stops": (stop("a", service_s=5), stop("b"))}),
        ("a.release_s", {"stops": (stop("a", release_s=50), stop("b"))}),
        ("distance_m", {"distance_m": ((0, 10, 31), *METRES[1:]), "duration_s": ((0, 10, 31), *METRES[1:])}),
    ],
)  # fmt: skip
def test_what_solomon_cannot_carry_is_named(feature: str, changes: dict[str, Any]) -> None:
    with pytest.raises(errors.NotInFormat) as refusal:
        write_solomon(plain(**changes), POINTS)
    assert (refusal.value.format_name, refusal.value.feature) == ("Solomon", feature)
    write_vrplib(plain(**changes))


def test_a_plain_problem_is_written_in_both_formats() -> None:
    problem = plain()
    assert read_solomon(write_solomon(problem, POINTS)).distance_m == METRES
    assert read_vrplib(write_vrplib(problem)).distance_m == METRES


@given(seed=st.integers(0, 10**6))
def test_nothing_is_ever_dropped_from_a_rich_problem(seed: int) -> None:
    problem = rich_problem(seed, 5)
    try:
        again = read_vrplib(write_vrplib(problem))
    except errors.NotInFormat:
        return
    assert [s.window for s in again.stops] == [s.window for s in problem.stops]
