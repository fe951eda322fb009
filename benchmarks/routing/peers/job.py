"""A problem as the peers are asked it, and their routes as the judge takes them.

The peers know no hold limit with a free departure. Where every window is open when the first
vehicle can leave (as in the rural set, all day), leaving at once is never worse: hold is then
exactly a window that ends `max_hold_s` after the first departure, and the VRPTW is the same problem.
"""

from typing import Any

from benchmarks.routing.judging import sequences_of
from routing.plan import VisitSequence
from routing.problem import DeliveryProblem, Stop, VehicleType


class UnsuitedError(Exception):
    """The peers cannot state this problem; the text says why."""


def job(
    problem: DeliveryProblem, *, limit_s: float, seed: int, cost_unit: int = 1
) -> dict[str, Any]:
    """The question for a peer: one depot, every pair of places can be driven.

    `cost_unit`: the problem's cost units in one of the instance's own, for peers whose parameters
    are made for costs of the usual size.

    Raises:
        UnsuitedError: The problem has what the peers' scripts do not state.
    """
    first_s = _first_departure(problem)
    if len(problem.depots) > 1 or problem.relays or problem.habits or problem.fewest_vehicles:
        raise UnsuitedError("several depots, relays, habits or fewest vehicles")
    if any(value is None for row in problem.distance_m for value in row):
        raise UnsuitedError("pairs that cannot be driven")
    if any(not s.required or s.allowed_types is not None for s in problem.stops):
        raise UnsuitedError("optional stops or stops for some types only")
    closes_s = problem.depots[0].closes_s
    return {
        "name": problem.name,
        "limit_s": limit_s,
        "seed": seed,
        "cost_unit": cost_unit,
        "distance": problem.distance_m,
        "duration": problem.duration_s,
        "stops": [_stop(stop, first_s) for stop in problem.stops],
        "vehicles": [_kind(kind, first_s, closes_s, problem) for kind in problem.vehicle_types],
    }


def _first_departure(problem: DeliveryProblem) -> int:
    """When vehicles may first leave (the same for every type where there are hold limits).

    Raises:
        UnsuitedError: A hold limit would not be a window.
    """
    starts = {max(problem.depots[0].ready_s, k.shift.start_s) for k in problem.vehicle_types}
    held = [stop for stop in problem.stops if stop.max_hold_s is not None]
    late = any(stop.window.start_s > min(starts) or stop.release_s for stop in problem.stops)
    several = any(kind.trips > 1 for kind in problem.vehicle_types)
    if held and (late or several or len(starts) > 1):
        raise UnsuitedError("hold limits together with windows, releases or second trips")
    return min(starts)


def _stop(stop: Stop, first_s: int) -> dict[str, int]:
    close_s = stop.window.end_s
    if stop.max_hold_s is not None:
        close_s = min(close_s, first_s + stop.max_hold_s)
    return {
        "boxes": stop.boxes,
        "service_s": stop.service_s,
        "open_s": stop.window.start_s,
        "close_s": close_s,
        "release_s": stop.release_s,
    }


def _kind(
    kind: VehicleType, first_s: int, closes_s: int | None, problem: DeliveryProblem
) -> dict[str, Any]:
    """No more vehicles of a type than there are stops: no plan uses more."""
    if kind.reload_s:
        raise UnsuitedError("time to reload")
    return {
        "type": kind.type_id,
        "count": min(kind.count, len(problem.stops)),
        "capacity": kind.capacity_boxes,
        "fixed": kind.fixed_cost,
        "per_m": kind.cost_per_m,
        "per_s": kind.cost_per_s,
        "start_s": max(first_s, kind.shift.start_s),
        "end_s": kind.shift.end_s if closes_s is None else min(kind.shift.end_s, closes_s),
        "trips": min(kind.trips, len(problem.stops)),
    }


def sequences(problem: DeliveryProblem, answer: dict[str, Any]) -> list[VisitSequence]:
    """A peer's routes for the judge."""
    ids = [stop.stop_id for stop in problem.stops]
    routes = [
        (route["type"], [[ids[index - 1] for index in trip] for trip in route["trips"]])
        for route in answer["routes"]
    ]
    return sequences_of(problem, routes)
