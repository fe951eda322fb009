"""A vehicle's day on trial: what every rule says about its departures, and how much one lacks.

A round that leaves at tau starts service at a stop at max(tau + D, E), with D the seconds since
departure without waiting and E the earliest start that the windows so far force. So every rule is a
bound on tau from below or from above, or asks that a figure does not exceed another whatever tau:

    window   tau <= end - D,   E <= end          hold   tau >= E - limit,   D <= limit
    shift    tau >= start,     tau <= end - D,   E <= end          (D, E of being back)

Easing one figure by x moves its bounds by x. The least x with which nothing is broken follows in
closed form (`least_by`), so no departure and no amount has to be tried out. The rounds of a vehicle
hang together by the earliest return of the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from routing.problem import DeliveryProblem, Habits, Relay, RelayLeg, Stop, VehicleType
from routing.relax import Figure, RelaxationKind, most_by
from routing.route import Handover, VisitSequence

FAR = 10**12
"""Beyond every moment and amount."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One round as the trials change it: the halts in order and what is handed over."""

    names: tuple[str, ...]
    handovers: tuple[Handover, ...] = ()


@dataclass(slots=True)
class Round:
    """What the rules say about one round: bounds of the departure, and what has to be at most 0."""

    metres: int = 0
    extra_cost: int = 0
    d: int = 0
    e: int = 0
    needs: list[tuple[Figure, int]] = field(default_factory=list)
    lower: list[tuple[Figure, int]] = field(default_factory=list)
    upper: list[tuple[Figure, int]] = field(default_factory=list)


class Ground:
    """A problem, looked up quickly; rounds are laid out on it."""

    def __init__(self, problem: DeliveryProblem) -> None:
        self.problem = problem
        self.at = problem.index_of()
        self.stops: dict[str, Stop] = {s.stop_id: s for s in problem.stops}
        self.relays: dict[str, Relay] = {r.relay_id: r for r in problem.relays}
        self.legs: dict[str, dict[str, RelayLeg]] = {
            r.relay_id: {leg.stop_id: leg for leg in r.legs} for r in problem.relays
        }
        self.habits = problem.habits or Habits()
        self.drivers = dict(self.habits.drivers)
        self._figures: dict[tuple[RelaxationKind, str, str | None], Figure] = {}
        self._most: dict[Figure, int] = {}

    def figure(self, kind: RelaxationKind, of: str, lets_in: str | None = None) -> Figure:
        """One object for each figure, so that they can be told apart by identity."""
        key = kind, of, lets_in
        if key not in self._figures:
            self._figures[key] = Figure(kind, of, lets_in)
        return self._figures[key]

    def most(self, figure: Figure) -> int:
        """By how much a figure can be changed at all."""
        if figure not in self._most:
            self._most[figure] = most_by(self.problem, figure)
        return self._most[figure]

    def round(self, kind: VehicleType, leg: Leg) -> Round | None:
        """What the rules say about a round; None where there is no way, or nobody to hand over to."""
        return _Layout(self, kind, leg).done()


class _Layout:
    """One round being laid out, halt by halt."""

    def __init__(self, ground: Ground, kind: VehicleType, leg: Leg) -> None:
        self.ground, self.kind, self.leg, self.round = ground, kind, leg, Round()
        problem = ground.problem
        self.start, self.end = problem.start_of(kind), problem.end_of(kind)
        self.boxes = 0

    def done(self) -> Round | None:
        """All halts, then the way back."""
        given = self._given()
        if given is None or not self._drive(given):
            return None
        self._ends()
        return self.round

    def _given(self) -> dict[str, list[Handover]] | None:
        """Hand-overs by host; None when a relay is not there or cannot bring a meal on."""
        given: dict[str, list[Handover]] = {}
        for one in self.leg.handovers:
            relay = self.ground.relays.get(one.relay_id)
            legs = self.ground.legs.get(one.relay_id, {})
            if relay is None or relay.host not in self.leg.names or not one.stop_ids:
                return None
            if any(name not in legs for name in one.stop_ids):
                return None
            given.setdefault(relay.host, []).append(one)
        return given

    def _drive(self, given: dict[str, list[Handover]]) -> bool:
        ground, round_ = self.ground, self.round
        seconds, metres = ground.problem.duration_s, ground.problem.distance_m
        here = ground.at[self.start.depot_id]
        for name in (*self.leg.names, self.end.depot_id):
            there = ground.at[name]
            if there != here:
                leg_s, leg_m = seconds[here][there], metres[here][there]
                if leg_s is None or leg_m is None:
                    return False
                round_.d, round_.e = round_.d + leg_s, round_.e + leg_s
                round_.metres += leg_m
            here = there
            if name in ground.stops or name in given:
                self._halt(name, given.pop(name, []))
        way = (self.start.depot_id, *self.leg.names, self.end.depot_id)
        if ground.habits.leg_cost:
            new = sum(leg not in ground.habits.legs for leg in pairwise(way))
            round_.extra_cost += ground.habits.leg_cost * new
        return True

    def _halt(self, name: str, given: Sequence[Handover]) -> None:
        ground, round_, stay = self.ground, self.round, 0
        stop = ground.stops.get(name)
        if stop is not None:
            round_.e = max(round_.e, stop.window.start_s)
            self._meal(stop, round_.d, round_.e)
            self._type(stop)
            stay = stop.service_s
        for one in given:
            relay = ground.relays[one.relay_id]
            self._flight(relay, one, round_.d, round_.e)
            stay += relay.handover_s
        round_.d, round_.e = round_.d + stay, round_.e + stay

    def _type(self, stop: Stop) -> None:
        type_id = self.kind.type_id
        if stop.allowed_types is not None and type_id not in stop.allowed_types:
            self._need(RelaxationKind.TYPE, stop.stop_id, 1, type_id)
        driver = self.ground.drivers.get(stop.stop_id, type_id)
        self.round.extra_cost += self.ground.habits.driver_cost * (driver != type_id)

    def _meal(self, stop: Stop, d: int, e: int) -> None:
        """The rules of a stop whose service starts at max(tau + d, e)."""
        ground, round_, name = self.ground, self.round, stop.stop_id
        self.boxes += stop.boxes
        depot_id = self.start.depot_id
        if stop.allowed_depots is not None and depot_id not in stop.allowed_depots:
            self._need(RelaxationKind.DEPOT, name, 1, depot_id)
        if stop.release_s:
            round_.lower.append((ground.figure(RelaxationKind.RELEASE, name), stop.release_s))
        self._until(RelaxationKind.WINDOW, name, stop.window.end_s, (d, e))
        if stop.max_hold_s is not None:
            hold = ground.figure(RelaxationKind.HOLD, name)
            round_.lower.append((hold, e - stop.max_hold_s))
            if d > stop.max_hold_s:
                round_.needs.append((hold, d - stop.max_hold_s))

    def _flight(self, relay: Relay, one: Handover, d: int, e: int) -> None:
        """What a relay does with its boxes from the moment the vehicle halts."""
        legs, late = self.ground.legs[relay.relay_id], relay.relay_id
        self.round.extra_cost += relay.cost_per_stop * len(one.stop_ids)
        d, e = d + relay.handover_s, max(e + relay.handover_s, relay.window.start_s)
        last = d, e
        for name in one.stop_ids:
            stop, leg = self.ground.stops[name], legs[name]
            self._need(RelaxationKind.RELAY_BOXES, late, stop.boxes - relay.capacity_boxes)
            self._need(RelaxationKind.RELAY_RANGE, late, 2 * leg.distance_m - relay.range_m)
            d, e = d + leg.duration_s, max(e + leg.duration_s, stop.window.start_s)
            self._meal(stop, d, e)
            last = d, e
            back_s = stop.service_s + leg.duration_s
            d, e = d + back_s, e + back_s
        self._need(RelaxationKind.RELAY_STOPS, late, len(one.stop_ids) - relay.most_stops)
        self._until(RelaxationKind.RELAY_LATE, late, relay.window.end_s, last)

    def _need(
        self, kind: RelaxationKind, of: str, lacking: int, lets_in: str | None = None
    ) -> None:
        if lacking > 0:
            self.round.needs.append((self.ground.figure(kind, of, lets_in), lacking))

    def _until(self, kind: RelaxationKind, of: str, end_s: int, at: tuple[int, int]) -> None:
        figure = self.ground.figure(kind, of)
        self.round.upper.append((figure, end_s - at[0]))
        if at[1] > end_s:
            self.round.needs.append((figure, at[1] - end_s))

    def _ends(self) -> None:
        kind, round_, figure = self.kind, self.round, self.ground.figure
        self._need(RelaxationKind.CAPACITY, kind.type_id, self.boxes - kind.capacity_boxes)
        ready = figure(RelaxationKind.READY, self.start.depot_id), self.start.ready_s
        shift = figure(RelaxationKind.SHIFT_START, kind.type_id), kind.shift.start_s
        round_.lower += [ready, shift]
        at = round_.d, round_.e
        self._until(RelaxationKind.SHIFT_END, kind.type_id, kind.shift.end_s, at)
        if self.end.closes_s is not None:
            self._until(RelaxationKind.DEPOT_CLOSES, self.end.depot_id, self.end.closes_s, at)


@dataclass(slots=True)
class Trial:
    """One vehicle's rounds with the stop in them; `needs` are lacks of the whole (vehicles, rounds)."""

    kind: VehicleType
    vehicle: int | None
    legs: tuple[Leg, ...]
    rounds: tuple[Round, ...]
    reload: Figure
    needs: tuple[tuple[Figure, int], ...] = ()

    def candidates(self) -> set[Figure] | None:
        """Figures that may be the only one in the way; None when nothing is broken at all."""
        short = {f for f, v in self.needs if v > 0}
        short.update(f for r in self.rounds for f, v in r.needs if v > 0)
        if short:
            return short if len(short) == 1 else set()
        found: set[Figure] = set()
        free, broken = -FAR, False
        for number, one in enumerate(self.rounds):
            lo = max(free, *(v for _, v in one.lower))
            hi = min(v for _, v in one.upper)
            if lo > hi:
                broken = True
                found.update(f for f, v in one.upper if v < lo)
                found.update(f for f, v in one.lower if v > hi)
                if number:  # the rounds before may be what makes it late
                    found.update(f for r in self.rounds[:number] for f, _ in r.lower)
                    found.add(self.reload)
            free = max(lo + one.d, one.e) + self.kind.reload_s
        return found if broken else None

    def least_by(self, figure: Figure, most: int) -> int | None:
        """The least amount by which this figure alone has to give way; None: it is not enough."""
        own = [n for r in self.rounds for n in r.needs]
        least = max((v for f, v in (*self.needs, *own) if f is figure), default=0)
        if any(v > 0 and f is not figure for f, v in (*self.needs, *own)):
            return None
        if least > most or self._late(figure, most) > 0:
            return None
        if figure is not self.reload:
            # Every lateness is the larger of a constant and one that falls with the amount.
            return max(least, least + self._late(figure, least))
        low, high = least - 1, most
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._late(figure, middle) > 0 else (low, middle)
        return high

    def _late(self, figure: Figure, by: int) -> int:
        """By how much the earliest departure of a round lies after its latest, at most."""
        worst = -FAR
        free = -FAR
        for one in self.rounds:
            lo = max(v - by if f is figure else v for f, v in one.lower)
            lo = max(lo, free)
            worst = max(worst, lo - min(v + by if f is figure else v for f, v in one.upper))
            reload_s = self.kind.reload_s - (by if figure is self.reload else 0)
            free = max(lo + one.d, one.e) + reload_s
        return worst

    def cost(self, figure: Figure | None = None, by: int = 0) -> int:
        """What the rounds cost, each as short as it can be, once the figure has given way."""
        kind, cost, free = self.kind, self.kind.fixed_cost, -FAR
        for one in self.rounds:
            lo = max(free, *(v - by if f is figure else v for f, v in one.lower))
            hi = min(v + by if f is figure else v for f, v in one.upper)
            depart = min(hi, max(lo, one.e - one.d))
            back = max(depart + one.d, one.e)
            cost += kind.cost_per_m * one.metres + kind.cost_per_s * (back - depart)
            cost += one.extra_cost
            free = back + kind.reload_s - (by if figure is self.reload else 0)
        return cost

    def sequences(self) -> list[VisitSequence]:
        """The rounds as the judge takes them; it chooses the departures."""
        return [
            VisitSequence(self.kind.type_id, leg.names, None, self.vehicle, leg.handovers)
            for leg in self.legs
        ]
