"""What one vehicle type can do, for the verifier: halts, hand-overs, legs and their exact costs.

Derived from the rules of the problem alone (`routing.problem`), with no code of the solver.

A round that leaves at tau starts the service at a halt at max(tau + D, E): D adds up driving and
service, E is the earliest the windows allow. A meal handed over by a relay from there starts at
max(start + d, e) for constants d, e of the hand-over. So each rule of a halt, its hand-overs
included, comes down to four figures of the start s and the departure tau: s <= latest,
s - tau <= hold, tau >= release, s >= opens. That is an `Element`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product

from routing.problem import DeliveryProblem, Habits, Relay, Stop, VehicleType
from routing.route import Handover

NEVER = 10**15
"""Later than every time, more than every figure of a problem."""

MOST_OFFERS = 20_000
"""Ways to hand over at one halt; with more, nothing can be checked in useful time."""


class TooManyOffers(Exception):
    """A relay could be used in more ways than the verifier lists."""


@dataclass(frozen=True, slots=True)
class Element:
    """One halt and what is handed over there.

    `opens <= s <= latest` for the start s (seconds after midnight), at most `hold` seconds after the
    departure, which is not before `release`; then `stay` seconds. `mask` has a bit for each stop
    served (and, above them, for the place), `relays` for each relay used; `served` are the indices
    of the stops in order. `cost` in cost units.
    """

    node: int
    opens: int
    latest: int
    hold: int
    release: int
    stay: int
    boxes: int
    mask: int
    relays: int
    served: tuple[int, ...]
    cost: int
    handovers: tuple[Handover, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """To the halt `node`: seconds, cost units (metres and habits; seconds are paid at the end)."""

    node: int
    seconds: int
    cost: int


class Ground:
    """One vehicle type: nodes are stops in their order, then places where a relay waits.

    Raises:
        TooManyOffers: A halt has more ways to hand over than can be listed.
    """

    def __init__(self, problem: DeliveryProblem, k: int) -> None:
        self.problem, self.k = problem, k
        self.kind: VehicleType = problem.vehicle_types[k]
        self.stops = problem.stops
        self.index = {stop.stop_id: i for i, stop in enumerate(problem.stops)}
        self.start, self.end = problem.start_of(self.kind), problem.end_of(self.kind)
        self.first = max(self.start.ready_s, self.kind.shift.start_s)
        closes = NEVER if self.end.closes_s is None else self.end.closes_s
        self.last = min(self.kind.shift.end_s, closes)
        hosts = {relay.host for relay in problem.relays}
        self.names = [stop.stop_id for stop in problem.stops]
        self.names += [place for place in problem.places if place in hosts]
        self.elements = [tuple(self._elements(node)) for node in range(len(self.names))]
        self._legs()

    def _cooked_here(self, stop: Stop) -> bool:
        return stop.allowed_depots is None or self.start.depot_id in stop.allowed_depots

    def _elements(self, node: int) -> Iterator[Element]:
        """Every way to use a halt that no rule forbids at once."""
        alone = self._alone(node)
        if alone is None:
            return
        relays = [
            (1 << r, relay)
            for r, relay in enumerate(self.problem.relays)
            if relay.host == self.names[node]
        ]
        offers = [list(self._offers(relay)) for _, relay in relays]
        count = 1
        for offer in offers:
            count *= len(offer) + 1
        if count > MOST_OFFERS:
            raise TooManyOffers(self.names[node])
        for chosen in product(*[[None, *offer] for offer in offers]):
            element: Element | None = alone
            for (bit, relay), order in zip(relays, chosen, strict=True):
                if order is not None and element is not None:
                    element = self._with(element, bit, relay, order)
            if element is not None and element.served:
                yield element

    def _alone(self, node: int) -> Element | None:
        """The halt without a hand-over; of a place it is only a beginning."""
        if node >= len(self.stops):
            return Element(node, 0, NEVER, NEVER, 0, 0, 0, 1 << node, 0, (), 0, ())
        stop, kind = self.stops[node], self.kind
        types = stop.allowed_types
        if (types is not None and kind.type_id not in types) or not self._cooked_here(stop):
            return None
        if stop.boxes > kind.capacity_boxes:
            return None
        habits = self.problem.habits or Habits()
        driver = dict(habits.drivers).get(stop.stop_id, kind.type_id)
        return Element(
            node,
            stop.window.start_s,
            stop.window.end_s,
            NEVER if stop.max_hold_s is None else stop.max_hold_s,
            stop.release_s,
            stop.service_s,
            stop.boxes,
            1 << node,
            0,
            (node,),
            habits.driver_cost if driver != kind.type_id else 0,
            (),
        )

    def _offers(self, relay: Relay) -> Iterator[tuple[int, ...]]:
        """Stops by index, in every order the relay could bring them."""
        able = []
        for leg in relay.legs:
            stop = self.stops[self.index[leg.stop_id]]
            fits = stop.boxes <= relay.capacity_boxes and 2 * leg.distance_m <= relay.range_m
            if fits and self._cooked_here(stop):
                able.append(self.index[leg.stop_id])
        ways = 0
        for size in range(1, min(relay.most_stops, len(able)) + 1):
            for order in permutations(able, size):
                ways += 1
                if ways > MOST_OFFERS:
                    raise TooManyOffers(relay.relay_id)
                yield order

    def _with(
        self, element: Element, bit: int, relay: Relay, order: tuple[int, ...]
    ) -> Element | None:
        """The halt with one more hand-over; None if that breaks a rule whatever the start."""
        served = sum(1 << i for i in order)
        boxes = element.boxes + sum(self.stops[i].boxes for i in order)
        if element.mask & served or boxes > self.kind.capacity_boxes:
            return None
        way = {self.index[leg.stop_id]: leg.duration_s for leg in relay.legs}
        latest, hold, release = element.latest, element.hold, element.release
        wait, now = relay.handover_s, relay.window.start_s  # it goes at max(s + wait, now)
        for i in order:
            stop = self.stops[i]
            wait, now = wait + way[i], max(now + way[i], stop.window.start_s)
            end_s = min(stop.window.end_s, relay.window.end_s)
            if now > end_s:
                return None
            latest = min(latest, end_s - wait)
            release = max(release, stop.release_s)
            if stop.max_hold_s is not None:
                hold = min(hold, stop.max_hold_s - wait)
                release = max(release, now - stop.max_hold_s)
            wait, now = wait + stop.service_s + way[i], now + stop.service_s + way[i]
        if latest < element.opens or hold < 0:
            return None
        given = Handover(relay.relay_id, tuple(self.names[i] for i in order))
        return Element(
            element.node,
            element.opens,
            latest,
            hold,
            release,
            element.stay + relay.handover_s,
            boxes,
            element.mask | served,
            element.relays | bit,
            (*element.served, *order),
            element.cost + relay.cost_per_stop * len(order),
            (*element.handovers, given),
        )

    def _legs(self) -> None:
        """Roads between halts that can be used at all."""
        nodes = [node for node, ways in enumerate(self.elements) if ways]
        begin, end = self.start.depot_id, self.end.depot_id
        self.out = tuple(self._roads(begin, nodes))
        self.on: list[tuple[Leg, ...]] = [() for _ in self.names]
        self.home: list[Leg | None] = [None for _ in self.names]
        for node in nodes:
            name = self.names[node]
            legs = self._roads(name, [other for other in nodes if other != node])
            self.on[node] = tuple(leg for leg in legs if self._in_time(node, leg))
            self.home[node] = self._road(name, end, node)

    def _in_time(self, node: int, leg: Leg) -> bool:
        """Whether any round can use a leg between two halts."""
        here, there = self.elements[node], self.elements[leg.node]
        leaves_s = min(max(way.opens, self.first) + way.stay for way in here) + leg.seconds
        elapsed_s = min(way.stay for way in here) + leg.seconds
        boxes = min(way.boxes for way in here) + min(way.boxes for way in there)
        return (
            leaves_s <= max(way.latest for way in there)
            and elapsed_s <= max(way.hold for way in there)
            and boxes <= self.kind.capacity_boxes
        )

    def _roads(self, origin: str, nodes: list[int]) -> Iterator[Leg]:
        for node in nodes:
            leg = self._road(origin, self.names[node], node)
            if leg is not None:
                yield leg

    def _road(self, origin: str, destination: str, node: int) -> Leg | None:
        places = self.places
        i, j = places[origin], places[destination]
        seconds, metres = self.problem.duration_s[i][j], self.problem.distance_m[i][j]
        if seconds is None or metres is None:
            return None
        habits = self.problem.habits or Habits()
        strange = (origin, destination) not in habits.legs
        return Leg(node, seconds, self.kind.cost_per_m * metres + habits.leg_cost * strange)

    @property
    def places(self) -> dict[str, int]:
        """Row of the matrices by id."""
        if not hasattr(self, "_places"):
            self._places = self.problem.index_of()
        return self._places

    def costs(self) -> Iterator[int]:
        """Every figure that the cost of a journey of this type is a sum of."""
        yield self.kind.fixed_cost
        yield self.kind.cost_per_s
        for leg in (*self.out, *(leg for legs in self.on for leg in legs)):
            yield leg.cost
        yield from (leg.cost for leg in self.home if leg is not None)
        for ways in self.elements:
            for element in ways:
                yield element.cost
