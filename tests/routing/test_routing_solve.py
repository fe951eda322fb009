import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import errors
from routing.instances import read_rural, read_solomon
from routing.plan import DeliveryPlan, Reason, evaluate
from routing.problem import DeliveryProblem, TimeWindow
from routing.solve import Progress, solve
from tests.routing.routing_worlds import brute_force, line, random_problem, stop, van


def planned(problem: DeliveryProblem, seed: int = 1) -> DeliveryPlan:
    return solve(problem, time_limit_s=20, seed=seed)


@pytest.mark.parametrize(("name", "optimum"), [("C101", 1913), ("R101", 6171)])
def test_solomon_with_25_stops_is_solved_and_proven(
    shared_data: Path, name: str, optimum: int
) -> None:
    text = (shared_data / "routing" / "solomon" / f"{name}.txt").read_text()
    plan = planned(read_solomon(text, stops=25))
    assert (plan.cost, plan.bound, plan.proven) == (optimum, optimum, True)
    assert plan.unserved == ()


def test_a_valley_with_20_stops_is_solved_and_proven(shared_data: Path) -> None:
    path = shared_data / "routing" / "rural" / "rural20_0.json.xz"
    plan = planned(read_rural(lzma.decompress(path.read_bytes()).decode()))
    assert (plan.cost, plan.proven) == (319_200, True)


def test_a_county_too_large_to_prove_at_once_still_has_a_bound(shared_data: Path) -> None:
    path = shared_data / "routing" / "rural" / "rural40_0.json.xz"
    problem = read_rural(lzma.decompress(path.read_bytes()).decode())
    plan = solve(problem, time_limit_s=8, seed=1)
    best_known = 562_700
    assert plan.bound is not None
    assert 0.7 * best_known < plan.bound <= best_known <= plan.cost
    assert plan.unserved == ()


@pytest.mark.parametrize("seed", range(24))
def test_solve_finds_and_proves_what_trying_everything_finds(seed: int) -> None:
    problem = random_problem(seed)
    plan = planned(problem, seed)
    assert (plan.missed_weight, plan.cost) == brute_force(problem)
    assert plan.proven


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_every_stop_is_in_one_route_or_listed_with_its_reason(seed: int) -> None:
    problem = random_problem(seed, 9)
    plan = solve(problem, time_limit_s=5, seed=0)
    served = [visit.stop_id for route in plan.routes for visit in route.visits]
    listed = [entry.stop_id for entry in plan.unserved]
    assert sorted(served + listed) == sorted(s.stop_id for s in problem.stops)
    verdict = evaluate(problem, plan.sequences())
    assert verdict.feasible
    assert (verdict.cost, verdict.routes) == (plan.cost, plan.routes)
    assert plan.bound is not None
    assert plan.bound <= plan.cost
    assert plan.missed_bound is not None
    assert plan.missed_bound <= plan.missed_weight
    for entry in plan.unserved:
        assert entry.detail.needs > entry.detail.limit


def test_the_same_seed_gives_the_same_plan_and_another_seed_the_same_proven_cost() -> None:
    problem = line([stop(f"s{i}", boxes=3, max_hold_s=600) for i in range(9)], van(count=9))
    first, again, other = (solve(problem, time_limit_s=20, seed=s) for s in (3, 3, 4))
    assert first == again
    assert not first.ended_by_clock
    assert (other.cost, other.proven) == (first.cost, True)


@pytest.mark.parametrize(
    ("changes", "reason", "needs", "limit"),
    [
        ({"max_hold_s": 80}, Reason.HOLD, 100, 80),
        ({"window": TimeWindow(0, 90)}, Reason.WINDOW, 100, 90),
        ({"boxes": 11}, Reason.CAPACITY, 11, 10),
        ({"window": TimeWindow(86_300, 86_400)}, Reason.SHIFT, 86_460, 86_400),
        ({"allowed_types": frozenset[str]()}, Reason.TYPE, 1, 0),
    ],
)
def test_a_stop_nobody_can_serve_comes_back_with_the_figures(
    changes: dict[str, Any], reason: Reason, needs: int, limit: int
) -> None:
    plan = planned(line([stop("far", **changes), stop("fine")]))
    (entry,) = plan.unserved
    assert (entry.stop_id, entry.reason) == ("far", reason)
    assert (entry.detail.needs, entry.detail.limit) == (needs, limit)
    assert [v.stop_id for r in plan.routes for v in r.visits] == ["fine"]


def test_a_stop_without_roads_is_unreachable() -> None:
    hole = ((0, None), (None, 0))
    problem = DeliveryProblem("hole", line([]).depot, (stop("a"),), (van(),), hole, hole)
    (entry,) = planned(problem).unserved
    assert (entry.reason, entry.detail.needs, entry.detail.limit) == (Reason.UNREACHABLE, 2, 0)


def test_too_few_vehicles_leave_out_the_least_important_stops() -> None:
    stops = [
        stop("low", boxes=6, priority=1),
        stop("high", boxes=6, priority=5),
        stop("extra", boxes=1, required=False, priority=99),
    ]
    plan = planned(line(stops, van(count=1, capacity_boxes=6)))
    assert [(u.stop_id, u.reason) for u in plan.unserved] == [
        ("low", Reason.VEHICLES),
        ("extra", Reason.VEHICLES),
    ]
    assert plan.unserved[0].detail.needs == 2
    assert plan.proven


def test_a_stop_reachable_through_another_only_is_served() -> None:
    hole = ((0, 100, None), (100, 0, 100), (100, 100, 0))
    problem = DeliveryProblem("way", line([]).depot, (stop("a"), stop("b")), (van(),), hole, hole)
    plan = planned(problem)
    assert [[v.stop_id for v in r.visits] for r in plan.routes] == [["a", "b"]]
    assert (plan.unserved, plan.cost, plan.proven) == ((), 300, True)


def test_time_on_the_road_and_fixed_costs_are_weighed_against_metres() -> None:
    stops = [stop("a"), stop("b")]
    one = planned(line(stops, van(fixed_cost=5000)))
    assert [len(r.visits) for r in one.routes] == [2]
    cheap = planned(line(stops, van("dear", cost_per_s=100), van("slow", cost_per_m=2)))
    assert {r.type_id for r in cheap.routes} == {"slow"}


def test_a_day_without_stops_is_an_empty_proven_plan() -> None:
    plan = planned(line([]))
    assert (plan.routes, plan.cost, plan.bound, plan.proven) == ((), 0, 0, True)
    assert plan.gap_percent == 0.0


def test_progress_is_told_and_never_worsens() -> None:
    heard: list[Progress] = []
    problem = random_problem(5, 8)
    solve(problem, time_limit_s=5, seed=1, progress=heard.append)
    assert (heard[0].phase, heard[-1].phase) == ("construct", "done")
    merits = [(p.missed_weight, p.cost) for p in heard]
    assert merits == sorted(merits, reverse=True)


def test_a_clock_that_runs_out_at_once_still_gives_a_judged_plan() -> None:
    stops = [stop(f"s{i}", boxes=2) for i in range(30)]
    plan = solve(line(stops, van(count=30)), time_limit_s=0.001, seed=1)
    assert plan.ended_by_clock
    assert not plan.proven
    assert plan.unserved == ()


@pytest.mark.parametrize("limit", [0, -1.0, float("nan"), float("inf"), 1e9])
def test_a_time_limit_out_of_range_is_refused(limit: float) -> None:
    with pytest.raises(errors.OutOfRange):
        solve(line([stop("a")]), time_limit_s=limit, seed=1)


def test_limits_and_seeds_that_are_no_numbers_are_refused() -> None:
    wrong: Any = "3"
    with pytest.raises(errors.NotWhole):
        solve(line([]), time_limit_s=wrong, seed=1)
    with pytest.raises(errors.NotWhole):
        solve(line([]), time_limit_s=1, seed=wrong)
