from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.plan import (
    Violation,
    ViolationKind,
    VisitSequence,
    critical_departures,
    evaluate,
    missed_weight,
)
from routing.problem import DeliveryProblem, TimeWindow
from tests.routing.routing_worlds import line, random_problem, stop, van


def drive(problem: DeliveryProblem, *ids: str, depart_s: int | None = None) -> Any:
    return evaluate(problem, [VisitSequence("van", ids, depart_s)])


def kinds(problem: DeliveryProblem, *ids: str, depart_s: int | None = None) -> dict[str, int]:
    found = drive(problem, *ids, depart_s=depart_s).violations
    return {str(v.kind): v.by for v in found}


def test_a_route_is_driven_second_by_second() -> None:
    problem = line(
        [stop("a", boxes=2, window=TimeWindow(500, 900)), stop("b", boxes=3)],
        van(fixed_cost=7, cost_per_m=2, cost_per_s=5),
    )
    route = drive(problem, "a", "b", depart_s=300).routes[0]
    a, b = route.visits
    assert (a.arrive_s, a.start_s, a.leave_s, a.hold_s, a.load_after_boxes) == (
        400,
        500,
        560,
        200,
        3,
    )
    assert (b.arrive_s, b.start_s, b.leave_s, b.hold_s, b.load_after_boxes) == (
        660,
        660,
        720,
        360,
        0,
    )
    assert (route.return_s, route.duration_s, route.distance_m, route.boxes) == (920, 620, 4000, 5)
    assert route.cost == 7 + 2 * 4000 + 5 * 620


def test_the_best_departure_waits_in_the_kitchen_and_not_at_the_stop() -> None:
    route = drive(line([stop("a", window=TimeWindow(500, 900))]), "a").routes[0]
    assert (route.depart_s, route.duration_s) == (400, 260)


def test_of_equally_short_tours_the_earliest_leaves_slack() -> None:
    assert drive(line([stop("a")], ready_s=250), "a").routes[0].depart_s == 250


def test_each_rule_is_reported_with_the_stop_and_the_amount() -> None:
    early, late = stop("a", window=TimeWindow(0, 50)), stop("b", window=TimeWindow(0, 90))
    assert kinds(line([early]), "a", depart_s=0) == {"window": 50}
    assert kinds(line([stop("a"), late]), "b", depart_s=0) == {"window": 110}
    assert kinds(line([stop("a", max_hold_s=70)]), "a") == {"hold": 30}
    assert kinds(line([stop("a", boxes=12)]), "a") == {"capacity": 2}
    assert kinds(line([stop("a")], ready_s=30), "a", depart_s=10) == {"ready": 20}
    assert kinds(line([stop("a")], closes_s=200), "a", depart_s=0) == {"depot_closed": 60}
    shift = van(shift=TimeWindow(40, 260))
    assert kinds(line([stop("a")], shift), "a", depart_s=0) == {"shift_start": 40}
    assert kinds(line([stop("a")], shift), "a", depart_s=40) == {"shift_end": 40}


def test_rules_without_a_clock_are_reported_too() -> None:
    two = van(count=1), van("cart", capacity_boxes=5)
    problem = line([stop("a", allowed_types=frozenset({"cart"})), stop("b")], *two)
    assert kinds(problem, "a") == {"type": 1}
    assert kinds(problem, "b", "ghost") == {"unknown_stop": 1}
    assert kinds(problem, "b", "b") == {"visited_twice": 1}
    assert kinds(problem) == {"empty_route": 1}
    unknown = evaluate(problem, [VisitSequence("plane", ("a",))])
    assert unknown.violations == (Violation(ViolationKind.UNKNOWN_TYPE, 0, None, 1),)
    assert unknown.missing == ("a", "b")
    fleet = evaluate(problem, [VisitSequence("van", ("b",)), VisitSequence("van", ())])
    assert Violation(ViolationKind.FLEET, 1, None, 1) in fleet.violations


def test_a_stop_on_two_routes_is_visited_twice() -> None:
    both = evaluate(line([stop("a")]), [VisitSequence("van", ("a",))] * 2)
    assert both.violations == (Violation(ViolationKind.VISITED_TWICE, 1, "a", 1),)


def test_a_leg_that_does_not_exist_is_named_by_its_destination() -> None:
    problem = line([stop("a"), stop("b")])
    holes = ((0, None, 1), (1, 0, 1), (None, 1, 0))
    broken = evaluate(
        replace(problem, distance_m=holes, duration_s=holes), [VisitSequence("van", ("a", "b"))]
    )
    assert [(v.kind, v.stop_id) for v in broken.violations] == [
        (ViolationKind.UNREACHABLE, "a"),
        (ViolationKind.UNREACHABLE, "kitchen"),
    ]


def test_missing_stops_are_listed_and_do_not_make_driven_routes_infeasible() -> None:
    verdict = drive(line([stop("a"), stop("b")]), "b")
    assert verdict.feasible
    assert verdict.missing == ("a",)


def test_one_required_stop_outweighs_all_optional_ones() -> None:
    stops = [stop("a"), *(stop(f"o{i}", required=False, priority=9) for i in range(4))]
    problem = line(stops)
    assert missed_weight(problem, ["a"]) > missed_weight(problem, ["o0", "o1", "o2", "o3"])


@given(seed=st.integers(0, 10**6), ids=st.permutations(["s1", "s2", "s3"]))
def test_no_departure_of_the_day_is_better_than_the_judges_choice(
    seed: int, ids: list[str]
) -> None:
    problem = random_problem(seed)
    known = tuple(i for i in ids if i in problem.index_of())
    chosen = evaluate(problem, [VisitSequence("small", known)])
    merit = sum(v.by for v in chosen.violations), chosen.cost
    for depart_s in range(problem.depots[0].ready_s, 7000, 97):
        other = evaluate(problem, [VisitSequence("small", known, depart_s)])
        assert merit <= (sum(v.by for v in other.violations), other.cost)


def test_critical_departures_rise_and_start_at_the_first_possible_one() -> None:
    problem = line([stop("a", window=TimeWindow(500, 900), max_hold_s=150)], ready_s=30)
    moments = critical_departures(problem, VisitSequence("van", ("a",)))
    assert moments[0] == 30
    assert list(moments) == sorted(set(moments))
    with pytest.raises(KeyError):
        critical_departures(problem, VisitSequence("plane", ("a",)))
