"""The judge's wheel: one round driven second by second, from the problem alone.

No code and no shortcut is shared with the search (no labels, no intervals), so a defect there cannot
hide here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from routing.problem import DeliveryProblem, Habits, Relay, Stop, TimeWindow, VehicleType
from routing.route import Relayed, Route, Violation, ViolationKind, Visit, VisitSequence


@dataclass(frozen=True, slots=True)
class _Meal:
    """A meal handed over at a stop: start, and seconds since departure had nobody ever waited."""

    stop: Stop
    start_s: int
    elapsed_s: int


@dataclass(frozen=True, slots=True)
class _Flight:
    """One hand-over carried out: who got a meal by whom, and when the relay's last meal arrived."""

    relay: Relay
    meals: tuple[_Meal, ...]


class Drive:
    """One sequence while it is being judged; `number` is its place in the plan."""

    def __init__(
        self, problem: DeliveryProblem, kind: VehicleType, number: int, sequence: VisitSequence
    ) -> None:
        self.problem, self.kind, self.number, self.sequence = problem, kind, number, sequence
        self.start, self.end = problem.start_of(kind), problem.end_of(kind)
        self.fixed: list[Violation] = []
        index = problem.index_of()
        stops = {stop.stop_id: stop for stop in problem.stops}
        self.nodes: list[int] = []
        self.ids: list[str] = []
        for name in sequence.stop_ids:
            if name in stops or name in problem.places:
                self.nodes.append(index[name])
                self.ids.append(name)
            else:
                self._note(ViolationKind.UNKNOWN_STOP, name, 1)
        self.stops: list[Stop | None] = [stops.get(name) for name in self.ids]
        self.given: dict[str, list[tuple[Relay, list[Stop]]]] = {}
        self._read_handovers(stops)
        ends = index[self.start.depot_id], index[self.end.depot_id]
        self.legs_s, self.distance_m = self._legs(*ends)
        self._timeless_rules()

    def _note(self, kind: ViolationKind, stop_id: str | None, by: int) -> None:
        if by > 0:
            self.fixed.append(Violation(kind, self.number, stop_id, by))

    def _read_handovers(self, stops: dict[str, Stop]) -> None:
        """Who hands what to whom; what the relay's own limits forbid is noted."""
        relays = {relay.relay_id: relay for relay in self.problem.relays}
        for handover in self.sequence.handovers:
            relay = relays.get(handover.relay_id)
            if relay is None or relay.host not in self.ids or not handover.stop_ids:
                self._note(ViolationKind.RELAY, handover.relay_id, 1)
                continue
            legs = {leg.stop_id: leg for leg in relay.legs}
            carried = []
            for stop_id in handover.stop_ids:
                if stop_id not in legs:
                    self._note(ViolationKind.RELAY, stop_id, 1)
                    continue
                stop, there_m = stops[stop_id], legs[stop_id].distance_m
                carried.append(stop)
                over = stop.boxes - relay.capacity_boxes
                self._note(ViolationKind.RELAY_BOXES, stop_id, over)
                self._note(ViolationKind.RELAY_RANGE, stop_id, 2 * there_m - relay.range_m)
            over = len(carried) - relay.most_stops
            self._note(ViolationKind.RELAY_STOPS, relay.relay_id, over)
            self.given.setdefault(relay.host, []).append((relay, carried))

    def _relayed_stops(self) -> Iterator[Stop]:
        for pairs in self.given.values():
            for _, carried in pairs:
                yield from carried

    def _given_at(self, at: int) -> list[tuple[Relay, list[Stop]]]:
        """What is handed over at the halt of this number: all at the first pass of its host."""
        name = self.ids[at]
        return self.given.get(name, []) if self.ids.index(name) == at else []

    @property
    def boxes(self) -> int:
        """All boxes the round leaves with."""
        own = sum(stop.boxes for stop in self.stops if stop is not None)
        return own + sum(stop.boxes for stop in self._relayed_stops())

    def _legs(self, first: int, last: int) -> tuple[list[int], int]:
        """Driving seconds of each leg and metres of all; a leg that does not exist counts 0."""
        problem = self.problem
        names = list(problem.index_of())
        legs: list[int] = []
        metres = 0
        for i, j in pairwise([first, *self.nodes, last]):
            leg_s, leg_m = problem.duration_s[i][j], problem.distance_m[i][j]
            if i == j:
                leg_s = leg_m = 0
            if leg_s is None or leg_m is None:
                self._note(ViolationKind.UNREACHABLE, names[j], 1)
                leg_s = leg_m = 0
            legs.append(leg_s)
            metres += leg_m
        return legs, metres

    def _timeless_rules(self) -> None:
        if not self.ids:
            self._note(ViolationKind.EMPTY_ROUTE, None, 1)
        own = [stop for stop in self.stops if stop is not None]
        for stop in own:
            if stop.allowed_types is not None and self.kind.type_id not in stop.allowed_types:
                self._note(ViolationKind.TYPE, stop.stop_id, 1)
        for stop in [*own, *self._relayed_stops()]:
            depots = stop.allowed_depots
            if depots is not None and self.start.depot_id not in depots:
                self._note(ViolationKind.DEPOT, stop.stop_id, 1)
        self._note(ViolationKind.CAPACITY, None, self.boxes - self.kind.capacity_boxes)

    def verdict(self, free_s: int, trip: int, vehicle: int) -> tuple[Route, list[Violation]]:
        """The driven round and everything that is wrong with it.

        `free_s` is when the vehicle is back from its last round and loaded again.
        """
        best = min(self.departures(free_s), key=lambda moment: self._merit(moment, free_s))
        route = self._drive(best, trip, vehicle)
        return route, [*self.fixed, *self._late(route, free_s)]

    def _merit(self, depart_s: int, free_s: int) -> tuple[int, int, int]:
        route = self._drive(depart_s, 1, 0)
        return sum(v.by for v in self._late(route, free_s)), route.duration_s, depart_s

    def departures(self, free_s: int) -> set[int]:
        """The given departure, or every one at which some rule starts or stops to bind."""
        if self.sequence.depart_s is not None:
            return {self.sequence.depart_s}
        first = max(self.start.ready_s, self.kind.shift.start_s, free_s)
        moments = {first}
        visits, meals, elapsed = self._meals(first)
        flights = [meal for flight in self._flights(visits, first) for meal in flight.meals]
        for meal in [*meals, *flights]:
            window, late = meal.stop.window, meal.start_s - meal.elapsed_s
            moments |= {late, window.end_s - meal.elapsed_s, meal.stop.release_s}
            if meal.stop.max_hold_s is not None:
                moments.add(meal.start_s - meal.stop.max_hold_s)
        for flight in self._flights(visits, first):
            moments |= {flight.relay.window.end_s - meal.elapsed_s for meal in flight.meals[-1:]}
        returns_s = visits[-1].leave_s + self.legs_s[-1] if visits else first
        moments |= {end - elapsed for end in (returns_s, self.kind.shift.end_s)}
        if self.end.closes_s is not None:
            moments.add(self.end.closes_s - elapsed)
        return {moment for moment in moments if moment >= first}

    def _drive(self, depart_s: int, trip: int, vehicle: int) -> Route:
        visits, _, _ = self._meals(depart_s)
        return_s = (visits[-1].leave_s if visits else depart_s) + self.legs_s[-1]
        duration_s = return_s - depart_s
        kind = self.kind
        cost = (
            (kind.fixed_cost if trip == 1 else 0)
            + kind.cost_per_m * self.distance_m
            + kind.cost_per_s * duration_s
            + self._habit_cost()
        )
        relayed = []
        for flight in self._flights(visits, depart_s):
            cost += flight.relay.cost_per_stop * len(flight.meals)
            for meal in flight.meals:
                hold_s = meal.start_s - depart_s
                relayed.append(
                    Relayed(meal.stop.stop_id, flight.relay.relay_id, meal.start_s, hold_s)
                )
        return Route(
            kind.type_id,
            depart_s,
            return_s,
            tuple(visits),
            self.distance_m,
            duration_s,
            self.boxes,
            cost,
            vehicle,
            trip,
            self.sequence.handovers,
            tuple(relayed),
        )

    def _meals(self, depart_s: int) -> tuple[list[Visit], list[_Meal], int]:
        """The visits, the meals handed over by the driver, the seconds of the round without waits."""
        now, load, elapsed = depart_s, self.boxes, 0
        visits: list[Visit] = []
        meals: list[_Meal] = []
        for at, (name, stop) in enumerate(zip(self.ids, self.stops, strict=True)):
            leg_s = self.legs_s[at]
            arrive = now + leg_s
            elapsed += leg_s
            window = TimeWindow(0, arrive) if stop is None else stop.window
            start = max(arrive, window.start_s)
            if stop is not None:
                load -= stop.boxes
                meals.append(_Meal(stop, start, elapsed))
            stay = 0 if stop is None else stop.service_s
            for relay, carried in self._given_at(at):
                stay += relay.handover_s
                load -= sum(one.boxes for one in carried)
            now = start + stay
            elapsed += stay
            visits.append(Visit(name, arrive, start, now, start - depart_s, load))
        return visits, meals, elapsed + self.legs_s[-1]

    def _flights(self, visits: list[Visit], depart_s: int) -> list[_Flight]:
        """What the relays do once they have their boxes; several at one host start together."""
        flights = []
        elapsed = depart_s
        for at, visit in enumerate(visits):
            elapsed += self.legs_s[at]
            for relay, carried in self._given_at(at):
                handed = visit.start_s + relay.handover_s
                smooth = elapsed - depart_s + relay.handover_s
                flights.append(_fly(relay, carried, handed, smooth))
            elapsed += visit.leave_s - visit.start_s
        return flights

    def _habit_cost(self) -> int:
        habits = self.problem.habits or Habits()
        way = [self.start.depot_id, *self.ids, self.end.depot_id]
        cost = sum(habits.leg_cost for leg in pairwise(way) if leg not in habits.legs)
        drivers = dict(habits.drivers)
        own = [stop.stop_id for stop in self.stops if stop is not None]
        strangers = [
            name for name in own if drivers.get(name, self.kind.type_id) != self.kind.type_id
        ]
        return cost + habits.driver_cost * len(strangers)

    def _late(self, route: Route, free_s: int) -> list[Violation]:
        """Every rule about time that this drive breaks."""
        shift = self.kind.shift
        closes = route.return_s if self.end.closes_s is None else self.end.closes_s
        found: list[tuple[ViolationKind, str | None, int]] = [
            (ViolationKind.READY, None, self.start.ready_s - route.depart_s),
            (ViolationKind.SHIFT_START, None, shift.start_s - route.depart_s),
            (ViolationKind.SHIFT_END, None, route.return_s - shift.end_s),
            (ViolationKind.DEPOT_CLOSED, None, route.return_s - closes),
            (ViolationKind.RELOAD, None, free_s - route.depart_s),
        ]
        _, meals, _ = self._meals(route.depart_s)
        for flight in self._flights(list(route.visits), route.depart_s):
            meals.extend(flight.meals)
            by = max((meal.start_s for meal in flight.meals), default=0) - flight.relay.window.end_s
            found.append((ViolationKind.RELAY_LATE, flight.relay.relay_id, by))
        for meal in meals:
            stop, name = meal.stop, meal.stop.stop_id
            hold_s = meal.start_s - route.depart_s
            limit = hold_s if stop.max_hold_s is None else stop.max_hold_s
            found.append((ViolationKind.RELEASE, name, stop.release_s - route.depart_s))
            found.append((ViolationKind.WINDOW, name, meal.start_s - stop.window.end_s))
            found.append((ViolationKind.HOLD, name, hold_s - limit))
        return [Violation(kind, self.number, stop, by) for kind, stop, by in found if by > 0]


def _fly(relay: Relay, carried: list[Stop], handed_s: int, elapsed_s: int) -> _Flight:
    """Out and back for each stop in turn; `elapsed_s` leaves out every wait."""
    way = {leg.stop_id: leg.duration_s for leg in relay.legs}
    now, smooth = max(handed_s, relay.window.start_s), elapsed_s
    meals = []
    for stop in carried:
        there_s = way[stop.stop_id]
        start = max(now + there_s, stop.window.start_s)
        smooth += there_s
        meals.append(_Meal(stop, start, smooth))
        now = start + stop.service_s + there_s
        smooth += stop.service_s + there_s
    return _Flight(relay, tuple(meals))
