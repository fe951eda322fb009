"""The answer, and `evaluate`: the one judge of cost and feasibility for every solver and test.

The judge drives each route second by second from the problem alone. It shares no code and no
shortcut with the search (no labels, no intervals), so a defect there cannot hide here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from routing.problem import DeliveryProblem, Stop, VehicleType


class Reason(StrEnum):
    """Why a stop is not served; the comment gives the unit of `needs` and `limit`."""

    UNREACHABLE = "unreachable"  # legs to and from the kitchen: needs 2, limit those that exist
    TYPE = "type"  # vehicles of an allowed type: needs 1, limit 0
    CAPACITY = "capacity"  # boxes
    HOLD = "hold"  # seconds from leaving the kitchen to the start of service
    WINDOW = "window"  # seconds after midnight: earliest possible start, end of the window
    SHIFT = "shift"  # seconds after midnight: earliest possible return, end of shift or depot
    VEHICLES = "vehicles"  # vehicles: needed, present; alone the stop could be served


class ViolationKind(StrEnum):
    """The rules of a route; the comment gives the unit of `by`."""

    UNKNOWN_STOP = "unknown_stop"  # 1
    UNKNOWN_TYPE = "unknown_type"  # 1
    EMPTY_ROUTE = "empty_route"  # 1
    VISITED_TWICE = "visited_twice"  # visits too many
    UNREACHABLE = "unreachable"  # 1 for each leg that cannot be driven, named by its destination
    TYPE = "type"  # 1: this stop does not allow this vehicle type
    CAPACITY = "capacity"  # boxes too many
    READY = "ready"  # seconds before the meals are ready
    SHIFT_START = "shift_start"  # seconds before the shift
    WINDOW = "window"  # seconds after the window
    HOLD = "hold"  # seconds over the limit
    SHIFT_END = "shift_end"  # seconds after the shift
    DEPOT_CLOSED = "depot_closed"  # seconds after closing
    FLEET = "fleet"  # vehicles of this type too many; `route` is the first one too many


@dataclass(frozen=True, slots=True)
class VisitSequence:
    """What is to be judged: a type, the stops in order, the departure (None: the best one)."""

    type_id: str
    stop_ids: tuple[str, ...]
    depart_s: int | None = None


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
class Route:
    """One vehicle's round; `duration_s` runs from leaving the kitchen to being back."""

    type_id: str
    depart_s: int
    return_s: int
    visits: tuple[Visit, ...]
    distance_m: int
    duration_s: int
    boxes: int
    cost: int


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


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """The routes, the stops left out, and what is proven about them.

    The objective is lexicographic: first `missed_weight` (see `missed_weight()`), then `cost`.
    `missed_bound` and `bound` are proven lower bounds of the two (None: none was found): no plan
    misses less than `missed_bound`, and none that misses at most as much costs less than `bound`.
    `proven`: both bounds are reached, so no better plan exists.
    """

    problem_name: str
    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    cost: int
    bound: int | None
    missed_weight: int
    missed_bound: int | None
    proven: bool
    seed: int
    iterations: int
    ended_by_clock: bool

    @property
    def gap_percent(self) -> float | None:
        """100 x (cost - bound) / cost; None without a bound."""
        if self.bound is None:
            return None
        return 100.0 * (self.cost - self.bound) / self.cost if self.cost else 0.0

    def sequences(self) -> tuple[VisitSequence, ...]:
        """The routes as the judge takes them."""
        return tuple(
            VisitSequence(r.type_id, tuple(v.stop_id for v in r.visits), r.depart_s)
            for r in self.routes
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The judge's answer. `feasible` speaks of the driven routes; `missing` lists the stops in none."""

    cost: int
    feasible: bool
    violations: tuple[Violation, ...]
    routes: tuple[Route, ...]
    missing: tuple[str, ...]
    missed_weight: int


def missed_weight(problem: DeliveryProblem, missing: Sequence[str]) -> int:
    """The first objective: priorities of missing stops, any required one above all optional ones."""
    step = 1 + sum(stop.priority for stop in problem.stops if not stop.required)
    left_out = set(missing)
    return sum(
        stop.priority * (step if stop.required else 1)
        for stop in problem.stops
        if stop.stop_id in left_out
    )


def evaluate(problem: DeliveryProblem, sequences: Sequence[VisitSequence]) -> Evaluation:
    """Drive every sequence and report cost, broken rules and missing stops.

    Without a departure the judge tries every moment at which a rule starts or stops to bind and
    takes the one with the least total violation, then the shortest tour, then the earliest. A
    sequence of an unknown type is reported and not driven.
    """
    violations: list[Violation] = []
    routes: list[Route] = []
    types = problem.type_of()
    for number, sequence in enumerate(sequences):
        kind = types.get(sequence.type_id)
        if kind is None:
            violations.append(Violation(ViolationKind.UNKNOWN_TYPE, number, None, 1))
            continue
        route, found = _Judged(problem, kind, number, sequence).verdict()
        routes.append(route)
        violations.extend(found)
    violations.extend(_fleet_violations(problem, sequences))
    violations.extend(_repeat_violations(sequences))
    visited = {visit.stop_id for route in routes for visit in route.visits}
    missing = tuple(s.stop_id for s in problem.stops if s.stop_id not in visited)
    cost = sum(route.cost for route in routes)
    weight = missed_weight(problem, missing)
    return Evaluation(cost, not violations, tuple(violations), tuple(routes), missing, weight)


def critical_departures(problem: DeliveryProblem, sequence: VisitSequence) -> tuple[int, ...]:
    """Every departure (seconds after midnight) at which a rule starts or stops to bind, rising.

    Between two of them every violation grows or shrinks evenly, so nothing else need be tried.

    Raises:
        KeyError: The type is unknown.
    """
    kind = problem.type_of()[sequence.type_id]
    return tuple(sorted(_Judged(problem, kind, 0, sequence).departures()))


def _fleet_violations(
    problem: DeliveryProblem, sequences: Sequence[VisitSequence]
) -> Iterator[Violation]:
    for kind in problem.vehicle_types:
        used = [i for i, s in enumerate(sequences) if s.type_id == kind.type_id]
        if len(used) > kind.count:
            over = len(used) - kind.count
            yield Violation(ViolationKind.FLEET, used[kind.count], None, over)


def _repeat_violations(sequences: Sequence[VisitSequence]) -> Iterator[Violation]:
    visits = [(stop_id, i) for i, s in enumerate(sequences) for stop_id in s.stop_ids]
    times = Counter(stop_id for stop_id, _ in visits)
    last = dict(visits)
    for stop_id, count in times.items():
        if count > 1:
            yield Violation(ViolationKind.VISITED_TWICE, last[stop_id], stop_id, count - 1)


class _Judged:
    """One sequence while it is being judged."""

    def __init__(
        self, problem: DeliveryProblem, kind: VehicleType, number: int, sequence: VisitSequence
    ) -> None:
        self.problem = problem
        self.kind = kind
        self.number = number
        self.sequence = sequence
        self.fixed: list[Violation] = []
        index = problem.index_of()
        self.nodes: list[int] = []
        for stop_id in sequence.stop_ids:
            if stop_id in index:
                self.nodes.append(index[stop_id])
            else:
                self._note(ViolationKind.UNKNOWN_STOP, stop_id, 1)
        self.stops: list[Stop] = [problem.stops[node - 1] for node in self.nodes]
        self.legs_s, self.distance_m = self._legs()
        self.boxes = sum(stop.boxes for stop in self.stops)
        self._timeless_rules()

    def _note(self, kind: ViolationKind, stop_id: str | None, by: int) -> None:
        self.fixed.append(Violation(kind, self.number, stop_id, by))

    def _legs(self) -> tuple[list[int], int]:
        """Driving seconds of each leg and metres of all; a leg that does not exist counts 0."""
        way = [0, *self.nodes, 0]
        legs: list[int] = []
        metres = 0
        for i, j in pairwise(way):
            leg_s, leg_m = self.problem.duration_s[i][j], self.problem.distance_m[i][j]
            if i == j:
                leg_s = leg_m = 0
            if leg_s is None or leg_m is None:
                place = self.problem.stops[j - 1].stop_id if j else self.problem.depot.depot_id
                self._note(ViolationKind.UNREACHABLE, place, 1)
                leg_s = leg_m = 0
            legs.append(leg_s)
            metres += leg_m
        return legs, metres

    def _timeless_rules(self) -> None:
        if not self.stops:
            self._note(ViolationKind.EMPTY_ROUTE, None, 1)
        for stop in self.stops:
            if stop.allowed_types is not None and self.kind.type_id not in stop.allowed_types:
                self._note(ViolationKind.TYPE, stop.stop_id, 1)
        if self.boxes > self.kind.capacity_boxes:
            self._note(ViolationKind.CAPACITY, None, self.boxes - self.kind.capacity_boxes)

    def verdict(self) -> tuple[Route, list[Violation]]:
        """The driven route and everything that is wrong with it."""
        best = min(self.departures(), key=self._merit)
        route = self._drive(best)
        return route, [*self.fixed, *self._late(route)]

    def _merit(self, depart_s: int) -> tuple[int, int, int]:
        route = self._drive(depart_s)
        return sum(v.by for v in self._late(route)), route.duration_s, depart_s

    def departures(self) -> set[int]:
        """The given departure, or every one at which some rule starts or stops to bind."""
        if self.sequence.depart_s is not None:
            return {self.sequence.depart_s}
        first = max(self.problem.depot.ready_s, self.kind.shift.start_s)
        route = self._drive(first)
        elapsed = self.legs_s[0]
        moments = {first}
        for visit, stop, leg_s in zip(route.visits, self.stops, self.legs_s[1:], strict=True):
            moments |= {visit.start_s - elapsed, stop.window.end_s - elapsed}
            if stop.max_hold_s is not None:
                moments.add(visit.start_s - stop.max_hold_s)
            elapsed += stop.service_s + leg_s
        moments |= {end - elapsed for end in (route.return_s, self.kind.shift.end_s)}
        if self.problem.depot.closes_s is not None:
            moments.add(self.problem.depot.closes_s - elapsed)
        return {moment for moment in moments if moment >= first}

    def _drive(self, depart_s: int) -> Route:
        now, load = depart_s, self.boxes
        visits: list[Visit] = []
        for stop, leg_s in zip(self.stops, self.legs_s, strict=False):
            arrive = now + leg_s
            start = max(arrive, stop.window.start_s)
            now = start + stop.service_s
            load -= stop.boxes
            visits.append(Visit(stop.stop_id, arrive, start, now, start - depart_s, load))
        return_s = now + self.legs_s[-1]
        duration_s = return_s - depart_s
        cost = (
            self.kind.fixed_cost
            + self.kind.cost_per_m * self.distance_m
            + self.kind.cost_per_s * duration_s
        )
        return Route(
            self.kind.type_id,
            depart_s,
            return_s,
            tuple(visits),
            self.distance_m,
            duration_s,
            self.boxes,
            cost,
        )

    def _late(self, route: Route) -> list[Violation]:
        """Every rule about time that this drive breaks."""
        depot, shift = self.problem.depot, self.kind.shift
        closes = route.return_s if depot.closes_s is None else depot.closes_s
        found: list[tuple[ViolationKind, str | None, int]] = [
            (ViolationKind.READY, None, depot.ready_s - route.depart_s),
            (ViolationKind.SHIFT_START, None, shift.start_s - route.depart_s),
            (ViolationKind.SHIFT_END, None, route.return_s - shift.end_s),
            (ViolationKind.DEPOT_CLOSED, None, route.return_s - closes),
        ]
        for visit, stop in zip(route.visits, self.stops, strict=True):
            limit = visit.hold_s if stop.max_hold_s is None else stop.max_hold_s
            found.append((ViolationKind.WINDOW, visit.stop_id, visit.start_s - stop.window.end_s))
            found.append((ViolationKind.HOLD, visit.stop_id, visit.hold_s - limit))
        return [Violation(kind, self.number, stop, by) for kind, stop, by in found if by > 0]
