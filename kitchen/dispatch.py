"""From packed meals to a delivery problem, and from a plan to vans with drivers. Pure.

Cost unit of a problem: a thousandth of a fen, so that fen per kilometre is a whole number per metre.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kitchen.errors import NoCoordinates
from routing.plan import DeliveryPlan, Route
from routing.problem import DeliveryProblem, Depot, Stop, TimeWindow, VehicleType
from routing.travel import Position, TravelTable

MILLI = 1000


@dataclass(frozen=True, slots=True)
class DispatchRules:
    """How this kitchen sends meals out.

    ``meals_per_box``; ``service_s`` at a stop plus ``service_s_per_box``; ``hold_s`` is the hot-holding limit
    from leaving the kitchen to the hand-over; meals are ready and vans may leave
    ``lead_s`` before the first arrival window.
    """

    meals_per_box: int = 20
    service_s: int = 180
    service_s_per_box: int = 20
    hold_s: int = 7200  # cook to eat within 2 h unless the core stays at 60 C or more
    lead_s: int = 5100


@dataclass(frozen=True, slots=True)
class Drop:
    """Meals for one site; lat/lon WGS-84 degrees or None; the window in seconds after midnight."""

    site_id: str
    meals: int
    lat: float | None
    lon: float | None
    narrow_road: bool
    arrive_from_s: int
    arrive_by_s: int


@dataclass(frozen=True, slots=True)
class Van:
    """A vehicle of the kitchen; cost in fen a run and fen a kilometre; shift in seconds after midnight."""

    vehicle_id: str
    type_id: str
    capacity_boxes: int
    fixed_cost_fen: int
    cost_fen_per_km: int
    narrow_ok: bool
    shift_from_s: int
    shift_to_s: int


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """A drop that cannot be planned at all, with the reason."""

    site_id: str
    reason: str


def boxes_for(meals: int, rules: DispatchRules) -> int:
    """Insulated boxes that ``meals`` fill."""
    return -(-meals // rules.meals_per_box)


def split_drops(drops: Iterable[Drop]) -> tuple[list[Drop], list[Undeliverable]]:
    """Drops that can be put on a map, and those that cannot, with the reason."""
    good, bad = [], []
    for drop in drops:
        if drop.lat is None or drop.lon is None:
            bad.append(Undeliverable(drop.site_id, "no_coordinates"))
        else:
            good.append(drop)
    return good, bad


def delivery_problem(
    name: str,
    drops: Sequence[Drop],
    vans: Sequence[Van],
    *,
    kitchen_id: str,
    travel: TravelTable,
    rules: DispatchRules,
) -> DeliveryProblem:
    """The problem of one kitchen's meal; ``travel`` has the kitchen first, then ``drops`` in order.

    Raises:
        RoutingError: a figure cannot be used (no vans, an impossible window ...).
    """
    types = van_types(vans)
    narrow = frozenset(k for k, members in types.items() if all(van.narrow_ok for van in members))
    ready = max(0, min(drop.arrive_from_s for drop in drops) - rules.lead_s)
    return DeliveryProblem(
        name=name,
        depots=(Depot(kitchen_id, ready),),
        stops=tuple(_stop(drop, narrow, rules) for drop in drops),
        vehicle_types=tuple(_type(key, members) for key, members in types.items()),
        distance_m=travel.distance_m,
        duration_s=travel.duration_s,
    )


def _stop(drop: Drop, narrow: frozenset[str], rules: DispatchRules) -> Stop:
    boxes = boxes_for(drop.meals, rules)
    return Stop(
        stop_id=drop.site_id,
        boxes=boxes,
        service_s=rules.service_s + boxes * rules.service_s_per_box,
        window=TimeWindow(drop.arrive_from_s, drop.arrive_by_s),
        max_hold_s=rules.hold_s,
        allowed_types=narrow if drop.narrow_road else None,
    )


def van_types(vans: Iterable[Van]) -> dict[str, list[Van]]:
    """Vans that are equal to the planner, by a type id of their own, each list by vehicle id.

    Vans of one ``type_id`` that differ in a figure become types of their own ("van#2").
    """
    groups: dict[Van, list[Van]] = defaultdict(list)
    for van in sorted(vans, key=lambda v: (v.type_id, v.vehicle_id)):
        groups[replace(van, vehicle_id="")].append(van)
    types: dict[str, list[Van]] = {}
    for figure, members in groups.items():
        key, number = figure.type_id, 1
        while key in types:
            number += 1
            key = f"{figure.type_id}#{number}"
        types[key] = members
    return types


def _type(key: str, members: Sequence[Van]) -> VehicleType:
    van = members[0]
    return VehicleType(
        type_id=key,
        count=len(members),
        capacity_boxes=van.capacity_boxes,
        fixed_cost=van.fixed_cost_fen * MILLI,
        cost_per_m=van.cost_fen_per_km,
        cost_per_s=0,
        shift=TimeWindow(van.shift_from_s, van.shift_to_s),
    )


@dataclass(frozen=True, slots=True)
class Run:
    """One route with the van that drives it; ``number`` starts at 1 in the order of departure.

    A van that drives several trips has a run for each.
    """

    number: int
    vehicle_id: str
    route: Route


def assign_vans(plan: DeliveryPlan, vans: Sequence[Van]) -> list[Run]:
    """Give every vehicle of the plan a van of its type, earliest departures first.

    The trips of one vehicle get the same van.
    """
    free = {key: list(members) for key, members in van_types(vans).items()}
    routes = sorted(plan.routes, key=lambda r: (r.depart_s, r.visits[0].stop_id))
    taken: dict[tuple[str, int], str] = {}
    for route in routes:
        vehicle = route.type_id, route.vehicle
        if vehicle not in taken:
            taken[vehicle] = free[route.type_id].pop(0).vehicle_id
    return [
        Run(number, taken[route.type_id, route.vehicle], route)
        for number, route in enumerate(routes, start=1)
    ]


def positions_of(kitchen: Position, drops: Sequence[Drop]) -> list[Position]:
    """The kitchen and the drops as positions on the map.

    Raises:
        NoCoordinates: a drop has none; ``split_drops`` keeps such drops apart.
    """
    positions = [kitchen]
    for drop in drops:
        if drop.lat is None or drop.lon is None:
            raise NoCoordinates(drop.site_id)
        positions.append(Position(drop.site_id, drop.lon, drop.lat))
    return positions
