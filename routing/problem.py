"""The question: what has to be brought where, until when, with which vehicles.

`DeliveryProblem` is the whole problem of routing: a rich VRPTW with hold limits, several kitchens,
second trips, relays and yesterday's habits.

All figures are whole numbers: seconds, metres, boxes, cost units. Times are seconds after midnight.
Everything is checked when it is created, so the rest of the package never checks again.
"""

from dataclasses import dataclass

from routing.errors import (
    CostTooLarge,
    DuplicateRelay,
    DuplicateStop,
    DuplicateVehicleType,
    NoDepot,
    NoVehicles,
    OutOfRange,
    ReloadElsewhere,
    TooManyStops,
    UnknownDepot,
    UnknownStop,
    UnknownVehicleType,
    WindowEndsBeforeStart,
)
from routing.figures import Matrix, check_matrix, check_name, check_pairs, check_whole

LARGEST_PLAN_COST = 2**51
"""Keeps every sum exact in double precision, and in 64-bit integers in 1024ths of a unit."""

MOST_STOPS = 2_000
"""Ten times the largest county; matrices beyond it fill the memory of a small machine."""

MOST_PRIORITY = 1_000
"""Keeps the sum of all priorities, the required above the optional ones, exact like the costs."""

MOST_RELAYED = 4
"""Stops a relay can bring meals to from one hand-over."""


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
        check_whole("window.start_s", self.start_s)
        check_whole("window.end_s", self.end_s)
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
        check_name("depot.depot_id", self.depot_id)
        check_whole("depot.ready_s", self.ready_s)
        if self.closes_s is not None:
            check_whole("depot.closes_s", self.closes_s)
            if self.closes_s < self.ready_s:
                raise WindowEndsBeforeStart(start_s=self.ready_s, end_s=self.closes_s)


@dataclass(frozen=True, slots=True)
class Stop:
    """One drop-off.

    `service_s` is spent after the start of service, which lies in `window`. `max_hold_s` limits
    the time from leaving the kitchen to the start of service (None: no limit); with several
    products it is the least of theirs. Its boxes are not ready before `release_s` (second wave).
    A stop that is not `required` may be left out after every required one is served; `priority`
    (1..1,000) weighs stops of the same kind. `allowed_types` and `allowed_depots` limit who may
    bring it and which kitchen cooks for it (None: all; empty: none).

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
    release_s: int = 0
    allowed_depots: frozenset[str] | None = None

    def __post_init__(self) -> None:
        check_name("stop.stop_id", self.stop_id)
        check_whole("stop.boxes", self.boxes)
        check_whole("stop.service_s", self.service_s)
        check_whole("stop.priority", self.priority, 1)
        if self.priority > MOST_PRIORITY:
            raise OutOfRange("stop.priority", self.priority, 1, MOST_PRIORITY)
        check_whole("stop.release_s", self.release_s)
        if self.max_hold_s is not None:
            check_whole("stop.max_hold_s", self.max_hold_s)


@dataclass(frozen=True, slots=True)
class VehicleType:
    """`count` equal vehicles; the shift runs from first leaving the kitchen to being back at last.

    A vehicle starts at `depot_id` (None: the first depot) and ends at `end_depot_id` (None: where
    it started). It may drive up to `trips` rounds, with `reload_s` at the kitchen between two.
    Cost = `fixed_cost` for each vehicle used + `cost_per_m` x metres + `cost_per_s` x seconds on
    the road (waiting at the kitchen between two rounds costs nothing).

    With several rounds it has to end where it starts: `DeliveryProblem` refuses the rest, since it
    alone knows which kitchen is the first.

    Raises:
        EmptyName, NotWhole, OutOfRange: A field cannot be used.
        ReloadElsewhere: Several trips, but it ends at another kitchen than the one it names.
    """

    type_id: str
    count: int
    capacity_boxes: int
    fixed_cost: int
    cost_per_m: int
    cost_per_s: int
    shift: TimeWindow
    depot_id: str | None = None
    end_depot_id: str | None = None
    trips: int = 1
    reload_s: int = 0

    def __post_init__(self) -> None:
        check_name("type.type_id", self.type_id)
        for field in ("count", "capacity_boxes", "fixed_cost", "cost_per_m", "cost_per_s"):
            check_whole(f"type.{field}", getattr(self, field))
        check_whole("type.reload_s", self.reload_s)
        check_whole("type.trips", self.trips, 1)
        if self.trips > 1 and len({self.depot_id, self.end_depot_id} - {None}) > 1:
            raise ReloadElsewhere(type_id=self.type_id)


@dataclass(frozen=True, slots=True)
class RelayLeg:
    """What a relay can reach from its host: one way in metres and seconds.

    Raises:
        NotWhole, OutOfRange: A figure cannot be used.
    """

    stop_id: str
    distance_m: int
    duration_s: int

    def __post_init__(self) -> None:
        check_whole("leg.distance_m", self.distance_m)
        check_whole("leg.duration_s", self.duration_s)


@dataclass(frozen=True, slots=True)
class Relay:
    """A volunteer, neighbour or drone that takes boxes over from a vehicle and brings them on.

    It waits at `host` (a stop, or one of the problem's places) from `window.start_s` and hands the
    last stop its meal by `window.end_s`. The vehicle spends `handover_s` there, then the relay goes
    out and back once for each of at most `most_stops` stops: one stop's boxes, at most
    `capacity_boxes`, at most `range_m` metres there and back, the stop's service time spent there.
    A host that is a stop hands over when it is itself visited. One vehicle, once a plan, hands over
    to a relay. Cost = `cost_per_stop` for each stop. Windows and hold limits of the stops stay.

    Raises:
        EmptyName, NotWhole, OutOfRange: A field cannot be used (`most_stops` is 1..4).
        DuplicateStop: A leg stands twice, or leads to the host.
    """

    relay_id: str
    host: str
    legs: tuple[RelayLeg, ...]
    capacity_boxes: int
    range_m: int
    window: TimeWindow
    handover_s: int = 0
    most_stops: int = 1
    cost_per_stop: int = 0

    def __post_init__(self) -> None:
        check_name("relay.relay_id", self.relay_id)
        check_name("relay.host", self.host)
        for field in ("capacity_boxes", "range_m", "handover_s", "cost_per_stop"):
            check_whole(f"relay.{field}", getattr(self, field))
        check_whole("relay.most_stops", self.most_stops, 1)
        if self.most_stops > MOST_RELAYED:
            raise OutOfRange("relay.most_stops", self.most_stops, 1, MOST_RELAYED)
        seen = {self.host}
        for leg in self.legs:
            if leg.stop_id in seen:
                raise DuplicateStop(stop_id=leg.stop_id)
            seen.add(leg.stop_id)


@dataclass(frozen=True, slots=True)
class Habits:
    """Yesterday's routes, and what it costs to leave them (driver and elders know each other).

    Each leg of a route that is not in `legs` (origin id, destination id; a depot is named by its
    id) costs `leg_cost`. Each stop brought by another type than `drivers` says costs `driver_cost`
    (a vehicle with its own driver is a type of its own); stops not named are free.

    Raises:
        NotWhole, OutOfRange: A cost cannot be used.
    """

    legs: frozenset[tuple[str, str]] = frozenset()
    leg_cost: int = 0
    drivers: tuple[tuple[str, str], ...] = ()
    driver_cost: int = 0

    def __post_init__(self) -> None:
        check_whole("habits.leg_cost", self.leg_cost)
        check_whole("habits.driver_cost", self.driver_cost)


@dataclass(frozen=True, slots=True)
class DeliveryProblem:
    """Kitchens, stops, vehicles, relays and the travel between all places.

    `distance_m` and `duration_s` have one row and column for each depot, each stop and each place
    (where a relay may wait without being a stop), in this order; they may be asymmetric; the
    diagonal is not used. The objective is lexicographic: missed priority, then, if
    `fewest_vehicles`, the number of vehicles, then cost.

    Raises:
        EmptyName: A name is empty.
        NoDepot, NoVehicles: There is no kitchen, or no vehicle.
        ReloadElsewhere: A type with several trips does not end where it starts.
        TooManyStops: More than `MOST_STOPS`.
        DuplicateStop, DuplicateVehicleType, DuplicateRelay: An id stands twice.
        UnknownVehicleType, UnknownDepot, UnknownStop: A reference to what does not exist.
        MatrixShape, MatrixEntry, MatricesDisagree: The matrices cannot be used.
        CostTooLarge: A plan could cost more than exact arithmetic allows.
    """

    name: str
    depots: tuple[Depot, ...]
    stops: tuple[Stop, ...]
    vehicle_types: tuple[VehicleType, ...]
    distance_m: Matrix
    duration_s: Matrix
    places: tuple[str, ...] = ()
    relays: tuple[Relay, ...] = ()
    habits: Habits | None = None
    fewest_vehicles: bool = False

    def __post_init__(self) -> None:
        check_name("problem.name", self.name)
        if not self.depots:
            raise NoDepot(problem=self.name)
        if len(self.stops) > MOST_STOPS:
            raise TooManyStops(found=len(self.stops), most=MOST_STOPS)
        _check_ids(self)
        _check_fleet(self)
        _check_relays(self)
        _check_habits(self)
        size = len(self.depots) + len(self.stops) + len(self.places)
        check_matrix("distance_m", self.distance_m, size)
        check_matrix("duration_s", self.duration_s, size)
        check_pairs(self.distance_m, self.duration_s)
        _check_cost(self)

    def index_of(self) -> dict[str, int]:
        """Id of every depot, stop and place -> row and column of the matrices."""
        ids = [d.depot_id for d in self.depots] + [s.stop_id for s in self.stops]
        return {name: i for i, name in enumerate([*ids, *self.places])}

    def type_of(self) -> dict[str, VehicleType]:
        """Type id -> vehicle type."""
        return {kind.type_id: kind for kind in self.vehicle_types}

    def start_of(self, kind: VehicleType) -> Depot:
        """Where vehicles of a type start."""
        return self._depot(kind.depot_id)

    def end_of(self, kind: VehicleType) -> Depot:
        """Where vehicles of a type end."""
        return self._depot(kind.end_depot_id or kind.depot_id)

    def _depot(self, depot_id: str | None) -> Depot:
        if depot_id is None:
            return self.depots[0]
        return next(depot for depot in self.depots if depot.depot_id == depot_id)


def _check_ids(problem: DeliveryProblem) -> None:
    seen: set[str] = set()
    depots = [depot.depot_id for depot in problem.depots]
    for name in [*depots, *(stop.stop_id for stop in problem.stops), *problem.places]:
        check_name("problem.places", name)
        if name in seen:
            raise DuplicateStop(stop_id=name)
        seen.add(name)
    types: set[str] = set()
    for kind in problem.vehicle_types:
        if kind.type_id in types:
            raise DuplicateVehicleType(type_id=kind.type_id)
        types.add(kind.type_id)


def _check_fleet(problem: DeliveryProblem) -> None:
    if sum(kind.count for kind in problem.vehicle_types) == 0:
        raise NoVehicles(problem=problem.name)
    depots = {depot.depot_id for depot in problem.depots}
    for kind in problem.vehicle_types:
        for depot_id in (kind.depot_id, kind.end_depot_id):
            if depot_id is not None and depot_id not in depots:
                raise UnknownDepot(depot_id=depot_id)
        if kind.trips > 1 and problem.start_of(kind) != problem.end_of(kind):
            raise ReloadElsewhere(type_id=kind.type_id)
    _check_allowed(problem, depots)


def _check_allowed(problem: DeliveryProblem, depots: set[str]) -> None:
    types = problem.type_of()
    for stop in problem.stops:
        for type_id in sorted(stop.allowed_types or ()):
            if type_id not in types:
                raise UnknownVehicleType(stop_id=stop.stop_id, type_id=type_id)
        for depot_id in sorted(stop.allowed_depots or ()):
            if depot_id not in depots:
                raise UnknownDepot(depot_id=depot_id)


def _check_relays(problem: DeliveryProblem) -> None:
    stops = {stop.stop_id for stop in problem.stops}
    relays: set[str] = set()
    for relay in problem.relays:
        if relay.relay_id in relays:
            raise DuplicateRelay(relay_id=relay.relay_id)
        relays.add(relay.relay_id)
        if relay.host not in stops and relay.host not in problem.places:
            raise UnknownStop(stop_id=relay.host)
        for leg in relay.legs:
            if leg.stop_id not in stops:
                raise UnknownStop(stop_id=leg.stop_id)


def _check_habits(problem: DeliveryProblem) -> None:
    """Yesterday may know stops and vehicles of which today has none: such entries just do not bind."""
    if problem.habits is None:
        return
    seen: set[str] = set()
    for stop_id, _ in problem.habits.drivers:
        if stop_id in seen:
            raise DuplicateStop(stop_id=stop_id)
        seen.add(stop_id)


def _check_cost(problem: DeliveryProblem) -> None:
    """No plan, were every stop its own round, may cost more than sums can hold exactly."""
    rounds = len(problem.stops) + len(problem.places) + 1
    longest_m = max((v for row in problem.distance_m for v in row if v is not None), default=0)
    habits = problem.habits or Habits()
    extra = 2 * rounds * habits.leg_cost + rounds * habits.driver_cost
    extra += sum(relay.cost_per_stop * len(relay.legs) for relay in problem.relays)
    for kind in problem.vehicle_types:
        one = kind.fixed_cost + 2 * kind.cost_per_m * longest_m + kind.cost_per_s * kind.shift.end_s
        if rounds * one + extra > LARGEST_PLAN_COST:
            raise CostTooLarge(type_id=kind.type_id, cost=rounds * one + extra)
