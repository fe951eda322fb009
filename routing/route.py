"""The parts of an answer: what is asked of the judge, what it drives, what it finds wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a stop is not served; the comment gives the unit of `needs` and `limit`."""

    UNREACHABLE = "unreachable"  # legs to and from the kitchen: needs 2, limit those that exist
    TYPE = "type"  # vehicles of an allowed type and kitchen: needs 1, limit 0
    CAPACITY = "capacity"  # boxes
    HOLD = "hold"  # seconds from leaving the kitchen to the start of service
    WINDOW = "window"  # seconds after midnight: earliest possible start, end of the window
    SHIFT = "shift"  # seconds after midnight: earliest possible return, end of shift or depot
    VEHICLES = "vehicles"  # vehicles: needed, present; alone the stop could be served


class ViolationKind(StrEnum):
    """The rules of a plan; the comment gives the unit of `by`."""

    UNKNOWN_STOP = "unknown_stop"  # 1
    UNKNOWN_TYPE = "unknown_type"  # 1
    EMPTY_ROUTE = "empty_route"  # 1
    VISITED_TWICE = "visited_twice"  # visits too many
    UNREACHABLE = "unreachable"  # 1 for each leg that cannot be driven, named by its destination
    TYPE = "type"  # 1: this stop does not allow this vehicle type
    DEPOT = "depot"  # 1: another kitchen has to cook for this stop
    CAPACITY = "capacity"  # boxes too many
    READY = "ready"  # seconds before the meals are ready
    RELEASE = "release"  # seconds before the boxes of this stop are ready
    SHIFT_START = "shift_start"  # seconds before the shift
    WINDOW = "window"  # seconds after the window
    HOLD = "hold"  # seconds over the limit
    SHIFT_END = "shift_end"  # seconds after the shift
    DEPOT_CLOSED = "depot_closed"  # seconds after closing
    FLEET = "fleet"  # vehicles of this type too many; `route` is the first one too many
    TRIPS = "trips"  # rounds of one vehicle too many; `route` is its last
    RELOAD = "reload"  # seconds before the vehicle is back and loaded again
    RELAY = "relay"  # 1: unknown, used twice, or its host or stop is not where it could take over
    RELAY_BOXES = "relay_boxes"  # boxes of this stop over what the relay can carry
    RELAY_RANGE = "relay_range"  # metres there and back over its range
    RELAY_STOPS = "relay_stops"  # stops too many for one hand-over
    RELAY_LATE = "relay_late"  # seconds after the relay's window


@dataclass(frozen=True, slots=True)
class Handover:
    """Boxes given to a relay at its host, for these stops in this order."""

    relay_id: str
    stop_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitSequence:
    """What is to be judged: one round of one vehicle.

    `stop_ids` in order (a relay's host that is a place stands among them), the departure (None: the
    best one), which vehicle of the type drives it (None: one that drives nothing else), and what is
    handed to relays. The rounds of one vehicle stand in their order.
    """

    type_id: str
    stop_ids: tuple[str, ...]
    depart_s: int | None = None
    vehicle: int | None = None
    handovers: tuple[Handover, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: on which route (index), at which stop (None: the whole route), by how much."""

    kind: ViolationKind
    route: int
    stop_id: str | None
    by: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop of a route: seconds after midnight, hold in seconds, boxes still aboard after it."""

    stop_id: str
    arrive_s: int
    start_s: int
    leave_s: int
    hold_s: int
    load_after_boxes: int


@dataclass(frozen=True, slots=True)
class Relayed:
    """A stop that a relay brings its meal to: seconds after midnight, hold in seconds."""

    stop_id: str
    relay_id: str
    start_s: int
    hold_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """One round; `duration_s` runs from leaving the kitchen to being back.

    `vehicle` counts the vehicles of the type from 0, `trip` the rounds of the vehicle from 1; the
    fixed cost stands in the cost of the first round.
    """

    type_id: str
    depart_s: int
    return_s: int
    visits: tuple[Visit, ...]
    distance_m: int
    duration_s: int
    boxes: int
    cost: int
    vehicle: int = 0
    trip: int = 1
    handovers: tuple[Handover, ...] = ()
    relayed: tuple[Relayed, ...] = ()

    def stop_ids(self) -> tuple[str, ...]:
        """Every stop whose meal leaves with this round, relayed ones included."""
        return (*(v.stop_id for v in self.visits), *(r.stop_id for r in self.relayed))


@dataclass(frozen=True, slots=True)
class Shortfall:
    """The figures behind a reason, in the unit that `Reason` names; of the least unfit type."""

    needs: int
    limit: int
    type_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unserved:
    """A stop that is in no route, with the rule that keeps it out."""

    stop_id: str
    reason: Reason
    detail: Shortfall
