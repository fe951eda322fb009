"""An answer to small problems with every feature that owes nothing to the solver.

`rich_brute_force` tries every order of every round. A round that leaves at tau starts the service
at a place at max(tau + d, e), where d is the time without any wait and e what the windows force; so
each rule bounds tau from one side, and a prefix without a departure left can never be mended. The
judge is not used here: tests/routing/test_routing_brute_force.py checks this file against it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product

from routing.problem import DeliveryProblem, Habits, Relay, Stop, VehicleType

Key = tuple[int, int]
"""Stops served and relays used, as bits."""

LATE = 10**9


@dataclass(frozen=True, slots=True)
class Trip:
    """One feasible round: its cost, departures lo..hi; back at max(departure + d, e)."""

    cost: int
    lo: int
    hi: int
    d: int
    e: int

    def beats(self, other: "Trip") -> bool:
        """Whether it is at least as good before and after any other round."""
        return (
            self.cost <= other.cost
            and self.lo <= other.lo
            and self.hi >= other.hi
            and self.d <= other.d
            and max(self.e, self.lo + self.d) <= max(other.e, other.lo + other.d)
        )


@dataclass(frozen=True, slots=True)
class _Prefix:
    """A round up to a place it is about to leave: as `Trip`, with what is aboard and done so far."""

    at: str
    halts: frozenset[str]
    stops: int
    relays: int
    boxes: int
    cost: int
    lo: int
    hi: int
    d: int
    e: int


class _Orders:
    """Every feasible round of one vehicle type."""

    def __init__(self, problem: DeliveryProblem, kind: VehicleType) -> None:
        self.problem, self.kind = problem, kind
        self.index = problem.index_of()
        self.stops = {stop.stop_id: stop for stop in problem.stops}
        self.bit = {stop.stop_id: 1 << i for i, stop in enumerate(problem.stops)}
        self.start, self.end = problem.start_of(kind), problem.end_of(kind)
        closes = LATE if self.end.closes_s is None else self.end.closes_s
        self.latest = min(kind.shift.end_s, closes)
        self.habits = problem.habits or Habits()
        self.drivers = dict(self.habits.drivers)
        hosts = {relay.host for relay in problem.relays}
        halts = [name for name in (*self.stops, *problem.places) if self._may_halt(name, hosts)]
        self.offers = {name: list(self._offers(name)) for name in halts}
        self.found: dict[Key, list[Trip]] = {}

    def _may_halt(self, name: str, hosts: set[str]) -> bool:
        stop = self.stops.get(name)
        if stop is None:
            return name in hosts
        types = stop.allowed_types
        return (types is None or self.kind.type_id in types) and self._cooked(stop)

    def _cooked(self, stop: Stop) -> bool:
        return stop.allowed_depots is None or self.start.depot_id in stop.allowed_depots

    def _offers(self, host: str) -> Iterator[list[tuple[int, Relay, tuple[str, ...]]]]:
        """What may be handed over at one halt: for each relay nothing, or stops in some order."""
        choices: list[list[tuple[int, Relay, tuple[str, ...]] | None]] = []
        for number, relay in enumerate(self.problem.relays):
            if relay.host != host:
                continue
            able = [
                leg.stop_id
                for leg in relay.legs
                if 2 * leg.distance_m <= relay.range_m
                and self.stops[leg.stop_id].boxes <= relay.capacity_boxes
                and self._cooked(self.stops[leg.stop_id])
            ]
            sizes = range(1, min(relay.most_stops, len(able)) + 1)
            orders = [order for size in sizes for order in permutations(able, size)]
            choices.append([None, *((1 << number, relay, order) for order in orders)])
        for chosen in product(*choices):
            offer = [one for one in chosen if one is not None]
            if offer or host in self.stops:
                yield offer

    def all(self) -> dict[Key, list[Trip]]:
        """Key of every feasible round -> its best forms."""
        first = max(self.start.ready_s, self.kind.shift.start_s)
        self._grow(_Prefix(self.start.depot_id, frozenset(), 0, 0, 0, 0, first, self.latest, 0, 0))
        return self.found

    def _grow(self, prefix: _Prefix) -> None:
        for name, offers in self.offers.items():
            if name in prefix.halts or self.bit.get(name, 0) & prefix.stops:
                continue
            for offer in offers:
                grown = self._halt(prefix, name, offer)
                if grown is not None:
                    self._close(grown)
                    self._grow(grown)

    def _leg(self, origin: str, destination: str) -> tuple[int, int] | None:
        """Seconds and cost of driving; habits included."""
        i, j = self.index[origin], self.index[destination]
        seconds, metres = self.problem.duration_s[i][j], self.problem.distance_m[i][j]
        if seconds is None or metres is None:
            return None
        strange = (origin, destination) not in self.habits.legs
        return seconds, self.kind.cost_per_m * metres + strange * self.habits.leg_cost

    def _halt(
        self, prefix: _Prefix, name: str, offer: list[tuple[int, Relay, tuple[str, ...]]]
    ) -> _Prefix | None:
        leg = self._leg(prefix.at, name)
        if leg is None:
            return None
        d, e, cost = prefix.d + leg[0], prefix.e + leg[0], prefix.cost + leg[1]
        stops, relays, boxes, stay = prefix.stops, prefix.relays, prefix.boxes, 0
        span: tuple[int, int] | None = (prefix.lo, prefix.hi)
        stop = self.stops.get(name)
        if stop is not None:
            e = max(e, stop.window.start_s)
            span = _allowed(stop, d, e, (prefix.lo, prefix.hi))
            stops, boxes, stay = stops | self.bit[name], boxes + stop.boxes, stop.service_s
            cost += self.habits.driver_cost * (
                self.drivers.get(name, "") not in {"", self.kind.type_id}
            )
        for bit, relay, order in offer:
            own = sum(self.bit[one] for one in order)
            if stops & own or relays & bit or span is None:
                return None
            span = self._flight(relay, order, (d, e), span)
            stops, relays, stay = stops | own, relays | bit, stay + relay.handover_s
            boxes += sum(self.stops[one].boxes for one in order)
            cost += relay.cost_per_stop * len(order)
        if span is None or boxes > self.kind.capacity_boxes or e + stay > self.latest:
            return None
        halts = prefix.halts | {name}
        return _Prefix(name, halts, stops, relays, boxes, cost, *span, d + stay, e + stay)

    def _flight(
        self, relay: Relay, order: tuple[str, ...], at: tuple[int, int], span: tuple[int, int]
    ) -> tuple[int, int] | None:
        """Departures left once a relay has gone out and back for each stop."""
        way = {leg.stop_id: leg.duration_s for leg in relay.legs}
        d, e = at[0] + relay.handover_s, max(at[1] + relay.handover_s, relay.window.start_s)
        for name in order:
            stop = self.stops[name]
            d, e = d + way[name], max(e + way[name], stop.window.start_s)
            inside = _allowed(stop, d, e, span)
            if inside is None or e > relay.window.end_s:
                return None
            span = inside[0], min(inside[1], relay.window.end_s - d)
            d, e = d + stop.service_s + way[name], e + stop.service_s + way[name]
        return span if span[0] <= span[1] else None

    def _close(self, prefix: _Prefix) -> None:
        """Drive home; keep the round unless a better one serves the same."""
        leg = self._leg(prefix.at, self.end.depot_id)
        if leg is None:
            return
        d, e = prefix.d + leg[0], prefix.e + leg[0]
        hi = min(prefix.hi, self.latest - d)
        if prefix.lo > hi or e > self.latest:
            return
        cost = prefix.cost + leg[1] + self.kind.cost_per_s * max(d, e - hi)
        trip = Trip(cost, prefix.lo, hi, d, e)
        known = self.found.setdefault((prefix.stops, prefix.relays), [])
        if not any(old.beats(trip) for old in known):
            known[:] = [old for old in known if not trip.beats(old)] + [trip]


def _allowed(stop: Stop, d: int, e: int, span: tuple[int, int]) -> tuple[int, int] | None:
    """Departures of `span` with which a meal at max(departure + d, e) keeps the rules of its stop."""
    lo, hi = max(span[0], stop.release_s), min(span[1], stop.window.end_s - d)
    if stop.max_hold_s is not None:
        if d > stop.max_hold_s:
            return None
        lo = max(lo, e - stop.max_hold_s)
    return (lo, hi) if lo <= hi and e <= stop.window.end_s else None


def rich_journeys(problem: DeliveryProblem, kind: VehicleType) -> dict[Key, int]:
    """Key of what one vehicle can do in a day -> its least cost.

    Leaving as late as no wait asks for costs the return nothing, so the rounds before need not be
    chosen with the rounds after in mind: earliest return and least cost go together.
    """
    trips = _Orders(problem, kind).all() if kind.count else {}
    best: dict[Key, int] = {}
    frontier: dict[Key, list[tuple[int, int]]] = {(0, 0): [(kind.fixed_cost, 0)]}
    for _ in range(kind.trips):
        grown: dict[Key, list[tuple[int, int]]] = {}
        for (stops, relays), states in frontier.items():
            for (more, used), options in trips.items():
                if stops & more or relays & used:
                    continue
                merged = grown.setdefault((stops | more, relays | used), [])
                merged.extend(_after(states, options, kind.reload_s))
        frontier = {key: _best_pairs(states) for key, states in grown.items() if states}
        for key, states in frontier.items():
            best[key] = min(states[0][0], best.get(key, states[0][0]))
    return best


def _after(
    states: list[tuple[int, int]], options: list[Trip], reload_s: int
) -> Iterator[tuple[int, int]]:
    """(cost, free again) after one more round."""
    for cost, free_s in states:
        for trip in options:
            if free_s <= trip.hi:
                back_s = max(max(trip.lo, free_s) + trip.d, trip.e)
                yield cost + trip.cost, back_s + reload_s


def _best_pairs(states: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that are not both dearer and later than another, cheapest first."""
    kept: list[tuple[int, int]] = []
    for state in sorted(states):
        if not kept or state[1] < kept[-1][1]:
            kept.append(state)
    return kept


def rich_brute_force(problem: DeliveryProblem) -> tuple[int, int, int]:
    """The best (missed weight, vehicles or 0, cost); vehicles count only with `fewest_vehicles`."""
    plans: dict[tuple[int, int, int], int] = {(0, 0, 0): 0}
    one = int(problem.fewest_vehicles)
    for kind in problem.vehicle_types:
        journeys = rich_journeys(problem, kind)
        frontier = dict(plans)
        for _ in range(kind.count):
            frontier = _one_more(frontier, journeys, one)
            fresh = {s: c for s, c in frontier.items() if c < plans.get(s, LATE**2)}
            plans.update(fresh)
            frontier = fresh
    return min((_missed(problem, stops), n, cost) for (stops, _, n), cost in plans.items())


def _one_more(
    frontier: Mapping[tuple[int, int, int], int], journeys: Mapping[Key, int], one: int
) -> dict[tuple[int, int, int], int]:
    grown: dict[tuple[int, int, int], int] = {}
    for (stops, relays, vehicles), cost in frontier.items():
        for (more, used), price in journeys.items():
            if not (stops & more or relays & used):
                state = (stops | more, relays | used, vehicles + one)
                if cost + price < grown.get(state, LATE**2):
                    grown[state] = cost + price
    return grown


def _missed(problem: DeliveryProblem, served: int) -> int:
    """Required stops outweigh all optional ones together; within a kind priorities add up."""
    above = 1 + sum(stop.priority for stop in problem.stops if not stop.required)
    left = [stop for i, stop in enumerate(problem.stops) if not served >> i & 1]
    return sum(stop.priority * (above if stop.required else 1) for stop in left)
