"""`solve` on problems whose answer is known: published, tried out in full, or worked out by hand."""

import lzma
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import errors
from routing.bounds import Prover
from routing.instances import read_rural, read_solomon
from routing.ladder import Clock, Level
from routing.lp import Frame
from routing.network import COUNT, compile_network
from routing.plan import DeliveryPlan, Reason, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Relay, RelayLeg, TimeWindow
from routing.search import Searcher, journey_cost
from routing.solve import Progress, solve
from routing.verify import verify
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import brute_force, line, random_problem, road, stop, van


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """The core is compiled before any clock runs, should it not have been on this machine yet."""
    for problem in (rich_problem(0, 6), rich_problem(4, 6), random_problem(1)):
        solve(problem, time_limit_s=3600, seed=1)


def planned(problem: DeliveryProblem, seed: int = 1) -> DeliveryPlan:
    return solve(problem, time_limit_s=20, seed=seed)


def orders(plan: DeliveryPlan) -> list[tuple[str, ...]]:
    return sorted(tuple(visit.stop_id for visit in route.visits) for route in plan.routes)


def rural(shared_data: Path, name: str) -> DeliveryProblem:
    path = shared_data / "routing" / "rural" / f"{name}.json.xz"
    return read_rural(lzma.decompress(path.read_bytes()).decode())


def solomon(shared_data: Path, name: str, stops: int | None = None) -> DeliveryProblem:
    path = shared_data / "routing" / "solomon" / f"{name}.txt"
    return read_solomon(path.read_text(encoding="utf-8"), stops=stops)


def check_plan(problem: DeliveryProblem, plan: DeliveryPlan) -> None:
    """What every plan keeps, however it came about."""
    served = [stop_id for route in plan.routes for stop_id in route.stop_ids()]
    served = [name for name in served if name not in problem.places]
    listed = [entry.stop_id for entry in plan.unserved]
    assert sorted(served + listed) == sorted(s.stop_id for s in problem.stops)
    verdict = evaluate(problem, plan.sequences())
    assert verdict.feasible
    assert verdict.routes == plan.routes
    found = plan.missed_weight, plan.vehicles, plan.cost
    assert (verdict.missed_weight, verdict.vehicles, verdict.cost) == found
    assert plan.missed_bound is None or plan.missed_bound <= plan.missed_weight
    assert plan.bound is None or plan.bound <= plan.cost
    assert plan.vehicles_bound is None or plan.vehicles_bound <= plan.vehicles
    for entry in plan.unserved:
        assert entry.detail.needs > entry.detail.limit


@pytest.mark.parametrize(
    ("name", "optimum"), [("C101", 1913), ("R101", 6171), ("R105", 5305), ("RC101", 4611)]
)
def test_solomon_with_25_stops_is_solved_and_proven(
    shared_data: Path, name: str, optimum: int
) -> None:
    problem = solomon(shared_data, name, 25)
    plan = planned(problem)
    assert (plan.cost, plan.bound, plan.proven) == (optimum, optimum, True)
    assert plan.unserved == ()
    check_plan(problem, plan)


@pytest.mark.parametrize(("seed", "optimum"), [(0, 319_200), (1, 255_000), (2, 276_900)])
def test_a_valley_with_20_stops_is_solved_proven_and_confirmed(
    shared_data: Path, seed: int, optimum: int
) -> None:
    problem = rural(shared_data, f"rural20_{seed}")
    plan = planned(problem)
    assert (plan.cost, plan.bound, plan.proven) == (optimum, optimum, True)
    assert verify(problem, plan).confirmed


def test_a_county_too_large_to_prove_at_once_still_has_a_bound_and_a_gap(
    shared_data: Path,
) -> None:
    problem = rural(shared_data, "rural60_0")
    plan = solve(problem, time_limit_s=2.5, seed=1)
    optimum = 661_300
    check_plan(problem, plan)
    assert plan.bound is not None
    assert plan.gap_percent is not None
    assert plan.bound <= optimum <= plan.cost <= 1.05 * optimum
    assert 0 <= plan.gap_percent < 30
    assert verify(problem, plan, time_limit_s=1).valid


@pytest.mark.parametrize("seed", range(24))
def test_solve_finds_and_proves_what_trying_everything_finds(seed: int) -> None:
    problem = random_problem(seed)
    plan = planned(problem, seed)
    assert (plan.missed_weight, plan.cost) == brute_force(problem)
    assert plan.proven


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_every_stop_is_in_one_route_or_listed_with_its_reason(seed: int) -> None:
    problem = rich_problem(seed, 9) if seed % 2 else random_problem(seed, 9)
    plan = solve(problem, time_limit_s=5, seed=0)
    check_plan(problem, plan)
    assert plan.bound is not None
    assert plan.missed_bound is not None


@pytest.mark.parametrize("make", [random_problem, rich_problem])
def test_the_same_seed_gives_the_same_plan_and_another_seed_the_same_proven_cost(
    make: Any,
) -> None:
    for number in range(6):
        problem = make(number, 9)
        first, again, other = (solve(problem, time_limit_s=20, seed=s) for s in (3, 3, 4))
        assert first == again
        assert first.certificate == again.certificate
        assert first.iterations == again.iterations
        assert not first.ended_by_clock
        assert (other.cost, other.proven, first.proven) == (first.cost, True, True)


def test_the_same_seed_gives_the_same_plan_of_a_published_instance(shared_data: Path) -> None:
    problem = solomon(shared_data, "RC101", 25)
    first, again = (solve(problem, time_limit_s=30, seed=7) for _ in range(2))
    assert (first, first.certificate) == (again, again.certificate)


@pytest.mark.parametrize(
    ("changes", "reason", "needs", "limit"),
    [
        ({"max_hold_s": 80}, Reason.HOLD, 100, 80),
        ({"window": TimeWindow(0, 90)}, Reason.WINDOW, 100, 90),
        ({"boxes": 11}, Reason.CAPACITY, 11, 10),
        ({"window": TimeWindow(86_300, 86_400)}, Reason.SHIFT, 86_460, 86_400),
        ({"allowed_types": frozenset[str]()}, Reason.TYPE, 1, 0),
        ({"allowed_depots": frozenset[str]()}, Reason.TYPE, 1, 0),
        ({"release_s": 300, "window": TimeWindow(0, 390)}, Reason.WINDOW, 400, 390),
    ],
)
def test_a_stop_nobody_can_serve_comes_back_with_the_figures(
    changes: dict[str, Any], reason: Reason, needs: int, limit: int
) -> None:
    problem = line([stop("far", **changes), stop("fine")])
    plan = planned(problem)
    (entry,) = plan.unserved
    assert (entry.stop_id, entry.reason) == ("far", reason)
    assert (entry.detail.needs, entry.detail.limit) == (needs, limit)
    assert orders(plan) == [("fine",)]
    assert plan.proven
    assert verify(problem, plan).confirmed


def test_a_stop_without_roads_is_unreachable() -> None:
    hole = ((0, None), (None, 0))
    problem = replace(line([stop("a")]), distance_m=hole, duration_s=hole)
    (entry,) = planned(problem).unserved
    assert (entry.reason, entry.detail.needs, entry.detail.limit) == (Reason.UNREACHABLE, 2, 0)


def test_a_stop_reachable_through_another_only_is_served() -> None:
    hole = ((0, 100, None), (100, 0, 100), (100, 100, 0))
    two = line([stop("a"), stop("b")])
    plan = planned(replace(two, distance_m=hole, duration_s=hole))
    assert orders(plan) == [("a", "b")]
    assert (plan.unserved, plan.cost, plan.proven) == ((), 300, True)


def test_roads_that_lead_one_way_only_are_driven_that_way() -> None:
    """A ring: kitchen, a, b, c, kitchen; nothing else exists."""
    size = 4
    ring = tuple(
        tuple(0 if i == j else 100 if j == (i + 1) % size else None for j in range(size))
        for i in range(size)
    )
    three = line([stop("a"), stop("b"), stop("c")])
    plan = planned(replace(three, distance_m=ring, duration_s=ring))
    assert (orders(plan), plan.cost, plan.proven) == ([("a", "b", "c")], 400, True)


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


def test_the_largest_priorities_are_weighed_exactly_and_larger_ones_refused() -> None:
    """One vehicle for four stops of six: which two stay at home is proven, and so is the cost."""
    stops = [stop(f"s{i}", boxes=3, priority=1000 - (i == 2), required=i < 3) for i in range(4)]
    problem = line(stops, van(count=1, capacity_boxes=6))
    plan = planned(problem)
    assert [entry.stop_id for entry in plan.unserved] == ["s2", "s3"]
    assert plan.missed_weight == 999 * 1001 + 1000
    assert (plan.cost, plan.proven) == (4000, True)
    with pytest.raises(errors.OutOfRange):
        stop("a", priority=1001)


def test_time_on_the_road_and_fixed_costs_are_weighed_against_metres() -> None:
    stops = [stop("a"), stop("b")]
    one = planned(line(stops, van(fixed_cost=5000)))
    assert [len(r.visits) for r in one.routes] == [2]
    cheap = planned(line(stops, van("dear", cost_per_s=100), van("slow", cost_per_m=2)))
    assert {r.type_id for r in cheap.routes} == {"slow"}


def test_each_kitchen_brings_what_is_near_it_and_what_only_it_cooks() -> None:
    """East at km 0, west at km 10; x lies at west's door but only east cooks it."""
    stops = [stop("a"), stop("b"), stop("x", allowed_depots=frozenset({"east"}))]
    vans = van("e", depot_id="east"), van("w", depot_id="west")
    depots = [Depot("east", 0), Depot("west", 0)]
    plan = planned(road([0, 10, 1, 9, 10], depots, stops, *vans))
    assert plan.proven
    # e: 0 - 1 - 9 - 10 - 0 serves all on one way there and back; west need not drive at all
    assert (plan.cost, plan.unserved) == (20_000, ())
    without = planned(road([0, 10, 1, 9], depots, stops[:2], *vans))
    assert (without.cost, orders(without)) == (4000, [("a",), ("b",)])
    assert {(r.type_id, r.visits[0].stop_id) for r in without.routes} == {("e", "a"), ("w", "b")}


def test_a_second_wave_is_brought_on_a_second_round_of_the_same_vehicle() -> None:
    """b's boxes leave the oven at 1,000 s; a has to have its meal before that."""
    stops = [stop("a", window=TimeWindow(0, 500)), stop("b", release_s=1000)]
    one = van(count=1, trips=2, reload_s=120, fixed_cost=700)
    plan = planned(line(stops, one))
    assert orders(plan) == [("a",), ("b",)]
    assert [(r.vehicle, r.trip) for r in plan.routes] == [(0, 1), (0, 2)]
    first, second = plan.routes
    assert second.depart_s >= max(1000, first.return_s + 120)
    assert (plan.cost, plan.vehicles, plan.proven) == (2000 + 4000 + 700, 1, True)
    alone = planned(line(stops, replace(one, trips=1)))
    assert [entry.reason for entry in alone.unserved] == [Reason.VEHICLES]


def test_the_fewest_vehicles_come_before_the_cost_where_that_is_asked() -> None:
    """Two small vans cost 6 km; the big one that has room for all costs 3 x 4 km."""
    stops = [stop("a", boxes=2), stop("b", boxes=2)]
    vans = van("small", capacity_boxes=2), van("big", capacity_boxes=4, cost_per_m=3)
    cheap = line(stops, *vans)
    few = replace(cheap, fewest_vehicles=True)
    two, one = planned(cheap), planned(few)
    assert (two.vehicles, two.cost, two.proven) == (2, 6000, True)
    assert (one.vehicles, one.vehicles_bound, one.cost, one.proven) == (1, 1, 12_000, True)
    assert verify(few, one).confirmed


def test_relays_at_one_place_get_their_boxes_when_it_is_first_passed() -> None:
    """A round that comes back to the square would serve all three, but hands over at its first pass."""
    stops = [
        stop("x", window=TimeWindow(0, 200)),
        stop("y"),
        stop("s", window=TimeWindow(0, 400), service_s=0),
    ]
    legs = {name: (RelayLeg(name, 10, 10),) for name in ("x", "y")}
    relays = (
        Relay("li", "square", legs["x"], 5, 100, TimeWindow(0, 2000)),
        Relay("wang", "square", legs["y"], 5, 100, TimeWindow(0, 9000), handover_s=500),
    )
    problem = road(
        [0, 50, 60, 2, 1],
        [Depot("kitchen", 0)],
        stops,
        van(count=1, shift=TimeWindow(0, 1200)),
        places=("square",),
        relays=relays,
    )
    plan = planned(problem)
    check_plan(problem, plan)
    assert len(plan.unserved) == 1
    assert plan.missed_bound is not None


def test_a_day_without_stops_is_an_empty_proven_plan() -> None:
    problem = line([])
    plan = planned(problem)
    assert (plan.routes, plan.cost, plan.bound, plan.proven) == ((), 0, 0, True)
    assert plan.gap_percent == 0.0
    assert verify(problem, plan).valid


def test_a_day_with_one_stop_is_one_round() -> None:
    problem = line([stop("a", boxes=3)])
    plan = planned(problem)
    assert (orders(plan), plan.cost, plan.bound, plan.proven) == ([("a",)], 2000, 2000, True)
    assert verify(problem, plan).confirmed


def test_progress_is_told_phase_by_phase_and_never_worsens() -> None:
    heard: list[Progress] = []
    problem = random_problem(5, 8)
    plan = solve(problem, time_limit_s=5, seed=1, progress=heard.append)
    phases = [told.phase for told in heard]
    assert (phases[:2], phases[-1]) == (["construct", "search"], "done")
    assert set(phases) == {"construct", "search", "bound", "done"}
    merits = [(p.missed_weight, p.cost) for p in heard]
    assert merits == sorted(merits, reverse=True)
    assert [p.elapsed_s for p in heard] == sorted(p.elapsed_s for p in heard)
    assert [p.iterations for p in heard] == sorted(p.iterations for p in heard)
    last = heard[-1]
    assert (last.missed_weight, last.cost, last.bound) == (
        plan.missed_weight,
        plan.cost,
        plan.bound,
    )


def test_what_watches_the_progress_may_end_the_run() -> None:
    def impatient(told: Progress) -> None:
        if told.phase == "search":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve(random_problem(5, 8), time_limit_s=5, seed=1, progress=impatient)


def test_a_clock_that_runs_out_at_once_still_gives_a_judged_plan() -> None:
    stops = [stop(f"s{i}", boxes=2) for i in range(30)]
    problem = line(stops, van(count=30))
    plan = solve(problem, time_limit_s=0.001, seed=1)
    check_plan(problem, plan)
    assert plan.ended_by_clock
    assert not plan.proven
    assert plan.unserved == ()


@pytest.mark.parametrize("limit_s", [0.05, 0.3, 1.0])
def test_a_run_that_is_cut_off_gives_a_plan_with_what_is_proven_so_far(
    shared_data: Path, limit_s: float
) -> None:
    problem = solomon(shared_data, "RC101")
    plan = solve(problem, time_limit_s=limit_s, seed=1)
    check_plan(problem, plan)
    assert plan.unserved == ()
    assert plan.cost >= 16_198
    assert plan.bound is None or plan.bound <= 16_198
    assert (plan.gap_percent is None) == (plan.bound is None)


def test_300_stops_in_one_second_are_planned_or_listed() -> None:
    rng = Random(300)
    at = [(rng.randint(0, 20_000), rng.randint(0, 20_000)) for _ in range(301)]
    metres = tuple(tuple(abs(a - c) + abs(b - d) for c, d in at) for a, b in at)
    seconds = tuple(tuple(m // 10 for m in row) for row in metres)
    stops = tuple(
        stop(f"s{i}", boxes=rng.randint(1, 6), max_hold_s=rng.choice((None, 1200, 2700)))
        for i in range(300)
    )
    problem = replace(
        line([]),
        stops=stops,
        vehicle_types=(van(count=25, capacity_boxes=30, shift=TimeWindow(0, 14_400)),),
        distance_m=metres,
        duration_s=seconds,
    )
    plan = solve(problem, time_limit_s=1, seed=1)
    check_plan(problem, plan)
    assert len(plan.unserved) < 150


def _yesterday(problem: DeliveryProblem, plan: DeliveryPlan) -> Sequence[VisitSequence]:
    assert evaluate(problem, plan.sequences()).feasible
    return plan.sequences()


def test_a_plan_to_begin_with_is_never_made_worse(shared_data: Path) -> None:
    problem = solomon(shared_data, "R101", 25)
    best = planned(problem)
    hurried = solve(problem, time_limit_s=0.001, seed=2, start=_yesterday(problem, best))
    assert hurried.cost == best.cost
    assert hurried.ended_by_clock
    part = solve(problem, time_limit_s=0.001, seed=2, start=best.sequences()[:-2])
    check_plan(problem, part)
    assert part.unserved == ()


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_a_plan_to_begin_with_is_kept_with_every_feature(seed: int) -> None:
    problem = rich_problem(seed, 7)
    best = solve(problem, time_limit_s=10, seed=1)
    again = solve(problem, time_limit_s=1e-6, seed=2, start=_yesterday(problem, best))
    check_plan(problem, again)
    few = problem.fewest_vehicles
    merits = [(p.missed_weight, p.vehicles * few, p.cost) for p in (again, best)]
    assert merits[0] == merits[1]


def test_routes_to_begin_with_that_cannot_be_driven_are_passed_over() -> None:
    problem = line([stop("a"), stop("b", max_hold_s=250)])
    odd = [
        VisitSequence("bus", ("a",)),
        VisitSequence("van", ("gone",)),
        VisitSequence("van", ("a", "b")),  # a's service makes b wait too long
        VisitSequence("van", ()),
        VisitSequence("van", ("b",)),
        VisitSequence("van", ("b",)),
    ]
    for start in ([one] for one in odd):
        plan = solve(problem, time_limit_s=5, seed=1, start=start)
        check_plan(problem, plan)
        assert (plan.proven, plan.unserved) == (True, ())
    plan = solve(problem, time_limit_s=5, seed=1, start=odd)
    check_plan(problem, plan)
    assert plan.proven


@pytest.mark.parametrize("limit", [0, -1.0, float("nan"), float("inf"), 1e9, 10**400])
def test_a_time_limit_out_of_range_is_refused(limit: float) -> None:
    with pytest.raises(errors.OutOfRange):
        solve(line([stop("a")]), time_limit_s=limit, seed=1)


@pytest.mark.parametrize("wrong", ["3", None, True, [1], 1 + 0j])
def test_limits_and_seeds_that_are_no_numbers_are_refused(wrong: Any) -> None:
    with pytest.raises(errors.NotWhole):
        solve(line([]), time_limit_s=wrong, seed=1)
    with pytest.raises(errors.NotWhole):
        solve(line([]), time_limit_s=1, seed=wrong)


@pytest.mark.parametrize("seed", [0, -1, 2**63, -(2**200)])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert solve(line([stop("a")]), time_limit_s=1, seed=seed).cost == 2000


def proving(problem: DeliveryProblem, stop: Callable[[], bool]) -> tuple[Prover, Level]:
    """A prover whose clock strikes when `stop` says so, and what is missed as its level."""
    net = compile_network(problem)
    searcher = Searcher(net, 1, fewest=False)
    searcher.construct()
    prover = Prover(net, Clock(stop, lambda: 60.0), lambda _level, _bound: None)
    weight = tuple(int(w) for w in net.weight)
    counts = tuple(int(n) for n in net.types.of[:, COUNT])
    frame = Frame(
        stops=net.stops,
        relays=net.rows - net.stops,
        slack=(None,) * net.stops,
        weight=weight,
        missed_cap=None,
        vehicles=(0, sum(counts)),
        types=tuple((0, count) for count in counts),
    )
    plan = tuple(prover.as_columns("cost", searcher.best))
    return prover, Level("cost", frame, net.cost_step, searcher.merit.cost + 50_000, plan)


def three_kinds() -> DeliveryProblem:
    vans = [van(name, count=2, cost_per_m=rate) for name, rate in (("a", 3), ("b", 2), ("c", 4))]
    return line([stop(f"s{n}", boxes=3) for n in range(8)], *vans)


def test_what_the_proof_met_may_be_put_together_into_plans() -> None:
    """Column generation also keeps routes that serve a stop twice: they are never offered."""
    problem = three_kinds()
    prover, level = proving(problem, lambda: False)
    assert prover.met("cost") == []
    prover.prove(level, [])
    met = prover.met("cost")
    assert met
    assert all(column.elementary for column in met)
    net = compile_network(problem)
    assert all(journey_cost(net, c.kind, c.nodes) == c.value for c in met)


def test_a_proof_cut_off_at_any_moment_leaves_a_bound() -> None:
    """Also between two vehicle types of one pricing."""
    prover, level = proving(three_kinds(), lambda: False)
    best = prover.prove(level, [])
    assert best is not None
    for calls in range(60):
        left = iter(range(calls))
        prover, level = proving(three_kinds(), lambda left=left: next(left, None) is None)  # type: ignore[misc]  # bound now
        bound = prover.prove(level, [])
        assert bound is not None, calls
        assert 0 <= bound <= best
