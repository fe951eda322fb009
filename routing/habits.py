"""Yesterday's routes for today: habits that cost something to leave, and a plan to begin with."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from routing.plan import DeliveryPlan, Evaluation, evaluate
from routing.problem import DeliveryProblem, Habits
from routing.route import Route, VisitSequence
from routing.screen import unserved


def legs_of(problem: DeliveryProblem, routes: Sequence[Route]) -> list[tuple[str, str]]:
    """Every leg driven, from kitchen to kitchen, by the ids of its ends. Unknown types have none."""
    types = problem.type_of()
    found: list[tuple[str, str]] = []
    for route in routes:
        kind = types.get(route.type_id)
        if kind is not None:
            start, end = problem.start_of(kind).depot_id, problem.end_of(kind).depot_id
            found.extend(pairwise([start, *(v.stop_id for v in route.visits), end]))
    return found


def habits_of(
    problem: DeliveryProblem, plan: DeliveryPlan, *, leg_cost: int, driver_cost: int
) -> Habits:
    """The habits that a plan of an earlier day leaves behind.

    `problem` says where each vehicle type starts and ends. `leg_cost` is what a leg costs that was
    not driven, `driver_cost` a stop that another vehicle type brings (a driver is known by the type
    of his vehicle; relayed stops have no driver).

    Raises:
        NotWhole, OutOfRange: A cost cannot be used.
    """
    stops = {stop.stop_id for stop in problem.stops}
    drivers = {
        visit.stop_id: route.type_id
        for route in plan.routes
        for visit in route.visits
        if visit.stop_id in stops
    }
    return Habits(
        legs=frozenset(legs_of(problem, plan.routes)),
        leg_cost=leg_cost,
        drivers=tuple(sorted(drivers.items())),
        driver_cost=driver_cost,
    )


def habit_cost(problem: DeliveryProblem, routes: Sequence[Route]) -> int:
    """What of a plan's cost is not money but the price of leaving habits."""
    habits = problem.habits
    if habits is None:
        return 0
    new = sum(leg not in habits.legs for leg in legs_of(problem, routes))
    drivers = dict(habits.drivers)
    stops = {stop.stop_id for stop in problem.stops}
    strangers = sum(
        drivers.get(visit.stop_id, route.type_id) != route.type_id
        for route in routes
        for visit in route.visits
        if visit.stop_id in stops
    )
    return habits.leg_cost * new + habits.driver_cost * strangers


def kept_share(problem: DeliveryProblem, before: Sequence[Route], after: Sequence[Route]) -> float:
    """Which share of the legs of `after` was driven in `before` (1.0 when nothing is driven)."""
    old, new = set(legs_of(problem, before)), legs_of(problem, after)
    return sum(leg in old for leg in new) / len(new) if new else 1.0


def adapted(problem: DeliveryProblem, sequences: Sequence[VisitSequence]) -> list[VisitSequence]:
    """Sequences of another day as a start for this problem: without what it does not have.

    Stops, relays and types that are gone are left out, departures are free. Where a type has fewer
    vehicles now, those with the most stops stay. What then still breaks a rule is for the solver to
    pass over.
    """
    known = {stop.stop_id for stop in problem.stops} | set(problem.places)
    hosts = {relay.relay_id: relay.host for relay in problem.relays}
    types = problem.type_of()
    found = []
    for one in sequences:
        names = tuple(name for name in one.stop_ids if name in known)
        given = tuple(
            replace(handover, stop_ids=rest)
            for handover in one.handovers
            if hosts.get(handover.relay_id) in names
            and (rest := tuple(name for name in handover.stop_ids if name in known))
        )
        waits = {hosts[handover.relay_id] for handover in given}
        names = tuple(n for n in names if n not in problem.places or n in waits)
        if one.type_id in types and names:
            found.append(VisitSequence(one.type_id, names, None, one.vehicle, given))
    return _as_many_as_there_are(problem, found)


def settled(
    problem: DeliveryProblem, plan: DeliveryPlan, start: Sequence[VisitSequence]
) -> DeliveryPlan:
    """The plan, or one that is exactly as good and nearer to what it began with.

    Nobody is to be told a change that gains nothing. Tried are the start as it is, then for each
    vehicle the start's order of the same stops, and its rounds the other way about, when more legs
    of the start are kept. What is proven about the plan stays proven: the objective is the same.
    """
    first = evaluate(problem, start)
    if first.feasible and _as_good(problem, plan, first):
        return _with(problem, plan, first)
    known = {leg for one in start for leg in pairwise(_way(problem, one))}
    now = [replace(one, depart_s=None) for one in plan.sequences()]
    for number in range(len(now)):
        for other in _orders(now[number], start):
            new = [*now[:number], other, *now[number + 1 :]]
            if _kept(problem, other, known) > _kept(problem, now[number], known):
                verdict = evaluate(problem, new)
                if verdict.feasible and _as_good(problem, plan, verdict):
                    now, plan = new, _with(problem, plan, verdict)
    return plan


def _orders(one: VisitSequence, start: Sequence[VisitSequence]) -> Iterator[VisitSequence]:
    for old in start:
        if old.type_id == one.type_id and set(old.stop_ids) == set(one.stop_ids):
            yield replace(one, stop_ids=old.stop_ids)
    yield replace(one, stop_ids=one.stop_ids[::-1])


def _way(problem: DeliveryProblem, one: VisitSequence) -> list[str]:
    kind = problem.type_of()[one.type_id]
    return [problem.start_of(kind).depot_id, *one.stop_ids, problem.end_of(kind).depot_id]


def _kept(problem: DeliveryProblem, one: VisitSequence, known: set[tuple[str, str]]) -> int:
    return sum(leg in known for leg in pairwise(_way(problem, one)))


def _as_good(problem: DeliveryProblem, plan: DeliveryPlan, verdict: Evaluation) -> bool:
    same = (verdict.missed_weight, verdict.cost) == (plan.missed_weight, plan.cost)
    return same and (not problem.fewest_vehicles or verdict.vehicles == plan.vehicles)


def _with(problem: DeliveryProblem, plan: DeliveryPlan, verdict: Evaluation) -> DeliveryPlan:
    left = unserved(problem, verdict.missing)
    return replace(plan, routes=verdict.routes, unserved=left, vehicles=verdict.vehicles)


def _as_many_as_there_are(
    problem: DeliveryProblem, sequences: Sequence[VisitSequence]
) -> list[VisitSequence]:
    def vehicle(number: int, one: VisitSequence) -> tuple[str, int]:
        return one.type_id, -1 - number if one.vehicle is None else one.vehicle

    stops: dict[tuple[str, int], int] = {}
    for number, one in enumerate(sequences):
        key = vehicle(number, one)
        stops[key] = stops.get(key, 0) + len(one.stop_ids)
    kept: set[tuple[str, int]] = set()
    for kind in problem.vehicle_types:
        own = [key for key in stops if key[0] == kind.type_id]
        kept.update(sorted(own, key=lambda key: (-stops[key], key))[: kind.count])
    return [one for number, one in enumerate(sequences) if vehicle(number, one) in kept]
