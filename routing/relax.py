"""One figure of one rule, what it is, and the problem in which it has given way."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from routing.figures import LARGEST
from routing.problem import (
    MOST_RELAYED,
    DeliveryProblem,
    Stop,
    TimeWindow,
)

T = TypeVar("T")


class RelaxationKind(StrEnum):
    """What would have to give way; the comment gives the unit of `by`."""

    HOLD = "hold"  # seconds more between the kitchen and the named stop
    WINDOW = "window"  # seconds that the window of the named stop ends later
    RELEASE = "release"  # seconds that the boxes of the named stop are ready earlier
    READY = "ready"  # seconds that the meals of the named kitchen are ready earlier
    SHIFT_START = "shift_start"  # seconds that the shift starts earlier
    SHIFT_END = "shift_end"  # seconds that the shift ends later
    DEPOT_CLOSES = "depot_closes"  # seconds that the named kitchen closes later
    CAPACITY = "capacity"  # boxes more on each vehicle of the type
    VEHICLE = "vehicle"  # vehicles more of the type
    TRIPS = "trips"  # rounds more for each vehicle of the type
    RELOAD = "reload"  # seconds that loading between two rounds takes less
    TYPE = "type"  # 1: let the type serve the named stop
    DEPOT = "depot"  # 1: let the kitchen cook for the named stop
    RELAY_BOXES = "relay_boxes"  # boxes more that the relay carries for one stop
    RELAY_RANGE = "relay_range"  # metres more, there and back
    RELAY_STOPS = "relay_stops"  # stops more for one hand-over
    RELAY_LATE = "relay_late"  # seconds that the relay is there longer


EARLIER = frozenset(
    {
        RelaxationKind.RELEASE,
        RelaxationKind.READY,
        RelaxationKind.SHIFT_START,
        RelaxationKind.RELOAD,
    }
)
"""Kinds whose figure goes down; it cannot go below zero."""

LET_IN = frozenset({RelaxationKind.TYPE, RelaxationKind.DEPOT})
"""Kinds without a figure: the stop lets another type or kitchen in."""

OF_STOP = frozenset({RelaxationKind.HOLD, RelaxationKind.WINDOW, RelaxationKind.RELEASE, *LET_IN})
OF_DEPOT = frozenset({RelaxationKind.READY, RelaxationKind.DEPOT_CLOSES})
OF_RELAY = frozenset(
    {
        RelaxationKind.RELAY_BOXES,
        RelaxationKind.RELAY_RANGE,
        RelaxationKind.RELAY_STOPS,
        RelaxationKind.RELAY_LATE,
    }
)
"""Whose rule it is; every other kind is a rule of the vehicle type."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one rule: of the stop, kitchen, relay or vehicle type `of`.

    `lets_in` is the type or kitchen that the stop `of` does not allow (kinds in `LET_IN` only).
    """

    kind: RelaxationKind
    of: str
    lets_in: str | None = None


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One rule relaxed by one figure.

    `by` is the amount and `becomes` the new figure, both in the unit of `kind` (moments in seconds
    after midnight; None where a type or kitchen is let in). Whose rule it is stands in `stop_id`,
    `depot_id` or `relay_id`, else it is that of `type_id`, the type that then brings the meal. The
    plan then costs `extra_cost` more, with `extra_vehicles` more.
    """

    kind: RelaxationKind
    by: int
    becomes: int | None
    stop_id: str | None
    type_id: str
    depot_id: str | None
    relay_id: str | None
    extra_cost: int
    extra_vehicles: int

    @property
    def figure(self) -> Figure:
        """The figure that gives way."""
        if self.kind in LET_IN:
            other = self.type_id if self.kind is RelaxationKind.TYPE else self.depot_id
            return Figure(self.kind, self.stop_id or "", other)
        return Figure(self.kind, self.stop_id or self.depot_id or self.relay_id or self.type_id)


def as_relaxation(
    problem: DeliveryProblem,
    figure: Figure,
    by: int,
    *,
    type_id: str,
    extra_cost: int = 0,
    extra_vehicles: int = 0,
) -> Relaxation:
    """A figure and an amount under the names that readers know."""
    kind = figure.kind
    value = value_of(problem, figure)
    becomes = None if value is None else value - by if kind in EARLIER else value + by
    depot = figure.lets_in if kind is RelaxationKind.DEPOT else figure.of
    return Relaxation(
        kind=kind,
        by=by,
        becomes=becomes,
        stop_id=figure.of if kind in OF_STOP else None,
        type_id=type_id,
        depot_id=depot if kind in OF_DEPOT or kind is RelaxationKind.DEPOT else None,
        relay_id=figure.of if kind in OF_RELAY else None,
        extra_cost=extra_cost,
        extra_vehicles=extra_vehicles,
    )


def value_of(problem: DeliveryProblem, figure: Figure) -> int | None:
    """The figure as it stands; None where there is none (no limit, or nothing but a list of names)."""
    if figure.kind in LET_IN:
        return None
    return _VALUES[figure.kind](_owner(problem, figure))


def most_by(problem: DeliveryProblem, figure: Figure) -> int:
    """By how much the figure can be changed at all."""
    value = value_of(problem, figure)
    if value is None:
        return 1
    if figure.kind in EARLIER:
        return value
    return (MOST_RELAYED if figure.kind is RelaxationKind.RELAY_STOPS else LARGEST) - value


def relaxed(problem: DeliveryProblem, figure: Figure, by: int) -> DeliveryProblem:
    """The problem with just this one figure changed.

    Raises:
        KeyError: The problem has no such stop, kitchen, relay or type.
    """
    owner = _owner(problem, figure)
    if figure.kind is RelaxationKind.TYPE:
        stop: Stop = owner
        types = None if stop.allowed_types is None else stop.allowed_types | {figure.lets_in or ""}
        return _put(problem, stop, replace(stop, allowed_types=types))
    if figure.kind is RelaxationKind.DEPOT:
        stop = owner
        depots = stop.allowed_depots
        wider = None if depots is None else depots | {figure.lets_in or ""}
        return _put(problem, stop, replace(stop, allowed_depots=wider))
    value = _VALUES[figure.kind](owner)
    if value is None:
        return problem
    figures = _CHANGES[figure.kind](owner, value - by if figure.kind in EARLIER else value + by)
    return _put(problem, owner, replace(owner, **figures))


def _owner(problem: DeliveryProblem, figure: Figure) -> Any:
    if figure.kind in OF_STOP:
        return {s.stop_id: s for s in problem.stops}[figure.of]
    if figure.kind in OF_DEPOT:
        return {d.depot_id: d for d in problem.depots}[figure.of]
    if figure.kind in OF_RELAY:
        return {r.relay_id: r for r in problem.relays}[figure.of]
    return problem.type_of()[figure.of]


def _put(problem: DeliveryProblem, old: object, new: Any) -> DeliveryProblem:
    def swapped(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(new if one is old else one for one in values)

    return replace(
        problem,
        stops=swapped(problem.stops),
        depots=swapped(problem.depots),
        relays=swapped(problem.relays),
        vehicle_types=swapped(problem.vehicle_types),
    )


_VALUES: dict[RelaxationKind, Callable[[Any], int | None]] = {
    RelaxationKind.HOLD: lambda stop: stop.max_hold_s,
    RelaxationKind.WINDOW: lambda stop: stop.window.end_s,
    RelaxationKind.RELEASE: lambda stop: stop.release_s,
    RelaxationKind.READY: lambda depot: depot.ready_s,
    RelaxationKind.DEPOT_CLOSES: lambda depot: depot.closes_s,
    RelaxationKind.SHIFT_START: lambda kind: kind.shift.start_s,
    RelaxationKind.SHIFT_END: lambda kind: kind.shift.end_s,
    RelaxationKind.CAPACITY: lambda kind: kind.capacity_boxes,
    RelaxationKind.VEHICLE: lambda kind: kind.count,
    RelaxationKind.TRIPS: lambda kind: kind.trips,
    RelaxationKind.RELOAD: lambda kind: kind.reload_s,
    RelaxationKind.RELAY_BOXES: lambda relay: relay.capacity_boxes,
    RelaxationKind.RELAY_RANGE: lambda relay: relay.range_m,
    RelaxationKind.RELAY_STOPS: lambda relay: relay.most_stops,
    RelaxationKind.RELAY_LATE: lambda relay: relay.window.end_s,
}

_CHANGES: dict[RelaxationKind, Callable[[Any, int], dict[str, Any]]] = {
    RelaxationKind.HOLD: lambda _, value: {"max_hold_s": value},
    RelaxationKind.WINDOW: lambda one, value: {"window": TimeWindow(one.window.start_s, value)},
    RelaxationKind.RELEASE: lambda _, value: {"release_s": value},
    RelaxationKind.READY: lambda _, value: {"ready_s": value},
    RelaxationKind.DEPOT_CLOSES: lambda _, value: {"closes_s": value},
    RelaxationKind.SHIFT_START: lambda one, value: {"shift": TimeWindow(value, one.shift.end_s)},
    RelaxationKind.SHIFT_END: lambda one, value: {"shift": TimeWindow(one.shift.start_s, value)},
    RelaxationKind.CAPACITY: lambda _, value: {"capacity_boxes": value},
    RelaxationKind.VEHICLE: lambda _, value: {"count": value},
    RelaxationKind.TRIPS: lambda _, value: {"trips": value},
    RelaxationKind.RELOAD: lambda _, value: {"reload_s": value},
    RelaxationKind.RELAY_BOXES: lambda _, value: {"capacity_boxes": value},
    RelaxationKind.RELAY_RANGE: lambda _, value: {"range_m": value},
    RelaxationKind.RELAY_STOPS: lambda _, value: {"most_stops": value},
    RelaxationKind.RELAY_LATE: lambda one, value: {"window": TimeWindow(one.window.start_s, value)},
}


def without_stops(problem: DeliveryProblem, stop_ids: Collection[str]) -> DeliveryProblem:
    """The problem without some stops; a relay that waits at one of them has nobody to wait for.

    Names that are no stops of the problem are passed over.
    """
    gone = {s.stop_id for s in problem.stops} & set(stop_ids)
    if not gone:
        return problem
    keep = [i for name, i in problem.index_of().items() if name not in gone]
    relays = tuple(
        replace(relay, legs=tuple(leg for leg in relay.legs if leg.stop_id not in gone))
        for relay in problem.relays
        if relay.host not in gone
    )
    return replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id not in gone),
        relays=relays,
        distance_m=tuple(tuple(problem.distance_m[i][j] for j in keep) for i in keep),
        duration_s=tuple(tuple(problem.duration_s[i][j] for j in keep) for i in keep),
    )
