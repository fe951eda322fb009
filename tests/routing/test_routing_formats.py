import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import errors
from routing.formats import (
    plan_exceptions,
    plan_record,
    problem_record,
    read_plan,
    read_problem,
    write_plan,
    write_problem,
)
from routing.geojson import plan_geojson
from routing.plan import DeliveryPlan, Handover, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Habits, Relay, RelayLeg, Stop, VehicleType
from routing.records import LONGEST_SHOWN
from routing.route import Relayed, Route, Shortfall, Unserved, Visit
from routing.travel import Position
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import DAY, as_plan, line, road, stop, van


def valley() -> DeliveryProblem:
    """Two kitchens, two trips, a relay at a bridge, habits, and a stop too large for every van."""
    leg = RelayLeg("c", 500, 90)
    return road(
        [0, 9, 1, 2, 4, 5, 3],
        [Depot("east", 0), Depot("west", 0, 7200)],
        [stop("a"), stop("b", release_s=900), stop("c"), stop("huge", boxes=99)],
        van(trips=2, reload_s=60, end_depot_id=None),
        van("cart", depot_id="west", end_depot_id="east"),
        places=("bridge",),
        relays=(Relay("li", "bridge", (leg,), 5, 1000, DAY, 30),),
        habits=Habits(frozenset({("east", "a")}), 3, (("a", "van"),), 7),
        fewest_vehicles=True,
    )


def valley_plan(problem: DeliveryProblem, **changes: Any) -> DeliveryPlan:
    rounds = [
        VisitSequence("van", ("a", "bridge"), None, 0, (Handover("li", ("c",)),)),
        VisitSequence("van", ("b",), None, 0),
    ]
    verdict = evaluate(problem, rounds)
    assert verdict.feasible
    return as_plan(problem, verdict, **changes)


@given(seed=st.integers(0, 10**6))
def test_a_problem_survives_writing_and_reading(seed: int) -> None:
    problem = rich_problem(seed, 7)
    assert read_problem(write_problem(problem)) == problem


def test_a_plan_file_holds_the_problem_the_plan_and_the_certificate() -> None:
    problem = valley()
    evidence = {"scale": 1024, "levels": [{"level": "cost", "bound": 5, "leaves": []}]}
    plan = valley_plan(problem, bound=5, certificate=evidence)
    found, again = read_plan(write_plan(problem, plan))
    assert (found, again) == (problem, plan)
    assert again.certificate == evidence
    assert again.sequences() == plan.sequences()


def test_a_plan_file_says_for_its_readers_what_follows_from_it() -> None:
    problem = valley()
    plan = valley_plan(problem)
    raw = json.loads(write_plan(problem, replace(plan, bound=plan.cost - 1)))
    assert raw["gap"] == round(100 / plan.cost, 4)
    assert raw["evaluation"] == {"cost": plan.cost, "feasible": True}
    assert [entry["stop_id"] for entry in raw["exceptions"]] == ["huge"]
    assert raw["exceptions"] == plan_exceptions(problem, plan)
    assert set(raw["exceptions"][0]) == {"stop_id", "reason", "detail", "way_out"}
    assert json.loads(write_plan(problem, plan))["gap"] is None


def test_what_follows_from_a_plan_is_not_read_back() -> None:
    problem = valley()
    plan = valley_plan(problem)
    raw = json.loads(write_plan(problem, plan))
    raw |= {"gap": "none", "exceptions": 3, "evaluation": None}
    assert read_plan(json.dumps(raw)) == (problem, plan)


def test_a_plan_may_be_kept_beside_its_problem() -> None:
    problem = valley()
    plan = valley_plan(problem)
    assert read_plan(json.dumps(plan_record(plan))) == (None, plan)
    assert read_problem(json.dumps(problem_record(problem))) == problem


def old_problem() -> dict[str, Any]:
    """A problem as the first version wrote it."""
    return {
        "format": "nuanzao-problem-1",
        "name": "old",
        "depot": {"depot_id": "kitchen", "ready_s": 30, "closes_s": None},
        "stops": [
            {
                "stop_id": "a", "boxes": 2, "service_s": 60, "window": [0, 900], "max_hold_s": 700,
                "required": True, "priority": 1, "allowed_types": ["van"],
            }
        ],
        "vehicle_types": [
            {
                "type_id": "van", "count": 2, "capacity_boxes": 9, "fixed_cost": 5, "cost_per_m": 1,
                "cost_per_s": 0, "shift": [0, 9000],
            }
        ],
        "distance_m": [[0, 5], [5, 0]],
        "duration_s": [[0, 7], [7, 0]],
    }  # fmt: skip


def old_route(stop_id: str) -> dict[str, Any]:
    visit = {
        "stop_id": stop_id, "arrive_s": 100, "start_s": 100, "leave_s": 160, "hold_s": 100,
        "load_after_boxes": 0,
    }  # fmt: skip
    return {
        "type_id": "van", "depart_s": 0, "return_s": 260, "visits": [visit], "distance_m": 2000,
        "duration_s": 260, "boxes": 1, "cost": 2000,
    }  # fmt: skip


def old_plan() -> dict[str, Any]:
    """A plan as the first version wrote it."""
    return {
        "format": "nuanzao-plan-1", "problem_name": "line", "cost": 6000, "bound": 6000,
        "missed_weight": 0, "missed_bound": 0, "proven": True, "seed": 1, "iterations": 9,
        "ended_by_clock": False, "unserved": [], "routes": [old_route("a"), old_route("b")],
    }  # fmt: skip


def test_a_problem_of_the_first_version_is_read() -> None:
    problem = read_problem(json.dumps(old_problem()))
    assert problem.depots == (Depot("kitchen", 30),)
    assert problem.stops[0].allowed_types == frozenset({"van"})
    assert (problem.stops[0].release_s, problem.vehicle_types[0].trips) == (0, 1)
    assert read_problem(write_problem(problem)) == problem


def test_a_plan_of_the_first_version_has_a_vehicle_for_every_route() -> None:
    problem, plan = read_plan(json.dumps(old_plan()))
    assert problem is None
    assert [(r.vehicle, r.trip, r.handovers) for r in plan.routes] == [(0, 1, ()), (1, 1, ())]
    assert plan.vehicles == 2
    assert evaluate(line([stop("a"), stop("b")]), plan.sequences()).feasible


def test_a_hand_written_problem_may_leave_out_what_has_a_default() -> None:
    raw = old_problem() | {"format": "nuanzao-problem-2"}
    raw["depots"] = [{"depot_id": "kitchen", "ready_s": 30}]
    del raw["depot"], raw["stops"][0]["required"], raw["stops"][0]["priority"]
    assert read_problem(json.dumps(raw)) == read_problem(json.dumps(old_problem()))


def test_a_figure_without_a_default_may_not_be_absent() -> None:
    raw = json.loads(write_problem(line([stop("a")])))
    del raw["stops"][0]["boxes"]
    with pytest.raises(errors.BadLine) as refusal:
        read_problem(json.dumps(raw))
    assert (refusal.value.where, refusal.value.value) == ("stops[0]", "'boxes'")


@pytest.mark.parametrize("key", ["vehicles", "certificate", "bound", "routes"])
def test_a_plan_is_read_whole_or_not_at_all(key: str) -> None:
    problem = valley()
    raw = json.loads(write_plan(problem, valley_plan(problem)))
    del raw[key]
    with pytest.raises(errors.BadLine):
        read_plan(json.dumps(raw))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "null", "[" * 100_000, '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": ' + "9" * 5000 + "}"],
)  # fmt: skip
def test_text_that_is_no_json_object_is_refused(text: str) -> None:
    for read in (read_problem, read_plan):
        with pytest.raises(errors.BadLine):
            read(text)


def test_another_format_is_refused_by_its_name() -> None:
    with pytest.raises(errors.UnsupportedValue) as refusal:
        read_problem(json.dumps({"format": "nuanzao-problem-9"}))
    assert refusal.value.value == "'nuanzao-problem-9'"
    with pytest.raises(errors.UnsupportedValue):
        read_plan(write_problem(line([stop("a")])))
    with pytest.raises(errors.BadLine):
        read_problem(json.dumps({"format": "nuanzao-problem-1"}))


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("depots",), 3, errors.BadLine),
        (("depots",), [], errors.NoDepot),
        (("depots", 0), [], errors.BadLine),
        (("depot",), {}, errors.BadLine),
        (("stops",), {}, errors.BadLine),
        (("stops", 0, "window"), [1], errors.BadLine),
        (("stops", 0, "window"), ["1", 2], errors.NotWhole),
        (("stops", 0, "window"), [2, 1], errors.WindowEndsBeforeStart),
        (("stops", 0, "allowed_types"), "van", errors.BadLine),
        (("stops", 0, "allowed_types"), ["plane"], errors.UnknownVehicleType),
        (("stops", 0, "allowed_depots"), ["moon"], errors.UnknownDepot),
        (("stops", 0, "required"), 1, errors.BadLine),
        (("stops", 0, "boxes"), 1.5, errors.NotWhole),
        (("stops", 0, "boxes"), True, errors.NotWhole),
        (("stops", 0, "boxes"), -1, errors.OutOfRange),
        (("stops", 0, "stop_id"), 7, errors.BadLine),
        (("stops", 0, "colour"), "red", errors.BadLine),
        (("vehicle_types", 0, "shift"), None, errors.BadLine),
        (("vehicle_types", 0, "trips"), 0, errors.OutOfRange),
        (("relays", 0, "legs", 0, "distance_m"), None, errors.NotWhole),
        (("relays", 0, "host"), "moon", errors.UnknownStop),
        (("habits",), [], errors.BadLine),
        (("habits", "legs"), [["a"]], errors.BadLine),
        (("habits", "drivers"), [["a", 3]], errors.BadLine),
        (("places",), [3], errors.BadLine),
        (("distance_m", 0), 4, errors.BadLine),
        (("distance_m", 0, 1), 1.5, errors.MatrixEntry),
        (("distance_m",), [[0]], errors.MatrixShape),
    ],
)  # fmt: skip
def test_wrong_fields_are_refused_by_name(
    path: tuple[Any, ...], value: Any, error: type[Exception]
) -> None:
    raw = json.loads(write_problem(valley()))
    put(raw, path, value)
    with pytest.raises(error):
        read_problem(json.dumps(raw))


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("cost",), "1", errors.NotWhole),
        (("cost",), None, errors.NotWhole),
        (("proven",), 1, errors.BadLine),
        (("certificate",), [], errors.BadLine),
        (("problem",), 3, errors.BadLine),
        (("problem", "stops"), 3, errors.BadLine),
        (("routes", 0, "vehicle"), "1", errors.NotWhole),
        (("routes", 0, "visits", 0, "start_s"), 1.0, errors.NotWhole),
        (("routes", 0, "handovers", 0), "li", errors.BadLine),
        (("unserved", 0, "reason"), "weather", errors.UnsupportedValue),
        (("unserved", 0, "detail"), {}, errors.BadLine),
        (("weather",), "rain", errors.BadLine),
    ],
)  # fmt: skip
def test_wrong_fields_of_a_plan_are_refused_by_name(
    path: tuple[Any, ...], value: Any, error: type[Exception]
) -> None:
    problem = valley()
    raw = json.loads(write_plan(problem, valley_plan(problem)))
    put(raw, path, value)
    with pytest.raises(error):
        read_plan(json.dumps(raw))


def test_the_reference_shows_a_problem_and_names_every_field() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "routing-files.md"
    text = page.read_text(encoding="utf-8")
    example = text.split("## Problem: `nuanzao-problem-2`\n\n")[1].split("\n\n")[0]
    problem = read_problem(example)
    served = VisitSequence("van", ("eshan", "xinhe"), None, 0, (Handover("Li", ("hilltop",)),))
    assert evaluate(problem, [served]).feasible
    shapes = (DeliveryProblem, Depot, Stop, VehicleType, Relay, RelayLeg, Habits, DeliveryPlan)
    for shape in (*shapes, Route, Visit, Handover, Relayed, Unserved, Shortfall):
        for field in fields(shape):
            assert f"`{field.name}`" in text, (shape, field.name)


def put(raw: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        raw = raw[key]
    raw[path[-1]] = value


def test_a_refusal_does_not_repeat_a_whole_file() -> None:
    raw = json.loads(write_problem(line([stop("a")])))
    raw["depots"] = "k" * 10_000
    with pytest.raises(errors.BadLine) as refusal:
        read_problem(json.dumps(raw))
    assert len(refusal.value.value) == LONGEST_SHOWN + 3


def drawn(**changes: Any) -> list[dict[str, Any]]:
    """The features of the valley's plan, every place 0.1 degrees of longitude from the next."""
    problem = valley()
    names = list(problem.index_of())
    places = {name: Position(name, 119 + i / 10, 29.8) for i, name in enumerate(names)} | changes
    kept = {name: place for name, place in places.items() if place is not None}
    features = json.loads(plan_geojson(problem, valley_plan(problem), kept))["features"]
    return [{**f["properties"], **f["geometry"]} for f in features]


def test_geojson_has_a_line_for_each_round_from_kitchen_to_kitchen() -> None:
    rounds = [f for f in drawn() if f["kind"] == "round"]
    assert [(f["type"], f["type_id"], f["vehicle"], f["trip"]) for f in rounds] == [
        ("LineString", "van", 0, 1),
        ("LineString", "van", 0, 2),
    ]
    east, a, bridge = [119.0, 29.8], [119.2, 29.8], [119.6, 29.8]
    assert rounds[0]["coordinates"] == [east, a, bridge, east]


def test_geojson_has_a_line_and_a_point_for_each_stop_that_a_relay_serves() -> None:
    features = drawn()
    legs = [f for f in features if f["kind"] == "relay"]
    assert [(f["type"], f["relay_id"], f["stop_id"], f["route"]) for f in legs] == [
        ("LineString", "li", "c", 1)
    ]
    assert legs[0]["coordinates"] == [[119.6, 29.8], [119.4, 29.8]]
    assert [f["stop_id"] for f in features if f["kind"] == "relayed"] == ["c"]


def test_geojson_has_a_point_for_each_kitchen_visit_and_stop_left_out() -> None:
    features = drawn()
    assert {f["type"] for f in features if f["kind"] in {"depot", "visit", "unserved"}} == {"Point"}
    assert [f["depot_id"] for f in features if f["kind"] == "depot"] == ["east", "west"]
    assert [f["stop_id"] for f in features if f["kind"] == "visit"] == ["a", "bridge", "b"]
    (left,) = [f for f in features if f["kind"] == "unserved"]
    assert (left["stop_id"], left["reason"]) == ("huge", "vehicles")


@pytest.mark.parametrize("name", ["east", "west", "a", "bridge", "c", "huge"])
def test_a_place_without_a_position_is_named(name: str) -> None:
    with pytest.raises(errors.MissingCoordinate) as refusal:
        drawn(**{name: None})
    assert refusal.value.place == name


def test_a_vehicle_that_ends_elsewhere_is_drawn_to_its_end() -> None:
    problem = valley()
    verdict = evaluate(problem, [VisitSequence("cart", ("c",))])
    places = {name: Position(name, i, 0) for i, name in enumerate(problem.index_of())}
    features = json.loads(plan_geojson(problem, as_plan(problem, verdict), places))["features"]
    (way,) = [f["geometry"] for f in features if f["properties"]["kind"] == "round"]
    assert way["coordinates"] == [[1, 0], [4, 0], [0, 0]]
