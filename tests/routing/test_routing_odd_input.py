"""Odd and impossible input: a named error, or a plan with everything served or listed."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import errors
from routing.figures import LARGEST
from routing.plan import Reason, evaluate
from routing.problem import (
    DeliveryProblem,
    Depot,
    Habits,
    Relay,
    RelayLeg,
    Stop,
    TimeWindow,
    VehicleType,
)
from routing.solve import solve
from routing.verify import verify
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import DAY, line, road, stop, van

Change = Callable[[DeliveryProblem], DeliveryProblem]

FULL: dict[type, Any] = {
    TimeWindow: TimeWindow(1, 2),
    Depot: Depot("kitchen", 1, 2),
    Stop: Stop("a", 1, 1, DAY, 1, release_s=1),
    VehicleType: VehicleType("van", 1, 1, 1, 1, 1, DAY, trips=2, reload_s=1),
    RelayLeg: RelayLeg("a", 1, 1),
    Relay: Relay("li", "a", (), 1, 1, DAY, 1, 1, 1),
    Habits: Habits(frozenset(), 1, (), 1),
}
FIGURES = [
    (kind, field.name)
    for kind, value in FULL.items()
    for field in fields(kind)
    if type(getattr(value, field.name)) is int
]
MAY_BE_NONE = {(Stop, "max_hold_s"), (Depot, "closes_s")}


def test_every_figure_of_a_problem_is_among_those_tried() -> None:
    assert len(FIGURES) == 2 + 2 + 5 + 7 + 2 + 5 + 2


@pytest.mark.parametrize(("kind", "name"), FIGURES)
def test_no_figure_takes_what_is_no_whole_number(kind: type, name: str) -> None:
    """NaN, infinity, halves, text, truth values; negative and huge ones are out of range."""
    for value in (float("nan"), float("inf"), 0.5, 1.0, "1", True, [], 1 + 0j):
        with pytest.raises(errors.NotWhole) as refusal:
            replace(FULL[kind], **{name: value})
        assert refusal.value.field.endswith(name)
    for value in (-1, -LARGEST, LARGEST + 1, 2**64, -(2**200)):
        with pytest.raises(errors.OutOfRange):
            replace(FULL[kind], **{name: value})
    if (kind, name) in MAY_BE_NONE:
        assert replace(FULL[kind], **{name: None})
    else:
        with pytest.raises(errors.NotWhole):
            replace(FULL[kind], **{name: None})


@settings(max_examples=200)
@given(
    entry=st.one_of(
        st.integers(-(2**70), 2**70), st.floats(), st.none(), st.booleans(), st.text(max_size=2)
    ),
    row=st.integers(0, 2),
    column=st.integers(0, 2),
    both=st.booleans(),
)
def test_a_matrix_takes_whole_numbers_in_range_and_holes_in_both(
    entry: Any, row: int, column: int, both: bool
) -> None:
    problem = line([stop("a"), stop("b")])
    table = [list(values) for values in problem.distance_m]
    table[row][column] = entry
    matrix = tuple(map(tuple, table))
    changed: dict[str, Any] = {"distance_m": matrix}
    if both:
        changed["duration_s"] = matrix
    fits = entry is None or (type(entry) is int and 0 <= entry <= LARGEST)
    alike = both or entry is not None or row == column
    if fits and alike:
        plan = solve(replace(problem, **changed), time_limit_s=5, seed=1)
        check_plan(replace(problem, **changed), plan)
    else:
        wrong = errors.MatricesDisagree if fits else errors.MatrixEntry
        with pytest.raises(wrong):
            replace(problem, **changed)


def test_too_many_stops_are_refused_before_anything_else_is_looked_at() -> None:
    stops = tuple(stop(f"s{i}") for i in range(5000))
    with pytest.raises(errors.TooManyStops) as refusal:
        replace(line([]), stops=stops)
    assert refusal.value.found == 5000


def test_ids_that_stand_twice_and_fleets_of_nobody_are_refused() -> None:
    with pytest.raises(errors.DuplicateStop):
        line([stop("a"), stop("a")])
    with pytest.raises(errors.DuplicateVehicleType):
        line([stop("a")], van(), van())
    with pytest.raises(errors.NoVehicles):
        line([stop("a")], van(count=0), van("other", count=0))
    with pytest.raises(errors.NoVehicles):
        replace(line([stop("a")]), vehicle_types=())


def check_plan(problem: DeliveryProblem, plan: Any) -> None:
    """Every stop served or listed with its figures, the judge content, no bound above the plan."""
    served = [name for route in plan.routes for name in route.stop_ids()]
    served = [name for name in served if name not in problem.places]
    listed = [entry.stop_id for entry in plan.unserved]
    assert sorted(served + listed) == sorted(s.stop_id for s in problem.stops)
    assert all(entry.detail.needs > entry.detail.limit for entry in plan.unserved)
    verdict = evaluate(problem, plan.sequences())
    assert verdict.feasible
    assert (verdict.cost, verdict.missed_weight) == (plan.cost, plan.missed_weight)
    assert plan.missed_bound is None or plan.missed_bound <= plan.missed_weight
    assert plan.bound is None or plan.bound <= plan.cost


def every_stop(**changes: Any) -> Change:
    return lambda p: replace(p, stops=tuple(replace(s, **changes) for s in p.stops))


def every_van(**changes: Any) -> Change:
    return lambda p: replace(p, vehicle_types=tuple(replace(k, **changes) for k in p.vehicle_types))


def travel(metres: Any, seconds: Any) -> Change:
    """Roads as long as they are (None), or all the same; missing ones stay missing."""

    def changed(problem: DeliveryProblem) -> DeliveryProblem:
        def table(matrix: Any, value: Any) -> Any:
            if value is None:
                return matrix
            return tuple(tuple(None if v is None else value for v in row) for row in matrix)

        return replace(
            problem,
            distance_m=table(problem.distance_m, metres),
            duration_s=table(problem.duration_s, seconds),
        )

    return changed


def without_roads(problem: DeliveryProblem) -> DeliveryProblem:
    size = len(problem.distance_m)
    hole = ((None,) * size,) * size
    return replace(problem, distance_m=hole, duration_s=hole)


def endless(problem: DeliveryProblem) -> DeliveryProblem:
    """A day of thirty years in which each road takes ten of them."""
    changed = every_stop(window=TimeWindow(0, LARGEST), max_hold_s=LARGEST)(problem)
    changed = every_van(shift=TimeWindow(0, LARGEST), cost_per_s=1)(changed)
    return travel(None, LARGEST // 6)(changed)


def alternating(problem: DeliveryProblem) -> DeliveryProblem:
    """The largest priorities, every other stop optional."""
    stops = [replace(s, priority=1000, required=i % 2 == 0) for i, s in enumerate(problem.stops)]
    return replace(problem, stops=tuple(stops))


def many_rounds(problem: DeliveryProblem) -> DeliveryProblem:
    kinds = [
        replace(k, count=LARGEST, trips=LARGEST if k.trips > 1 else 1, reload_s=0)
        for k in problem.vehicle_types
    ]
    return replace(problem, vehicle_types=tuple(kinds))


def dear(problem: DeliveryProblem) -> DeliveryProblem:
    """As dear as a plan may be: larger is refused."""
    return every_van(fixed_cost=LARGEST, cost_per_s=10**7)(problem)


CHANGES: dict[str, Change] = {
    "no travel at all": travel(0, 0),
    "no travel time": travel(None, 0),
    "no distance": travel(0, None),
    "no roads": without_roads,
    "roads of thirty years": travel(None, LARGEST),
    "a day of thirty years": endless,
    "roads as long as a figure may be": travel(LARGEST, None),
    "no boxes": every_stop(boxes=0),
    "more boxes than any vehicle takes": every_stop(boxes=LARGEST),
    "vehicles without room": every_van(capacity_boxes=0),
    "boundless vehicles": every_van(capacity_boxes=LARGEST),
    "vehicles and rounds without number": many_rounds,
    "hold limits of nothing": every_stop(max_hold_s=0),
    "windows of one second": every_stop(window=TimeWindow(3000, 3000)),
    "windows after the day": every_stop(window=TimeWindow(LARGEST, LARGEST)),
    "service of thirty years": every_stop(service_s=LARGEST),
    "boxes that are never ready": every_stop(release_s=LARGEST),
    "nobody may come": every_stop(allowed_types=frozenset()),
    "no kitchen cooks": every_stop(allowed_depots=frozenset()),
    "the largest priorities": alternating,
    "shifts of one second": every_van(shift=TimeWindow(500, 500)),
    "everything is free": every_van(fixed_cost=0, cost_per_m=0, cost_per_s=0),
    "everything is dear": dear,
}


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=8)
@given(seed=st.integers(0, 10**6))
def test_an_odd_day_is_planned_to_the_end_and_proven(name: str, seed: int) -> None:
    try:
        problem = CHANGES[name](rich_problem(seed, 6))
    except errors.RoutingError:
        return
    plan = solve(problem, time_limit_s=20, seed=1)
    check_plan(problem, plan)
    assert plan.proven
    assert verify(problem, plan).confirmed


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), names=st.lists(st.sampled_from(sorted(CHANGES)), max_size=3))
def test_several_oddities_at_once_are_survived(seed: int, names: list[str]) -> None:
    problem = rich_problem(seed, 8)
    try:
        for name in names:
            problem = CHANGES[name](problem)
    except errors.RoutingError:
        return
    check_plan(problem, solve(problem, time_limit_s=5, seed=seed))


def test_a_county_that_cannot_be_reached_is_listed_stop_by_stop() -> None:
    stops = tuple(stop(f"s{i}") for i in range(60))
    hole = ((None,) * 61,) * 61
    problem = replace(line([]), stops=stops, distance_m=hole, duration_s=hole)
    plan = solve(problem, time_limit_s=5, seed=1)
    check_plan(problem, plan)
    assert (plan.routes, plan.proven) == ((), True)
    assert {entry.reason for entry in plan.unserved} == {Reason.UNREACHABLE}


@pytest.mark.parametrize(("metres", "seconds"), [(0, 0), (0, 60), (500, 0), (500, 60)])
def test_forty_stops_at_the_same_distance_are_planned(metres: int, seconds: int) -> None:
    """Every plan with as few rounds is best; nothing may loop or fall over ties."""
    size = 41
    stops = tuple(stop(f"s{i}", boxes=i % 2, max_hold_s=3000) for i in range(size - 1))
    problem = replace(
        line([]),
        stops=stops,
        vehicle_types=(van(count=40, capacity_boxes=5),),
        distance_m=((metres,) * size,) * size,
        duration_s=((seconds,) * size,) * size,
    )
    plan = solve(problem, time_limit_s=3, seed=1)
    check_plan(problem, plan)
    assert plan.unserved == ()
    assert plan.cost == (44 if metres else 0) * metres  # four rounds of ten stops, five boxes each


def test_a_kitchen_that_is_far_from_its_vehicles_end_and_closes_is_listed_with_the_time() -> None:
    depots = [Depot("east", 0), Depot("west", 0, 500)]
    one = van(depot_id="east", end_depot_id="west")
    problem = road([0, 9, 2], depots, [stop("a")], one)
    plan = solve(problem, time_limit_s=5, seed=1)
    (entry,) = plan.unserved
    assert (entry.reason, entry.detail.needs, entry.detail.limit) == (Reason.SHIFT, 960, 500)
