"""What if one thing were different: the answer is solved, judged and compared with the plan."""

from dataclasses import replace
from typing import Any

import pytest

from routing import errors
from routing.differences import ChangeKind, matched, route_changes, stop_changes
from routing.plan import DeliveryPlan, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Relay, RelayLeg, TimeWindow
from routing.route import Reason
from routing.solve import solve
from routing.what_if import (
    BoxesChanged,
    Change,
    FewerVehicles,
    KitchenLate,
    RoadClosed,
    StopAdded,
    StopDropped,
    WhatIf,
    apply_change,
    beside,
    what_if,
)
from tests.routing.rich_worlds import rich_brute_force, rich_problem
from tests.routing.routing_worlds import DAY, line, road, stop, van


def planned(problem: DeliveryProblem) -> DeliveryPlan:
    return solve(problem, time_limit_s=5, seed=1)


def asked(problem: DeliveryProblem, *changes: Change) -> WhatIf:
    return what_if(problem, planned(problem), changes, time_limit_s=5, seed=1)


def test_a_vehicle_less_leaves_out_what_does_not_fit_any_more_and_says_why() -> None:
    stops = [stop("a", boxes=6), stop("b", boxes=6, priority=9)]
    found = asked(line(stops, van(count=2)), FewerVehicles("van"))
    assert (found.extra_missed, found.extra_vehicles) == (1, -1)
    (lost,) = found.lost
    assert (lost.blocking.stop_id, lost.blocking.reason) == ("a", Reason.VEHICLES)
    assert lost.displaces is not None
    assert lost.displaces.stop_ids == ("b",)
    assert [(c.stop_id, c.kind) for c in found.stops if c.after is None] == [("a", ChangeKind.LOST)]


def test_a_closed_road_holds_in_both_directions_unless_it_is_one_way() -> None:
    problem = line([stop("a"), stop("b")])
    both = apply_change(problem, RoadClosed("a", "b"))
    assert (both.duration_s[1][2], both.duration_s[2][1]) == (None, None)
    assert (both.distance_m[1][2], both.distance_m[2][1]) == (None, None)
    one = apply_change(problem, RoadClosed("a", "b", one_way=True))
    assert (one.duration_s[1][2], one.duration_s[2][1]) == (None, 100)
    assert asked(problem, RoadClosed("a", "b")).extra_cost == 2000


def test_a_late_kitchen_shifts_every_stop_by_more_than_five_minutes() -> None:
    found = asked(line([stop("a"), stop("b")]), KitchenLate("kitchen", 301))
    assert {(c.stop_id, c.kind, c.shift_s) for c in found.stops} == {
        ("a", ChangeKind.SHIFTED, 301),
        ("b", ChangeKind.SHIFTED, 301),
    }
    assert asked(line([stop("a"), stop("b")]), KitchenLate("kitchen", 300)).stops == ()


def test_more_boxes_may_take_another_vehicle() -> None:
    problem = line([stop("a", boxes=4), stop("b", boxes=6)], van(fixed_cost=500))
    found = asked(problem, BoxesChanged("a", 5))
    assert (found.extra_vehicles, found.extra_cost) == (1, 2500)


def test_a_stop_that_wants_nothing_is_not_lost() -> None:
    found = asked(line([stop("a"), stop("b")]), StopDropped("b"))
    assert (found.extra_cost, found.lost) == (-2000, ())
    assert [s.stop_id for s in found.problem.stops] == ["a"]


def test_a_stop_next_door_takes_its_neighbours_ways() -> None:
    problem = line([stop("a"), stop("b")])
    found = asked(problem, beside(problem, stop("new"), "b"))
    assert found.extra_cost == 0
    assert ("new", ChangeKind.ADDED) in {(c.stop_id, c.kind) for c in found.stops}


def test_an_added_stop_stands_before_the_places() -> None:
    li = Relay("li", "bridge", (RelayLeg("a", 300, 80),), 5, 900, DAY)
    problem = road([0, 4, 2], [Depot("kitchen", 0)], [stop("a")], places=("bridge",), relays=(li,))
    new = StopAdded(
        stop("n"), (9000, 5000, 7000), (900, 500, 700), (9000, None, 7000), (900, None, 700)
    )
    grown = apply_change(problem, new)
    assert list(grown.index_of()) == ["kitchen", "a", "n", "bridge"]
    assert grown.duration_s == (
        (0, 400, 900, 200),
        (400, 0, None, 200),
        (900, 500, 0, 700),
        (200, 200, 700, 0),
    )
    assert grown.distance_m[2] == (9000, 5000, 0, 7000)


def test_several_changes_hold_together() -> None:
    problem = line([stop("a", boxes=6), stop("b", boxes=6)], van(count=2))
    found = asked(problem, BoxesChanged("a", 2), BoxesChanged("b", 2), FewerVehicles("van"))
    assert (found.extra_missed, found.lost) == (0, ())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (FewerVehicles("plane"), errors.NoSuchType),
        (FewerVehicles("van", 4), errors.OutOfRange),
        (FewerVehicles("van", 3), errors.NoVehicles),
        (RoadClosed("a", "x"), errors.UnknownStop),
        (KitchenLate("x", 5), errors.UnknownDepot),
        (KitchenLate("kitchen", -5), errors.OutOfRange),
        (StopDropped("x"), errors.UnknownStop),
        (BoxesChanged("x", 1), errors.UnknownStop),
        (BoxesChanged("a", -1), errors.OutOfRange),
        (StopAdded(stop("a"), (1, 1), (1, 1), (1, 1), (1, 1)), errors.DuplicateStop),
        (StopAdded(stop("n"), (1,), (1,), (1, 1), (1, 1)), errors.MatrixShape),
        (StopAdded(stop("n"), (None, 1), (1, 1), (1, 1), (1, 1)), errors.MatricesDisagree),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(
    change: Change, error: type[errors.RoutingError]
) -> None:
    with pytest.raises(error):
        apply_change(line([stop("a")]), change)


def test_nobody_lives_next_door_to_nowhere() -> None:
    with pytest.raises(errors.UnknownStop):
        beside(line([stop("a")]), stop("n"), "x")


@pytest.mark.parametrize("seed", range(8))
def test_the_answer_is_what_trying_everything_finds(seed: int) -> None:
    problem = rich_problem(seed, 5)
    first = problem.stops[0]
    names = list(problem.index_of())
    wide = replace(first, stop_id="new", window=TimeWindow(0, 9000))
    changes: list[Change] = [
        RoadClosed(names[0], names[-1]),
        KitchenLate("kitchen", 600),
        beside(problem, wide, first.stop_id),
        BoxesChanged(first.stop_id, 3),
    ]
    if sum(kind.count for kind in problem.vehicle_types) > 1:
        present = next(kind for kind in problem.vehicle_types if kind.count)
        changes.append(FewerVehicles(present.type_id))
    if len(problem.stops) > 1:
        changes.append(StopDropped(first.stop_id))
    plan = planned(problem)
    for change in changes:
        found = what_if(problem, plan, [change], time_limit_s=5, seed=1)
        verdict = evaluate(found.problem, found.plan.sequences())
        assert verdict.feasible
        missed, _, cost = rich_brute_force(found.problem)
        assert (found.plan.missed_weight, found.plan.cost) == (missed, cost)
        assert found.plan.proven
        served = {name for route in plan.routes for name in route.stop_ids()}
        gone = served - {name for route in found.plan.routes for name in route.stop_ids()}
        lost = {one.blocking.stop_id for one in found.lost}
        assert lost == gone & {s.stop_id for s in found.problem.stops}


def routes(problem: DeliveryProblem, *given: tuple[Any, ...]) -> Any:
    return evaluate(problem, [VisitSequence("van", names, 0, n) for n, names in given]).routes


def test_vehicles_are_matched_by_the_stops_they_share() -> None:
    problem = line([stop(n) for n in "abcd"], van(count=3))
    before = routes(problem, (0, ("a", "b")), (1, ("c", "d")))
    after = routes(problem, (0, ("c", "d")), (1, ("b",)), (2, ("a",)))
    found = matched(before, after)
    assert [(r.vehicle, r.stop_ids()) for r in found] == [(1, ("c", "d")), (0, ("b",)), (2, ("a",))]
    assert [(c.stop_id, c.kind) for c in stop_changes(before, found)] == [("a", ChangeKind.MOVED)]
    changes = {(c.vehicle, c.before, c.after) for c in route_changes(before, found)}
    assert changes == {(0, ("a", "b"), ("b",)), (2, (), ("a",))}
    (other,) = matched((), routes(problem, (0, ("a",))), {("van", 0)})
    assert other.vehicle == 1
