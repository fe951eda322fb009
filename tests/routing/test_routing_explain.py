from dataclasses import replace
from typing import Any

import pytest

from routing import errors
from routing.explain import Explanation, Relaxation, RelaxationKind, explain
from routing.plan import DeliveryPlan, evaluate
from routing.problem import DeliveryProblem, TimeWindow
from routing.solve import solve
from tests.routing.routing_worlds import line, random_problem, stop, van


def planned(problem: DeliveryProblem) -> DeliveryPlan:
    return solve(problem, time_limit_s=5, seed=1)


def why(problem: DeliveryProblem, stop_id: str) -> Explanation:
    return explain(problem, planned(problem), stop_id)


def relaxed(problem: DeliveryProblem, by: Relaxation) -> DeliveryProblem:
    """The problem with just this one figure changed."""

    def change_stop(**fields: Any) -> DeliveryProblem:
        wanted = [replace(s, **fields) if s.stop_id == by.stop_id else s for s in problem.stops]
        return replace(problem, stops=tuple(wanted))

    def change_type(**fields: Any) -> DeliveryProblem:
        kinds = [
            replace(k, **fields) if k.type_id == by.type_id else k for k in problem.vehicle_types
        ]
        return replace(problem, vehicle_types=tuple(kinds))

    kind = problem.type_of()[by.type_id]
    target = next((s for s in problem.stops if s.stop_id == by.stop_id), None)
    if target is not None:
        window = replace(target.window, end_s=target.window.end_s + by.by)
        allowed = (target.allowed_types or frozenset()) | {by.type_id}
        return {
            RelaxationKind.HOLD: lambda: change_stop(max_hold_s=(target.max_hold_s or 0) + by.by),
            RelaxationKind.WINDOW: lambda: change_stop(window=window),
            RelaxationKind.TYPE: lambda: change_stop(allowed_types=allowed),
        }[by.kind]()
    shift, depot = kind.shift, problem.depot
    later = replace(shift, end_s=shift.end_s + by.by)
    return {
        RelaxationKind.CAPACITY: lambda: change_type(capacity_boxes=kind.capacity_boxes + by.by),
        RelaxationKind.VEHICLE: lambda: change_type(count=kind.count + by.by),
        RelaxationKind.SHIFT_END: lambda: change_type(shift=later),
        RelaxationKind.SHIFT_START: lambda: change_type(
            shift=replace(shift, start_s=shift.start_s - by.by)
        ),
        RelaxationKind.READY: lambda: replace(
            problem, depot=replace(depot, ready_s=depot.ready_s - by.by)
        ),
        RelaxationKind.DEPOT_CLOSES: lambda: replace(
            problem, depot=replace(depot, closes_s=(depot.closes_s or 0) + by.by)
        ),
    }[by.kind]()


@pytest.mark.parametrize(
    ("changes", "kind", "by"),
    [
        ({"max_hold_s": 80}, RelaxationKind.HOLD, 20),
        ({"window": TimeWindow(0, 90)}, RelaxationKind.WINDOW, 10),
        ({"boxes": 11}, RelaxationKind.CAPACITY, 1),
        ({"window": TimeWindow(86_300, 86_400)}, RelaxationKind.SHIFT_END, 60),
        ({"allowed_types": frozenset[str]()}, RelaxationKind.TYPE, 1),
    ],
)
def test_the_cheapest_relaxation_is_the_figure_that_is_lacking(
    changes: dict[str, Any], kind: RelaxationKind, by: int
) -> None:
    answer = why(line([stop("far", **changes)]), "far")
    assert answer.cheapest is not None
    assert (answer.cheapest.kind, answer.cheapest.by) == (kind, by)
    assert answer.cheapest.extra_cost == 2000


def test_a_lack_of_vehicles_is_explained_by_one_more() -> None:
    stops = [stop("a", boxes=6), stop("b", boxes=6)]
    problem = line(stops, van(count=1, capacity_boxes=8, fixed_cost=500))
    plan = planned(problem)
    answer = explain(problem, plan, plan.unserved[0].stop_id)
    options = {(r.kind, r.by) for r in answer.relaxations}
    assert options == {(RelaxationKind.VEHICLE, 1), (RelaxationKind.CAPACITY, 4)}


def test_a_stop_without_roads_has_no_relaxation() -> None:
    hole = ((0, None), (None, 0))
    problem = DeliveryProblem("hole", line([]).depot, (stop("a"),), (van(),), hole, hole)
    answer = why(problem, "a")
    assert answer.relaxations == ()
    assert answer.cheapest is None


def test_only_unserved_stops_are_explained() -> None:
    problem = line([stop("a")])
    with pytest.raises(errors.UnknownStop):
        explain(problem, planned(problem), "a")


@pytest.mark.parametrize("seed", range(60, 90))
def test_every_relaxation_named_makes_a_plan_with_the_stop_feasible(seed: int) -> None:
    problem = random_problem(seed)
    plan = planned(problem)
    for entry in plan.unserved:
        for option in explain(problem, plan, entry.stop_id).relaxations:
            assert option.by > 0
            eased = relaxed(problem, option)
            better = planned(eased)
            assert better.missed_weight < plan.missed_weight
            assert evaluate(eased, better.sequences()).feasible
