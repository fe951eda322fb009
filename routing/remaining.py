"""The rest of a run as a problem of its own: what is done is fixed, what is aboard stays aboard.

- A vehicle under way is a type of its own. It starts where and when it is free (a kitchen of the
  new problem that cooks for nobody else), carries what it carries, and ends where it would.
- Meals aboard have no hold limit any more but a deadline: departure + limit, or the end of the
  window if that comes first. No other vehicle may bring them, not even by a relay.
- A vehicle that is back, or on its way back, may go out again once it is reloaded: another type of
  its own. It is counted on for the moment at which its old order brings it back, so its present
  round has to end by then.
- Vehicles that have not left stay what they are, from now on.

The rest is solved for least priority missed, then least cost; the vehicles are on the road already,
so they are not counted, and habits are not paid for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.choices import FETCH, NOBODY, REMAKE, SPARE, Again, Broken, Choice
from routing.problem import DeliveryProblem, Depot, Relay, Stop, TimeWindow, VehicleType
from routing.road import Driver, Road, UnderWay
from routing.route import VisitSequence


@dataclass(frozen=True, slots=True)
class Rest:
    """The problem of the rest.

    `driver_of` says for each type of a single vehicle which one that is; `going_on` are the types
    that go on with their round; `fetch_type` is the one that fetches. `start` is the old plan's rest.
    """

    problem: DeliveryProblem
    driver_of: dict[str, Driver]
    going_on: frozenset[str]
    fetch_type: str | None
    start: tuple[VisitSequence, ...]


def rest_of(
    problem: DeliveryProblem,
    road: Road,
    choice: Choice,
    *,
    broken: Broken | None = None,
    spare: Mapping[Driver, int] | None = None,
) -> Rest:
    """The problem of what is not done yet, under one choice.

    `problem` has the added stops already. `spare` are boxes aboard that belong to no stop.

    Raises:
        RoutingError: A figure cannot be used.
    """
    return _Builder(problem, road, choice, broken, spare or {}).rest()


class _Builder:
    """The parts of the new problem while they are put together."""

    def __init__(
        self,
        problem: DeliveryProblem,
        road: Road,
        choice: Choice,
        broken: Broken | None,
        spare: Mapping[Driver, int],
    ) -> None:
        self.problem, self.road, self.choice = problem, road, choice
        self.broken, self.spare = broken, spare
        self.names = set(problem.index_of()) | {k.type_id for k in problem.vehicle_types}
        self.at: list[tuple[str, str]] = []  # new kitchen, the place where it is
        self.depots = list(problem.depots)
        self.types: list[VehicleType] = []
        self.origin: dict[str, str] = {k.type_id: k.type_id for k in problem.vehicle_types}
        self.driver_of: dict[str, Driver] = {}
        self.start: list[VisitSequence] = []
        self.stops = {stop.stop_id: stop for stop in problem.stops}
        self.seat: dict[Driver, str] = {}
        self.going_on: set[str] = set()
        self.fetch_type: str | None = None

    def rest(self) -> Rest:
        self._not_left()
        for one in self.road.under_way:
            if self.broken is None or one is not self.broken.round:
                self._under_way(one)
        for again in self.choice.again:
            self._again(again)
        fetch_at = self._fetch()
        stops = self._stops(fetch_at)
        if not any(kind.count for kind in self.types):  # the only vehicle broke down
            self.types[0] = replace(self.types[0], count=1)
            nobody: frozenset[str] = frozenset()
            stops = [replace(s, allowed_types=nobody, allowed_depots=nobody) for s in stops]
        return Rest(
            self._problem(stops),
            self.driver_of,
            frozenset(self.going_on),
            self.fetch_type,
            tuple(self.start),
        )

    def _new(self, name: str) -> str:
        while name in self.names:
            name += "'"
        self.names.add(name)
        return name

    def _not_left(self) -> None:
        now_s, begun = self.road.now_s, self.road.rounds_begun()
        fetch = self.choice.fetch
        for kind in self.problem.vehicle_types:
            left = sum(type_id == kind.type_id for type_id, _ in begun)
            taken = fetch is not None and fetch.vehicle is None and fetch.kind is kind
            count = max(0, kind.count - left - taken)
            if kind.shift.end_s < now_s:
                self.types.append(replace(kind, count=0))
                continue
            shift = TimeWindow(max(now_s, kind.shift.start_s), kind.shift.end_s)
            self.types.append(replace(kind, count=count, shift=shift))
        for route in self.road.to_come:
            if (route.type_id, route.vehicle) not in begun:
                names = tuple(visit.stop_id for visit in route.visits)
                self.start.append(
                    VisitSequence(route.type_id, names, None, route.vehicle, route.handovers)
                )

    def _under_way(self, one: UnderWay) -> None:
        if not one.names and not self.spare.get(one.driver):
            return  # empty and on its way back
        seat, name = self._seat(one.kind, one.vehicle, one.place, one.free_s)
        end_s = min(one.kind.shift.end_s, self.choice.back_by.get(one.driver, one.kind.shift.end_s))
        boxes = sum(self.stops[stop].boxes for stop in one.aboard)
        own = replace(
            one.kind,
            type_id=name,
            count=1,
            capacity_boxes=boxes + self.spare.get(one.driver, 0),
            fixed_cost=0,
            shift=TimeWindow(min(one.free_s, end_s), end_s),
            depot_id=seat,
            end_depot_id=self.problem.end_of(one.kind).depot_id,
            trips=1,
            reload_s=0,
        )
        self._add(own, one.kind, one.driver)
        self.seat[one.driver] = seat
        self.going_on.add(name)
        self.start.append(VisitSequence(name, one.names, None, 0, one.handovers))

    def _seat(self, kind: VehicleType, vehicle: int, place: str, ready_s: int) -> tuple[str, str]:
        """A kitchen where the vehicle is, and the name of its type."""
        name = self._new(f"{kind.type_id}/{vehicle + 1}")
        seat = self._new(f"{name}@{place}")
        self.depots.append(Depot(seat, ready_s))
        self.at.append((seat, place))
        return seat, name

    def _add(self, new: VehicleType, kind: VehicleType, driver: Driver) -> None:
        self.types.append(new)
        self.origin[new.type_id] = kind.type_id
        self.driver_of[new.type_id] = driver

    def _again(self, one: Again) -> None:
        name = self._new(f"{one.kind.type_id}/{one.vehicle + 1}+")
        own = replace(
            one.kind,
            type_id=name,
            count=1,
            fixed_cost=0,
            shift=TimeWindow(one.from_s, one.kind.shift.end_s),
            trips=one.rounds,
        )
        driver = one.kind.type_id, one.vehicle
        self._add(own, one.kind, driver)
        for route in self.road.to_come:
            if (route.type_id, route.vehicle) == driver:
                names = tuple(visit.stop_id for visit in route.visits)
                self.start.append(VisitSequence(name, names, None, 0, route.handovers))

    def _fetch(self) -> str | None:
        fetch, broken = self.choice.fetch, self.broken
        if fetch is None or broken is None:
            return None
        number = 0 if fetch.vehicle is None else fetch.vehicle
        seat, name = self._seat(fetch.kind, number, broken.place, fetch.ready_s)
        end_s = fetch.kind.shift.end_s
        own = replace(
            fetch.kind,
            type_id=name,
            count=1,
            fixed_cost=fetch.cost,
            shift=TimeWindow(min(fetch.ready_s, end_s), end_s),
            depot_id=seat,
            end_depot_id=self.problem.end_of(fetch.kind).depot_id,
            trips=1,
            reload_s=0,
        )
        self._add(own, fetch.kind, (fetch.kind.type_id, -1 if fetch.vehicle is None else number))
        self.fetch_type = name
        self.start.append(VisitSequence(name, broken.round.names, None, 0, broken.round.handovers))
        return seat

    def _stops(self, fetch_at: str | None) -> list[Stop]:
        aboard = {
            name: one
            for one in self.road.under_way
            if self.broken is None or one is not self.broken.round
            for name in one.aboard
        }
        lost = set(self.broken.round.aboard) if self.broken else set()
        served = self.road.served()
        found = []
        for stop in self.problem.stops:
            if stop.stop_id in served:
                continue
            if stop.stop_id in aboard:
                one = aboard[stop.stop_id]
                found.append(self._aboard(stop, one, one.kind, self.seat[one.driver]))
            elif stop.stop_id in lost:
                found.append(self._stranded(stop, fetch_at))
            else:
                found.append(self._open(stop))
        return found

    def _aboard(self, stop: Stop, one: UnderWay, kind: VehicleType, seat: str) -> Stop:
        """A meal that left the kitchen with `one` and is now brought from `seat` by `kind`."""
        end_s = stop.window.end_s
        if stop.max_hold_s is not None:
            end_s = min(end_s, one.driven.depart_s + stop.max_hold_s)
        allowed = stop.allowed_types is None or kind.type_id in stop.allowed_types
        cold = end_s < stop.window.start_s
        window = stop.window if cold else TimeWindow(stop.window.start_s, end_s)
        return replace(
            stop,
            window=window,
            max_hold_s=None,
            release_s=0,
            allowed_types=None if allowed else frozenset(),
            allowed_depots=frozenset() if cold else frozenset({seat}),
        )

    def _stranded(self, stop: Stop, fetch_at: str | None) -> Stop:
        """A meal in the vehicle that stands still."""
        broken, fetch = self.broken, self.choice.fetch
        source = self.choice.sources.get(stop.stop_id, NOBODY)
        if broken is not None and source == REMAKE and broken.remake_ready_s is not None:
            again = replace(stop, release_s=max(stop.release_s, broken.remake_ready_s))
            return self._open(again)
        if broken is not None and source == FETCH and fetch is not None and fetch_at is not None:
            return self._aboard(stop, broken.round, fetch.kind, fetch_at)
        return replace(stop, allowed_depots=frozenset())

    def _open(self, stop: Stop) -> Stop:
        """A meal that is, or will be, in a kitchen; or one that is aboard to spare."""
        types = stop.allowed_types
        if types is not None:
            types = frozenset(new for new, old in self.origin.items() if old in types)
        if self.choice.sources.get(stop.stop_id) == SPARE:
            return self._spare(replace(stop, allowed_types=types))
        depots = stop.allowed_depots
        kitchens = frozenset(depot.depot_id for depot in self.problem.depots)
        if depots is None:
            depots = kitchens if self.at else None
        return replace(stop, allowed_types=types, allowed_depots=depots)

    def _spare(self, stop: Stop) -> Stop:
        """From a vehicle with boxes to spare; the one that left first says how long they stay hot."""
        seats = {d: seat for d, seat in self.seat.items() if self.spare.get(d)}
        left = [one.driven.depart_s for one in self.road.under_way if one.driver in seats]
        end_s = stop.window.end_s
        if stop.max_hold_s is not None and left:
            end_s = min(end_s, min(left) + stop.max_hold_s)
        if end_s < stop.window.start_s:
            seats = {}
            end_s = stop.window.end_s
        return replace(
            stop,
            window=TimeWindow(stop.window.start_s, end_s),
            max_hold_s=None,
            release_s=0,
            allowed_depots=frozenset(seats.values()),
        )

    def _problem(self, stops: list[Stop]) -> DeliveryProblem:
        old, at = self.problem, self.problem.index_of()
        places = [
            *(at[depot.depot_id] for depot in old.depots),
            *(at[place] for _, place in self.at),
            *(at[stop.stop_id] for stop in stops),
            *(at[place] for place in old.places),
        ]

        def spread(
            matrix: tuple[tuple[int | None, ...], ...],
        ) -> tuple[tuple[int | None, ...], ...]:
            return tuple(tuple(0 if i == j else matrix[i][j] for j in places) for i in places)

        return DeliveryProblem(
            name=f"{old.name}@{self.road.now_s}",
            depots=tuple(self.depots),
            stops=tuple(stops),
            vehicle_types=tuple(self.types),
            distance_m=spread(old.distance_m),
            duration_s=spread(old.duration_s),
            places=old.places,
            relays=self._relays({stop.stop_id for stop in stops}),
        )

    def _relays(self, stops: set[str]) -> tuple[Relay, ...]:
        """Relays that have not taken over yet and whose host is still to be visited."""
        done = [*self.road.over, *(one.driven for one in self.road.under_way)]
        used = {one.relay_id for route in done for one in route.handovers}
        return tuple(
            replace(relay, legs=tuple(leg for leg in relay.legs if leg.stop_id in stops))
            for relay in self.problem.relays
            if relay.relay_id not in used
            and (relay.host in stops or relay.host in self.problem.places)
        )
