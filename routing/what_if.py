"""What if: one thing about a problem is different, and the plan is made again from the old one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from routing.differences import StopChange, matched, stop_changes
from routing.errors import NoSuchType, OutOfRange, UnknownDepot, UnknownStop
from routing.explain import Explanation, explain_all
from routing.figures import LARGEST, Matrix
from routing.habits import adapted, settled
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem, Stop
from routing.relax import without_stops
from routing.solve import solve


@dataclass(frozen=True, slots=True)
class FewerVehicles:
    """`by` vehicles of a type are not there."""

    type_id: str
    by: int = 1


@dataclass(frozen=True, slots=True)
class RoadClosed:
    """The way from one place to another cannot be driven, nor back, unless `one_way`.

    Places are ids of kitchens, stops and places. The figures of other pairs stay, also of those
    whose way led along there: the problem does not know the roads.
    """

    origin: str
    destination: str
    one_way: bool = False


@dataclass(frozen=True, slots=True)
class KitchenLate:
    """The meals of a kitchen are ready `by_s` seconds later."""

    depot_id: str
    by_s: int


@dataclass(frozen=True, slots=True)
class StopAdded:
    """One more stop, with the ways from and to every kitchen, stop and place, in their order.

    None marks a way that cannot be driven, in metres and in seconds.
    """

    stop: Stop
    from_m: tuple[int | None, ...]
    from_s: tuple[int | None, ...]
    to_m: tuple[int | None, ...]
    to_s: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class StopDropped:
    """A stop wants nothing; who hosts a relay there has nobody to wait for."""

    stop_id: str


@dataclass(frozen=True, slots=True)
class BoxesChanged:
    """A stop gets another number of boxes."""

    stop_id: str
    boxes: int


Change = FewerVehicles | RoadClosed | KitchenLate | StopAdded | StopDropped | BoxesChanged


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The changed problem, the plan for it, and what is different to the old plan (positive: more).

    `lost` says for every stop that is served in the old plan only why, and the cheapest way out;
    a dropped stop is not among them. `plan.bound` and `plan.proven` say how sure it is that
    the change has to cost that much.
    """

    problem: DeliveryProblem
    plan: DeliveryPlan
    stops: tuple[StopChange, ...]
    lost: tuple[Explanation, ...]
    extra_cost: int
    extra_missed: int
    extra_vehicles: int


def what_if(
    problem: DeliveryProblem,
    plan: DeliveryPlan,
    changes: Sequence[Change],
    *,
    time_limit_s: float,
    seed: int,
) -> WhatIf:
    """Change the problem and solve it again, with the old plan to begin with.

    `extra_missed` is counted in the weights of each problem; a stop dropped or added is in one of
    them only.

    Raises:
        RoutingError: A change names what is not there, or gives a figure that cannot be used.
    """
    new = problem
    for change in changes:
        new = apply_change(new, change)
    start = adapted(new, plan.sequences())
    found = solve(new, time_limit_s=time_limit_s, seed=seed, start=start)
    found = settled(new, found, start)
    found = replace(found, routes=matched(plan.routes, found.routes))
    served = {name for route in plan.routes for name in route.stop_ids()}
    return WhatIf(
        problem=new,
        plan=found,
        stops=stop_changes(plan.routes, found.routes),
        lost=tuple(one for one in explain_all(new, found) if one.blocking.stop_id in served),
        extra_cost=found.cost - plan.cost,
        extra_missed=found.missed_weight - plan.missed_weight,
        extra_vehicles=found.vehicles - plan.vehicles,
    )


def apply_change(problem: DeliveryProblem, change: Change) -> DeliveryProblem:
    """The problem with one change.

    Raises:
        UnknownStop, UnknownDepot, NoSuchType: It names what is not there.
        RoutingError: A figure cannot be used.
    """
    match change:
        case FewerVehicles():
            return _fewer(problem, change)
        case RoadClosed():
            return _closed(problem, change)
        case KitchenLate():
            return _late(problem, change)
        case StopAdded():
            return _added(problem, change)
        case StopDropped():
            _known(problem, change.stop_id)
            return without_stops(problem, [change.stop_id])
        case BoxesChanged():
            _known(problem, change.stop_id)
            boxes = change.boxes
            return _stops(problem, change.stop_id, lambda stop: replace(stop, boxes=boxes))


def beside(problem: DeliveryProblem, stop: Stop, near: str) -> StopAdded:
    """A stop next door to a kitchen, stop or place: the same ways, and none between the two.

    Raises:
        UnknownStop: There is no such place.
    """
    at = problem.index_of().get(near)
    if at is None:
        raise UnknownStop(stop_id=near)

    def spread(values: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(0 if i == at else value for i, value in enumerate(values))

    return StopAdded(
        stop,
        from_m=spread(problem.distance_m[at]),
        from_s=spread(problem.duration_s[at]),
        to_m=spread([row[at] for row in problem.distance_m]),
        to_s=spread([row[at] for row in problem.duration_s]),
    )


def _known(problem: DeliveryProblem, stop_id: str) -> None:
    if all(stop.stop_id != stop_id for stop in problem.stops):
        raise UnknownStop(stop_id=stop_id)


def _stops(
    problem: DeliveryProblem, stop_id: str, change: Callable[[Stop], Stop]
) -> DeliveryProblem:
    stops = tuple(change(s) if s.stop_id == stop_id else s for s in problem.stops)
    return replace(problem, stops=stops)


def _fewer(problem: DeliveryProblem, change: FewerVehicles) -> DeliveryProblem:
    kind = problem.type_of().get(change.type_id)
    if kind is None:
        raise NoSuchType(type_id=change.type_id)
    if not 0 < change.by <= kind.count:
        raise OutOfRange(field="fewer", value=change.by, least=1, most=kind.count)
    less = replace(kind, count=kind.count - change.by)
    types = tuple(less if one is kind else one for one in problem.vehicle_types)
    return replace(problem, vehicle_types=types)


def _closed(problem: DeliveryProblem, change: RoadClosed) -> DeliveryProblem:
    at = problem.index_of()
    for name in (change.origin, change.destination):
        if name not in at:
            raise UnknownStop(stop_id=name)
    i, j = at[change.origin], at[change.destination]
    gone = {(i, j)} if change.one_way else {(i, j), (j, i)}

    def without(matrix: Matrix) -> Matrix:
        return tuple(
            tuple(None if (a, b) in gone and a != b else value for b, value in enumerate(row))
            for a, row in enumerate(matrix)
        )

    return replace(
        problem,
        distance_m=without(problem.distance_m),
        duration_s=without(problem.duration_s),
    )


def _late(problem: DeliveryProblem, change: KitchenLate) -> DeliveryProblem:
    if all(depot.depot_id != change.depot_id for depot in problem.depots):
        raise UnknownDepot(depot_id=change.depot_id)
    if not 0 < change.by_s <= LARGEST:
        raise OutOfRange(field="late", value=change.by_s, least=1, most=LARGEST)
    depots = tuple(
        replace(one, ready_s=one.ready_s + change.by_s) if one.depot_id == change.depot_id else one
        for one in problem.depots
    )
    return replace(problem, depots=depots)


def _added(problem: DeliveryProblem, change: StopAdded) -> DeliveryProblem:
    """The stop comes behind the other stops, so its row and column stand before the places."""
    at = len(problem.depots) + len(problem.stops)

    def grown(matrix: Matrix, row: Sequence[int | None], column: Sequence[int | None]) -> Matrix:
        wider = [(*old[:at], end, *old[at:]) for old, end in zip(matrix, column, strict=False)]
        return (*wider[:at], (*row[:at], 0, *row[at:]), *wider[at:])

    return replace(
        problem,
        stops=(*problem.stops, change.stop),
        distance_m=grown(problem.distance_m, change.from_m, change.to_m),
        duration_s=grown(problem.duration_s, change.from_s, change.to_s),
    )
