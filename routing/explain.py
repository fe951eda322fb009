"""Why a stop is not served, and the smallest single thing that would change it, as values.

Each relaxation is one figure of one rule. It is found on the plan as it stands: the stop goes into
a route at every place, or onto a vehicle of its own, and the judge says for each critical departure
what is broken. When that is one rule only, the figure by which it is broken is the relaxation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.errors import UnknownStop
from routing.plan import (
    DeliveryPlan,
    Unserved,
    Violation,
    ViolationKind,
    VisitSequence,
    critical_departures,
    evaluate,
)
from routing.problem import DeliveryProblem


class RelaxationKind(StrEnum):
    """What would have to give way; the comment gives the unit of `by`."""

    HOLD = "hold"  # seconds more between kitchen and this (or the named) stop
    WINDOW = "window"  # seconds that the window of the named stop ends later
    READY = "ready"  # seconds that the meals are ready earlier
    SHIFT_START = "shift_start"  # seconds that the shift starts earlier
    SHIFT_END = "shift_end"  # seconds that the shift ends later
    DEPOT_CLOSES = "depot_closes"  # seconds that the kitchen closes later
    CAPACITY = "capacity"  # boxes more on a vehicle of the type
    VEHICLE = "vehicle"  # vehicles more of the type
    TYPE = "type"  # 1: let the type serve the stop


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One rule relaxed by one figure.

    `stop_id` names the stop whose rule it is (None: the vehicle type's or the kitchen's);
    `extra_cost` is what the plan then costs more.
    """

    kind: RelaxationKind
    by: int
    stop_id: str | None
    type_id: str
    extra_cost: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The blocking rule with its figures, and for each kind and type the cheapest relaxation.

    `relaxations` are sorted by extra cost, then by amount; empty when no single one is enough.
    """

    blocking: Unserved
    relaxations: tuple[Relaxation, ...]

    @property
    def cheapest(self) -> Relaxation | None:
        """The relaxation with the least extra cost."""
        return self.relaxations[0] if self.relaxations else None


_KINDS = {
    ViolationKind.HOLD: RelaxationKind.HOLD,
    ViolationKind.WINDOW: RelaxationKind.WINDOW,
    ViolationKind.READY: RelaxationKind.READY,
    ViolationKind.SHIFT_START: RelaxationKind.SHIFT_START,
    ViolationKind.SHIFT_END: RelaxationKind.SHIFT_END,
    ViolationKind.DEPOT_CLOSED: RelaxationKind.DEPOT_CLOSES,
    ViolationKind.CAPACITY: RelaxationKind.CAPACITY,
    ViolationKind.TYPE: RelaxationKind.TYPE,
    ViolationKind.FLEET: RelaxationKind.VEHICLE,
}


def explain(problem: DeliveryProblem, plan: DeliveryPlan, stop_id: str) -> Explanation:
    """Explain one unserved stop of a plan.

    Raises:
        UnknownStop: The plan does not list this stop as unserved.
    """
    entry = next((u for u in plan.unserved if u.stop_id == stop_id), None)
    if entry is None:
        raise UnknownStop(stop_id=stop_id)
    best: dict[tuple[RelaxationKind, str], Relaxation] = {}
    for option in _options(problem, plan, stop_id):
        key = (option.kind, option.type_id)
        if key not in best or _merit(option) < _merit(best[key]):
            best[key] = option
    return Explanation(entry, tuple(sorted(best.values(), key=_merit)))


def _merit(option: Relaxation) -> tuple[int, int, str, str]:
    return option.extra_cost, option.by, str(option.kind), option.type_id


def _options(problem: DeliveryProblem, plan: DeliveryPlan, stop_id: str) -> Iterator[Relaxation]:
    for changed, old_cost, over_fleet in _trials(problem, plan, stop_id):
        for depart_s in critical_departures(problem, changed):
            trial = replace(changed, depart_s=depart_s)
            verdict = evaluate(problem, [trial])
            broken = list(verdict.violations)
            if over_fleet:
                broken.append(Violation(ViolationKind.FLEET, 0, None, 1))
            if len(broken) == 1 and broken[0].kind in _KINDS:
                only = broken[0]
                yield Relaxation(
                    kind=_KINDS[only.kind],
                    by=only.by,
                    stop_id=only.stop_id,
                    type_id=trial.type_id,
                    extra_cost=verdict.cost - old_cost,
                )


def _trials(
    problem: DeliveryProblem, plan: DeliveryPlan, stop_id: str
) -> Iterator[tuple[VisitSequence, int, bool]]:
    """The stop on a vehicle of its own, then at each place of each route."""
    for kind in problem.vehicle_types:
        used = sum(route.type_id == kind.type_id for route in plan.routes)
        yield VisitSequence(kind.type_id, (stop_id,)), 0, 0 < kind.count <= used
    for route in plan.routes:
        stops = tuple(visit.stop_id for visit in route.visits)
        for place in range(len(stops) + 1):
            longer = (*stops[:place], stop_id, *stops[place:])
            yield VisitSequence(route.type_id, longer), route.cost, False
