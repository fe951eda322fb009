"""Habits: what drivers and elders know stays, where it costs nothing or little to keep it."""

import lzma
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from routing.habits import adapted, habit_cost, habits_of, kept_share, legs_of, settled
from routing.instances import read_rural
from routing.plan import Handover, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Habits, Relay, RelayLeg
from routing.solve import solve
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import DAY, as_plan, line, road, stop, van


def valley(shared_data: Path, name: str) -> DeliveryProblem:
    path = shared_data / "routing" / "rural" / f"{name}.json.xz"
    return read_rural(lzma.decompress(path.read_bytes()).decode())


def next_day(problem: DeliveryProblem, seed: int) -> DeliveryProblem:
    """One box more or less at five stops."""
    rng = Random(seed)
    some = rng.sample([s.stop_id for s in problem.stops], 5)
    stops = tuple(
        replace(s, boxes=max(1, s.boxes + rng.choice((-1, 1)))) if s.stop_id in some else s
        for s in problem.stops
    )
    return replace(problem, stops=stops)


@pytest.mark.parametrize("seed", [0, 1])
def test_small_changes_in_the_orders_leave_nine_legs_in_ten(shared_data: Path, seed: int) -> None:
    problem = valley(shared_data, "rural40_1")
    before = solve(problem, time_limit_s=6, seed=1)
    today = next_day(problem, seed)
    start = adapted(today, before.sequences())
    alone = solve(today, time_limit_s=6, seed=2)
    begun = solve(today, time_limit_s=6, seed=2, start=start)
    habits = habits_of(today, before, leg_cost=500, driver_cost=0)
    known = replace(today, habits=habits)
    kept = solve(known, time_limit_s=6, seed=2, start=start)
    shares = [kept_share(today, before.routes, one.routes) for one in (alone, begun, kept)]
    assert shares[0] < 0.9 <= shares[1] <= shares[2]
    # Half a kilometre a leg is not enough to drive a detour for: the money is that of the best plan.
    assert kept.cost - habit_cost(known, kept.routes) == alone.cost == begun.cost


def test_habits_name_every_leg_and_the_type_that_came() -> None:
    problem = line([stop("a"), stop("b")], van(), van("cart"))
    verdict = evaluate(problem, [VisitSequence("van", ("a",)), VisitSequence("cart", ("b",))])
    found = habits_of(problem, as_plan(problem, verdict), leg_cost=5, driver_cost=40)
    assert found == Habits(
        frozenset({("kitchen", "a"), ("a", "kitchen"), ("kitchen", "b"), ("b", "kitchen")}),
        5,
        (("a", "van"), ("b", "cart")),
        40,
    )


def test_the_price_of_habits_is_what_the_judge_charges_for_them() -> None:
    for seed in range(40):
        problem = rich_problem(seed, 6)
        plan = solve(problem, time_limit_s=3, seed=1)
        plain = evaluate(replace(problem, habits=None), plan.sequences())
        assert plan.cost == plain.cost + habit_cost(problem, plan.routes)


def test_another_days_rounds_lose_what_today_does_not_have() -> None:
    li = Relay("li", "bridge", (RelayLeg("a", 300, 80),), 5, 900, DAY)
    problem = road([0, 4, 2], [Depot("kitchen", 0)], [stop("a")], places=("bridge",), relays=(li,))
    given = (Handover("li", ("b", "a")), Handover("wang", ("a",)))
    found = adapted(
        problem,
        [
            VisitSequence("van", ("gone", "bridge"), 7, 2, given),
            VisitSequence("van", ("gone",), 7, 1),
            VisitSequence("plane", ("a",)),
            VisitSequence("van", ("bridge",), 9, 0),
        ],
    )
    assert found == [VisitSequence("van", ("bridge",), None, 2, (Handover("li", ("a",)),))]


def test_where_there_are_fewer_vehicles_those_with_the_most_stops_stay() -> None:
    problem = line([stop("a"), stop("b"), stop("c")], van(count=1))
    found = adapted(problem, [VisitSequence("van", ("a",)), VisitSequence("van", ("b", "c"))])
    assert [one.stop_ids for one in found] == [("b", "c")]


def test_a_plan_without_routes_keeps_everything() -> None:
    problem = line([])
    assert kept_share(problem, (), ()) == 1.0
    assert legs_of(problem, ()) == []


def test_of_plans_that_cost_the_same_the_known_one_is_kept() -> None:
    problem = line([stop(name) for name in "abcd"], van(capacity_boxes=4))
    start = [VisitSequence("van", ("d", "c", "b", "a"))]
    there = as_plan(problem, evaluate(problem, [VisitSequence("van", ("a", "b", "c", "d"))]))
    assert settled(problem, there, start).routes[0].stop_ids() == ("d", "c", "b", "a")


def test_a_known_plan_that_costs_more_is_not_kept_but_a_known_direction_is() -> None:
    problem = line([stop(name) for name in "abcd"], van(capacity_boxes=2))
    start = [VisitSequence("van", (name,)) for name in "ab"] + [VisitSequence("van", ("d", "c"))]
    found = [VisitSequence("van", ("a", "b")), VisitSequence("van", ("c", "d"))]
    plan = settled(problem, as_plan(problem, evaluate(problem, found)), start)
    assert [route.stop_ids() for route in plan.routes] == [("a", "b"), ("d", "c")]


@pytest.mark.parametrize("seed", range(12))
def test_settling_changes_neither_the_objective_nor_what_is_proven(seed: int) -> None:
    problem = rich_problem(seed, 6)
    plan = solve(problem, time_limit_s=3, seed=1)
    other = solve(problem, time_limit_s=3, seed=2)
    kept = settled(problem, plan, adapted(problem, other.sequences()))
    verdict = evaluate(problem, kept.sequences())
    assert verdict.feasible
    assert (verdict.missed_weight, verdict.cost) == (plan.missed_weight, plan.cost)
    assert (kept.proven, kept.bound, kept.certificate) == (
        plan.proven,
        plan.bound,
        plan.certificate,
    )
    assert {entry.stop_id for entry in kept.unserved} == set(verdict.missing)
