"""The ways to go on with a run: who goes out again, who fetches, where each open meal comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.problem import DeliveryProblem, VehicleType
from routing.road import Driver, Road, UnderWay, drive_on

KITCHEN, SPARE, FETCH, REMAKE, NOBODY = "kitchen", "spare", "fetch", "remake", "nobody"
"""Where the meal of a stop that is not aboard of a driving vehicle comes from."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A vehicle that goes to the broken one, takes its boxes over and brings them on.

    It is there and loaded at `ready_s`; getting there costs `cost`. `driver` is its type and number
    (None: any one of its type that has not left). `leaves_s` is when it sets out.
    """

    kind: VehicleType
    vehicle: int | None
    leaves_s: int
    ready_s: int
    distance_m: int
    cost: int


@dataclass(frozen=True, slots=True)
class Again:
    """A vehicle that may go out again: from when, and how many rounds."""

    kind: VehicleType
    vehicle: int
    from_s: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go on: who goes out again, who fetches, and where each open meal comes from.

    `back_by` are the moments by which vehicles under way have to be back, because they go again.
    """

    again: tuple[Again, ...] = ()
    back_by: Mapping[Driver, int] = field(default_factory=dict)
    fetch: Fetch | None = None
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """The vehicle that stands still: its round, and the place where it is."""

    round: UnderWay
    place: str
    transfer_s: int
    remake_ready_s: int | None


def again_of(
    problem: DeliveryProblem,
    road: Road,
    *,
    another_round: bool,
    broken: UnderWay | None = None,
) -> list[Again]:
    """Vehicles that may go out again, each once, if there is time left in the shift.

    Those have rounds left of their type's, or with `another_round` one more in any case.
    """
    begun = road.rounds_begun()
    back: dict[Driver, int | None] = {}
    for route in road.over:
        driver = route.type_id, route.vehicle
        back[driver] = max(route.return_s, back.get(driver) or 0)
    for one in road.under_way:
        back[one.driver] = None if one is broken else drive_on(problem, one)
    types = problem.type_of()
    found = []
    for driver, back_s in back.items():
        kind = types[driver[0]]
        rounds = max(kind.trips - begun[driver], int(another_round))
        if back_s is None or rounds <= 0 or problem.start_of(kind) != problem.end_of(kind):
            continue
        from_s = max(road.now_s, back_s + kind.reload_s)
        if from_s <= kind.shift.end_s:
            found.append(Again(kind, driver[1], from_s, rounds))
    return found
