"""Where every vehicle is at a moment of the run: what is done, what is aboard, when it is free."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from routing.errors import NotUnderWay, OutOfRange
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem, Habits, VehicleType
from routing.route import Handover, Route

Driver = tuple[str, int]
"""Type id and number of a vehicle, from 0."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a driver on the road says, where the plan's own times do not hold any more.

    `done` visits of the present round are finished; the vehicle is free at the last of them at
    `free_s` (with none done: it reaches the first one then). Seconds after midnight.
    """

    type_id: str
    vehicle: int
    done: int
    free_s: int


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A round that has begun and not ended.

    `driven` is its done part: the finished visits, ending when the vehicle is free at `place`.
    `names` are the halts still to come and `handovers` what is to be handed over there; `aboard`
    are the stops whose boxes it carries. `round_from_s` is when it left the kitchen.
    """

    kind: VehicleType
    vehicle: int
    driven: Route
    place: str
    free_s: int
    names: tuple[str, ...]
    handovers: tuple[Handover, ...]
    aboard: tuple[str, ...]

    @property
    def driver(self) -> Driver:
        """Type and number."""
        return self.kind.type_id, self.vehicle


@dataclass(frozen=True, slots=True)
class Road:
    """A plan cut at a moment: rounds that are over, under way, and still to come."""

    now_s: int
    over: tuple[Route, ...]
    under_way: tuple[UnderWay, ...]
    to_come: tuple[Route, ...]

    def served(self) -> set[str]:
        """Stops that have their meal, or will have it from a relay that is on its way."""
        done = [*self.over, *(one.driven for one in self.under_way)]
        return {name for route in done for name in route.stop_ids()}

    def rounds_begun(self) -> dict[Driver, int]:
        """How many rounds each vehicle has begun."""
        begun: dict[Driver, int] = {}
        for route in [*self.over, *(one.driven for one in self.under_way)]:
            key = route.type_id, route.vehicle
            begun[key] = begun.get(key, 0) + 1
        return begun


def cut(
    problem: DeliveryProblem, plan: DeliveryPlan, now_s: int, reports: Sequence[Report] = ()
) -> Road:
    """Cut a plan at a moment (seconds after midnight).

    A visit that has begun is finished; a vehicle between two halts drives on to the next one.

    Raises:
        NotUnderWay: A report speaks of a vehicle that is not on the road.
        OutOfRange: A report has more visits than the round.
    """
    said = {(one.type_id, one.vehicle): one for one in reports}
    types = problem.type_of()
    last: dict[Driver, int] = {}
    for route in plan.routes:
        if route.depart_s <= now_s:
            driver = route.type_id, route.vehicle
            last[driver] = max(route.trip, last.get(driver, 0))
    over, under_way, to_come = [], [], []
    for route in sorted(plan.routes, key=lambda r: (r.type_id, r.vehicle, r.trip)):
        driver = route.type_id, route.vehicle
        late = said.get(driver) if route.trip == last.get(driver) else None
        if route.depart_s > now_s:
            to_come.append(route)
        elif route.return_s > now_s or (late is not None and late.free_s >= now_s):
            under_way.append(_under_way(problem, types[route.type_id], route, now_s, late))
            said.pop(driver, None)
        else:
            over.append(route)
    for one in said.values():
        raise NotUnderWay(one.type_id, one.vehicle, now_s)
    return Road(now_s, tuple(over), tuple(under_way), tuple(to_come))


def _under_way(
    problem: DeliveryProblem, kind: VehicleType, route: Route, now_s: int, report: Report | None
) -> UnderWay:
    home = problem.end_of(kind).depot_id
    if report is None:
        done, place, free_s = _where(route, now_s, home)
    else:
        done, most = report.done, len(route.visits)
        if not 0 <= done <= most:
            raise OutOfRange(field="report.done", value=done, least=0, most=most)
        place = route.visits[max(0, done - 1)].stop_id
        free_s = max(now_s, report.free_s)
    hosts = {relay.relay_id: relay.host for relay in problem.relays}
    finished = {visit.stop_id for visit in route.visits[:done]}
    given = tuple(one for one in route.handovers if hosts[one.relay_id] in finished)
    left = tuple(one for one in route.handovers if hosts[one.relay_id] not in finished)
    names = tuple(visit.stop_id for visit in route.visits[done:])
    stops = {stop.stop_id for stop in problem.stops}
    relayed = [name for one in left for name in one.stop_ids]
    return UnderWay(
        kind=kind,
        vehicle=route.vehicle,
        driven=driven_part(problem, kind, route, done, (place, free_s), given),
        place=place,
        free_s=free_s,
        names=names,
        handovers=left,
        aboard=tuple(name for name in (*names, *relayed) if name in stops),
    )


def _where(route: Route, now_s: int, home: str) -> tuple[int, str, int]:
    """Finished visits, the place where the vehicle is free next, and when."""
    done = sum(visit.start_s <= now_s for visit in route.visits)
    if done and now_s < route.visits[done - 1].leave_s:
        return done, route.visits[done - 1].stop_id, route.visits[done - 1].leave_s
    if done < len(route.visits):
        return done, route.visits[done].stop_id, max(now_s, route.visits[done].arrive_s)
    return done, home, max(now_s, route.return_s)


def driven_part(
    problem: DeliveryProblem,
    kind: VehicleType,
    route: Route,
    done: int,
    end: tuple[str, int],
    given: tuple[Handover, ...],
) -> Route:
    """The first `done` visits of a round and the way on to where it is free, with what that costs.

    `end` is that place and the moment; visits stay as they were driven.
    """
    place, free_s = end
    way = [problem.start_of(kind).depot_id, *(v.stop_id for v in route.visits[:done])]
    if way[-1] != place:
        way.append(place)
    at = problem.index_of()
    metres = sum(problem.distance_m[at[a]][at[b]] or 0 for a, b in pairwise(way) if a != b)
    habits = problem.habits or Habits()
    relays = {relay.relay_id: relay for relay in problem.relays}
    cost = kind.fixed_cost if route.trip == 1 else 0
    cost += kind.cost_per_m * metres + kind.cost_per_s * max(0, free_s - route.depart_s)
    cost += sum(habits.leg_cost for leg in pairwise(way) if leg not in habits.legs)
    drivers = dict(habits.drivers)
    stops = {stop.stop_id for stop in problem.stops}
    for visit in route.visits[:done]:
        own = visit.stop_id in stops and drivers.get(visit.stop_id, kind.type_id)
        cost += habits.driver_cost * (own not in (False, kind.type_id))
    for one in given:
        cost += relays[one.relay_id].cost_per_stop * len(one.stop_ids)
    names = {name for one in given for name in one.stop_ids}
    return replace(
        route,
        return_s=free_s,
        visits=route.visits[:done],
        distance_m=metres,
        duration_s=free_s - route.depart_s,
        cost=cost,
        handovers=given,
        relayed=tuple(one for one in route.relayed if one.stop_id in names),
    )


def drive_on(problem: DeliveryProblem, one: UnderWay) -> int | None:
    """When the vehicle is back if it drives on in its old order; None if a leg cannot be driven."""
    at, now = problem.index_of(), one.free_s
    stops = {stop.stop_id: stop for stop in problem.stops}
    relays = {relay.relay_id: relay for relay in problem.relays}
    given: dict[str, int] = {}
    for handover in one.handovers:
        relay = relays[handover.relay_id]
        given[relay.host] = given.get(relay.host, 0) + relay.handover_s
    here = one.place
    for name in (*one.names, problem.end_of(one.kind).depot_id):
        leg_s = 0 if here == name else problem.duration_s[at[here]][at[name]]
        if leg_s is None:
            return None
        now += leg_s
        if name in stops:
            now = max(now, stops[name].window.start_s) + stops[name].service_s
        now += given.pop(name, 0)
        here = name
    return now
