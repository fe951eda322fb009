"""A plan that somebody changed by hand: what it breaks, what it costs, what is different."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.differences import RouteChange, StopChange, route_changes, stop_changes
from routing.plan import DeliveryPlan, evaluate
from routing.problem import DeliveryProblem
from routing.route import Handover, Route, Unserved, Violation, VisitSequence
from routing.screen import unserved


@dataclass(frozen=True, slots=True)
class EditReport:
    """The judge's word on an edited plan, and its differences to the plan (positive: more).

    `violations` name routes by their index in `routes`. `missing` are the stops in no route, each
    with what keeps it from being served at all (`Reason.VEHICLES`: it could be).
    """

    feasible: bool
    violations: tuple[Violation, ...]
    missing: tuple[Unserved, ...]
    routes: tuple[Route, ...]
    cost: int
    extra_cost: int
    extra_missed: int
    extra_vehicles: int
    stops: tuple[StopChange, ...]
    rounds: tuple[RouteChange, ...]


def explain_edit(
    problem: DeliveryProblem, plan: DeliveryPlan, sequences: Sequence[VisitSequence]
) -> EditReport:
    """Judge an edited plan beside the plan it came from.

    `sequences` are compared with the plan's vehicles by type and number; departures that are not
    given are chosen by the judge.
    """
    verdict = evaluate(problem, sequences)
    return EditReport(
        feasible=verdict.feasible,
        violations=verdict.violations,
        missing=unserved(problem, verdict.missing),
        routes=verdict.routes,
        cost=verdict.cost,
        extra_cost=verdict.cost - plan.cost,
        extra_missed=verdict.missed_weight - plan.missed_weight,
        extra_vehicles=verdict.vehicles - plan.vehicles,
        stops=stop_changes(plan.routes, verdict.routes),
        rounds=route_changes(plan.routes, verdict.routes),
    )


def edited(
    problem: DeliveryProblem, plan: DeliveryPlan, orders: Sequence[Sequence[str]]
) -> list[VisitSequence]:
    """Bare lists of stops as sequences: the first is driven by the vehicle of the plan's first route.

    An empty list is a round that is not driven. A list beyond the plan's routes goes to a vehicle
    that drives nothing, of the first type that has one (else of the first type: too many). What
    a round hands to relays stays, as far as its hosts are still in it and the stops in no list.
    """
    visited = {name for order in orders for name in order}
    hosts = {relay.relay_id: relay.host for relay in problem.relays}
    used = {(route.type_id, route.vehicle) for route in plan.routes}
    found = []
    for number, order in enumerate(orders):
        if not order:
            continue
        if number < len(plan.routes):
            route = plan.routes[number]
            given = tuple(
                Handover(one.relay_id, rest)
                for one in route.handovers
                if hosts.get(one.relay_id) in order
                and (rest := tuple(name for name in one.stop_ids if name not in visited))
            )
            vehicle = route.type_id, route.vehicle
        else:
            vehicle, given = _spare(problem, used), ()
            used.add(vehicle)
        found.append(VisitSequence(vehicle[0], tuple(order), None, vehicle[1], given))
    return found


def _spare(problem: DeliveryProblem, used: set[tuple[str, int]]) -> tuple[str, int]:
    for kind in problem.vehicle_types:
        for number in range(kind.count):
            if (kind.type_id, number) not in used:
                return kind.type_id, number
    first = problem.vehicle_types[0]
    number = 1 + max((n for type_id, n in used if type_id == first.type_id), default=-1)
    return first.type_id, number
