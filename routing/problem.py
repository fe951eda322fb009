"""The question: what has to be brought where, until when, with which vehicles.

All figures are whole numbers: seconds, metres, boxes, cost units. Times are seconds after midnight.
Everything is checked when it is created, so the rest of the package never checks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.errors import (
    CostTooLarge,
    DuplicateStop,
    DuplicateVehicleType,
    EmptyName,
    MatricesDisagree,
    MatrixEntry,
    MatrixShape,
    NotWhole,
    NoVehicles,
    OutOfRange,
    UnknownVehicleType,
    WindowEndsBeforeStart,
)

Matrix = tuple[tuple[int | None, ...], ...]
"""Rows are origins, columns destinations; index 0 is the depot, i is `stops[i - 1]`.

None marks a pair that cannot be driven.
"""

LARGEST = 10**9
"""No single figure (s, m, boxes, cost units, vehicles) may be larger."""

LARGEST_ROUTE_COST = 2**50
"""Keeps every sum exact in 64-bit integers and in double precision."""


def _whole(field: str, value: object, least: int = 0) -> None:
    if type(value) is not int:
        raise NotWhole(field=field, value=repr(value))
    if not least <= value <= LARGEST:
        raise OutOfRange(field=field, value=value, least=least, most=LARGEST)


def _named(field: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise EmptyName(field=field)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From `start_s` to `end_s`, both included, seconds after midnight.

    Raises:
        NotWhole, OutOfRange: A bound is no whole number from 0 up.
        WindowEndsBeforeStart: The end lies before the start.
    """

    start_s: int
    end_s: int

    def __post_init__(self) -> None:
        _whole("window.start_s", self.start_s)
        _whole("window.end_s", self.end_s)
        if self.end_s < self.start_s:
            raise WindowEndsBeforeStart(start_s=self.start_s, end_s=self.end_s)


@dataclass(frozen=True, slots=True)
class Depot:
    """The kitchen: meals are ready at `ready_s`; vehicles are back by `closes_s` (None: any time).

    Raises:
        EmptyName, NotWhole, OutOfRange: A field cannot be used.
        WindowEndsBeforeStart: It closes before the meals are ready.
    """

    depot_id: str
    ready_s: int
    closes_s: int | None = None

    def __post_init__(self) -> None:
        _named("depot.depot_id", self.depot_id)
        _whole("depot.ready_s", self.ready_s)
        if self.closes_s is not None:
            _whole("depot.closes_s", self.closes_s)
            if self.closes_s < self.ready_s:
                raise WindowEndsBeforeStart(start_s=self.ready_s, end_s=self.closes_s)


@dataclass(frozen=True, slots=True)
class Stop:
    """One drop-off.

    `service_s` is spent after the start of service, which lies in `window`. `max_hold_s` limits
    the time from leaving the kitchen to the start of service (None: no limit). A stop that is not
    `required` may be left out after every required one is served; `priority` (1 and up) weighs
    stops of the same kind. `allowed_types` limits the vehicle types (None: all; empty: none).

    Raises:
        EmptyName, NotWhole, OutOfRange: A field cannot be used.
    """

    stop_id: str
    boxes: int
    service_s: int
    window: TimeWindow
    max_hold_s: int | None
    required: bool = True
    priority: int = 1
    allowed_types: frozenset[str] | None = None

    def __post_init__(self) -> None:
        _named("stop.stop_id", self.stop_id)
        _whole("stop.boxes", self.boxes)
        _whole("stop.service_s", self.service_s)
        _whole("stop.priority", self.priority, 1)
        if self.max_hold_s is not None:
            _whole("stop.max_hold_s", self.max_hold_s)


@dataclass(frozen=True, slots=True)
class VehicleType:
    """`count` equal vehicles; the shift runs from leaving the kitchen to being back.

    Cost of a route = `fixed_cost` + `cost_per_m` x metres + `cost_per_s` x seconds on the road.

    Raises:
        EmptyName, NotWhole, OutOfRange: A field cannot be used.
    """

    type_id: str
    count: int
    capacity_boxes: int
    fixed_cost: int
    cost_per_m: int
    cost_per_s: int
    shift: TimeWindow

    def __post_init__(self) -> None:
        _named("type.type_id", self.type_id)
        for field in ("count", "capacity_boxes", "fixed_cost", "cost_per_m", "cost_per_s"):
            _whole(f"type.{field}", getattr(self, field))


@dataclass(frozen=True, slots=True)
class DeliveryProblem:
    """One kitchen, its stops, its vehicles and the travel between them.

    `distance_m` and `duration_s` have one row and column for the depot (index 0) and one for each
    stop, in order; they may be asymmetric; the diagonal is not used.

    Raises:
        EmptyName: The name is empty.
        DuplicateStop, DuplicateVehicleType: An id stands twice.
        NoVehicles: There is no vehicle.
        UnknownVehicleType: A stop allows a type that does not exist.
        MatrixShape, MatrixEntry, MatricesDisagree: The matrices cannot be used.
        CostTooLarge: A route could cost more than 2**50.
    """

    name: str
    depot: Depot
    stops: tuple[Stop, ...]
    vehicle_types: tuple[VehicleType, ...]
    distance_m: Matrix
    duration_s: Matrix

    def __post_init__(self) -> None:
        _named("problem.name", self.name)
        _check_ids(self)
        _check_fleet(self)
        size = len(self.stops) + 1
        _check_matrix("distance_m", self.distance_m, size)
        _check_matrix("duration_s", self.duration_s, size)
        _check_pairs(self)
        _check_cost(self)

    def index_of(self) -> dict[str, int]:
        """Stop id -> row and column of the matrices (1 and up)."""
        return {stop.stop_id: i for i, stop in enumerate(self.stops, start=1)}

    def type_of(self) -> dict[str, VehicleType]:
        """Type id -> vehicle type."""
        return {kind.type_id: kind for kind in self.vehicle_types}


def _check_ids(problem: DeliveryProblem) -> None:
    seen = {problem.depot.depot_id}
    for stop in problem.stops:
        if stop.stop_id in seen:
            raise DuplicateStop(stop_id=stop.stop_id)
        seen.add(stop.stop_id)
    types: set[str] = set()
    for kind in problem.vehicle_types:
        if kind.type_id in types:
            raise DuplicateVehicleType(type_id=kind.type_id)
        types.add(kind.type_id)


def _check_fleet(problem: DeliveryProblem) -> None:
    if sum(kind.count for kind in problem.vehicle_types) == 0:
        raise NoVehicles(problem=problem.name)
    types = problem.type_of()
    for stop in problem.stops:
        for type_id in sorted(stop.allowed_types or ()):
            if type_id not in types:
                raise UnknownVehicleType(stop_id=stop.stop_id, type_id=type_id)


def _check_matrix(name: str, matrix: Matrix, size: int) -> None:
    if len(matrix) != size:
        raise MatrixShape(matrix=name, expected=size, found=len(matrix), row=None)
    for i, row in enumerate(matrix):
        if len(row) != size:
            raise MatrixShape(matrix=name, expected=size, found=len(row), row=i)
        _check_row(name, i, row)


def _check_row(name: str, i: int, row: Sequence[int | None]) -> None:
    for j, value in enumerate(row):
        if value is None:
            continue
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise MatrixEntry(matrix=name, row=i, column=j, value=repr(value))


def _check_pairs(problem: DeliveryProblem) -> None:
    rows = zip(problem.distance_m, problem.duration_s, strict=True)
    for i, (metres, seconds) in enumerate(rows):
        for j, (m, s) in enumerate(zip(metres, seconds, strict=True)):
            if i != j and (m is None) != (s is None):
                raise MatricesDisagree(row=i, column=j)


def _check_cost(problem: DeliveryProblem) -> None:
    legs = len(problem.stops) + 1
    longest_m = max((v for row in problem.distance_m for v in row if v is not None), default=0)
    for kind in problem.vehicle_types:
        latest_s = kind.shift.end_s
        cost = kind.fixed_cost + legs * kind.cost_per_m * longest_m + kind.cost_per_s * latest_s
        if cost > LARGEST_ROUTE_COST:
            raise CostTooLarge(type_id=kind.type_id, cost=cost)
