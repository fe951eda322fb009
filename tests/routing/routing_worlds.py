"""Small problems for the routing tests, and an answer to them that owes nothing to the search."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from random import Random
from typing import Any

from routing.plan import DeliveryPlan, Evaluation, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Stop, TimeWindow, VehicleType
from routing.route import Reason, Shortfall, Unserved

DAY = TimeWindow(0, 86_400)


def stop(stop_id: str, **changes: Any) -> Stop:
    fields: dict[str, Any] = {
        "boxes": 1,
        "service_s": 60,
        "window": DAY,
        "max_hold_s": None,
        **changes,
    }
    return Stop(stop_id, **fields)


def van(type_id: str = "van", **changes: Any) -> VehicleType:
    fields: dict[str, Any] = {
        "count": 3,
        "capacity_boxes": 10,
        "fixed_cost": 0,
        "cost_per_m": 1,
        "cost_per_s": 0,
        "shift": DAY,
        **changes,
    }
    return VehicleType(type_id, **fields)


def line(stops: Sequence[Stop], *vans: VehicleType, **depot: Any) -> DeliveryProblem:
    """Stops on one road, 1,000 m and 100 s apart, the kitchen at its beginning."""
    size = len(stops) + 1
    return DeliveryProblem(
        name="line",
        depots=(Depot("kitchen", **{"ready_s": 0, **depot}),),
        stops=tuple(stops),
        vehicle_types=vans or (van(),),
        distance_m=tuple(tuple(1000 * abs(i - j) for j in range(size)) for i in range(size)),
        duration_s=tuple(tuple(100 * abs(i - j) for j in range(size)) for i in range(size)),
    )


def road(
    spots: Sequence[int],
    depots: Sequence[Depot],
    stops: Sequence[Stop],
    *vans: VehicleType,
    **more: Any,
) -> DeliveryProblem:
    """Depots, stops and places (in this order) at their kilometres on one road, 100 s a kilometre."""
    return DeliveryProblem(
        name="road",
        depots=tuple(depots),
        stops=tuple(stops),
        vehicle_types=vans or (van(),),
        distance_m=tuple(tuple(1000 * abs(i - j) for j in spots) for i in spots),
        duration_s=tuple(tuple(100 * abs(i - j) for j in spots) for i in spots),
        **more,
    )


def as_plan(problem: DeliveryProblem, verdict: Evaluation, **changes: Any) -> DeliveryPlan:
    """What was judged, as a plan that claims nothing."""
    left = [Unserved(name, Reason.VEHICLES, Shortfall(1, 0, "van")) for name in verdict.missing]
    plan = DeliveryPlan(
        problem_name=problem.name,
        routes=verdict.routes,
        unserved=tuple(left),
        cost=verdict.cost,
        bound=None,
        missed_weight=verdict.missed_weight,
        missed_bound=None,
        proven=False,
        seed=1,
        iterations=0,
        ended_by_clock=False,
        vehicles=verdict.vehicles,
    )
    return replace(plan, **changes)


def random_problem(seed: int, most_stops: int = 5) -> DeliveryProblem:
    """Everything at once: windows, holds, two types, optional stops, odd and missing roads."""
    rng = Random(seed)
    size = rng.randint(1, most_stops) + 1
    seconds: list[list[int | None]] = [
        [0 if i == j else rng.randint(60, 900) for j in range(size)] for i in range(size)
    ]
    metres: list[list[int | None]] = [
        [0 if i == j else rng.randint(500, 9000) for j in range(size)] for i in range(size)
    ]
    for i in range(size):
        for j in range(size):
            if i != j and rng.random() < 0.05:
                seconds[i][j] = metres[i][j] = None
    vans = (
        van(
            "big",
            count=rng.randint(0, 2),
            capacity_boxes=rng.randint(4, 12),
            fixed_cost=rng.randint(0, 5000),
            cost_per_s=rng.choice((0, 3)),
            shift=TimeWindow(rng.randint(0, 600), rng.randint(2500, 6000)),
        ),
        van(
            "small",
            count=rng.randint(1, 2),
            capacity_boxes=rng.randint(2, 6),
            fixed_cost=rng.randint(0, 2000),
            cost_per_m=rng.randint(0, 2),
            cost_per_s=rng.choice((0, 1, 10)),
        ),
    )
    stops = [_random_stop(f"s{i}", rng) for i in range(1, size)]
    closes = rng.choice((None, 5000))
    return DeliveryProblem(
        f"random-{seed}",
        (Depot("kitchen", rng.randint(0, 500), closes),),
        tuple(stops),
        vans,
        tuple(map(tuple, metres)),
        tuple(map(tuple, seconds)),
    )


def _random_stop(stop_id: str, rng: Random) -> Stop:
    start = rng.randint(0, 2000)
    return stop(
        stop_id,
        boxes=rng.randint(0, 4),
        service_s=rng.choice((0, 120, 240)),
        window=TimeWindow(start, start + rng.choice((300, 1500, 5000))),
        max_hold_s=rng.choice((None, 900, 1800)),
        required=rng.random() < 0.8,
        priority=rng.randint(1, 3),
        allowed_types=rng.choice((None, None, None, frozenset({"big"}), frozenset({"small"}))),
    )


def brute_force(problem: DeliveryProblem) -> tuple[int, int]:
    """The best (missed weight, cost) by trying everything; the judge is the only help."""
    counts = tuple(kind.count for kind in problem.vehicle_types)
    cheapest = _cheapest_routes(problem)
    plans = {(frozenset[str](), (0,) * len(counts)): 0}
    frontier = dict(plans)
    while frontier:
        grown: dict[tuple[frozenset[str], tuple[int, ...]], int] = {}
        for (served, used), cost in frontier.items():
            for (k, group), price in cheapest.items():
                more = tuple(n + (i == k) for i, n in enumerate(used))
                state = (served | group, more)
                fits = not served & group and more[k] <= counts[k]
                if fits and cost + price < plans.get(state, 10**15):
                    plans[state] = grown[state] = cost + price
        frontier = grown
    return min((_missed(problem, served), cost) for (served, _), cost in plans.items())


def _cheapest_routes(problem: DeliveryProblem) -> dict[tuple[int, frozenset[str]], int]:
    """For each type and set of stops the cost of the best feasible order."""
    ids = [s.stop_id for s in problem.stops]
    orders = [o for length in range(1, len(ids) + 1) for o in permutations(ids, length)]
    found: dict[tuple[int, frozenset[str]], int] = {}
    for k, kind in enumerate(problem.vehicle_types):
        for order in orders if kind.count else []:
            verdict = evaluate(problem, [VisitSequence(kind.type_id, order)])
            if verdict.feasible:
                key = (k, frozenset(order))
                found[key] = min(verdict.cost, found.get(key, verdict.cost))
    return found


def _missed(problem: DeliveryProblem, served: frozenset[str]) -> int:
    """Required stops outweigh all optional ones together; within a kind priorities add up."""
    above = 1 + sum(s.priority for s in problem.stops if not s.required)
    left = [s for s in problem.stops if s.stop_id not in served]
    return sum(s.priority * (above if s.required else 1) for s in left)
