"""The answer, and `evaluate`: the one judge of cost and feasibility for every solver and test."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from routing.drive import Drive
from routing.problem import DeliveryProblem
from routing.route import (
    Handover,
    Reason,
    Relayed,
    Route,
    Shortfall,
    Unserved,
    Violation,
    ViolationKind,
    Visit,
    VisitSequence,
)

__all__ = [
    "DeliveryPlan",
    "Evaluation",
    "Handover",
    "Reason",
    "Relayed",
    "Route",
    "Shortfall",
    "Unserved",
    "Violation",
    "ViolationKind",
    "Visit",
    "VisitSequence",
    "critical_departures",
    "evaluate",
    "missed_weight",
]


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """The routes, the stops left out, and what is proven about them.

    The objective is lexicographic: `missed_weight` (see `missed_weight()`), then `vehicles` when the
    problem asks for the fewest, then `cost`. `missed_bound`, `vehicles_bound` and `bound` are proven
    lower bounds of the three (None: none was found), each for plans that are no worse than this one
    in what comes before. `proven`: all are reached, so no better plan exists. `certificate` is the
    evidence in plain figures (`routing.certificate`), which `routing.verify` checks.
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
    vehicles: int = 0
    vehicles_bound: int | None = None
    certificate: dict[str, object] = field(default_factory=dict, compare=False)

    @property
    def gap_percent(self) -> float | None:
        """100 x (cost - bound) / cost; None without a bound."""
        if self.bound is None:
            return None
        return 100.0 * (self.cost - self.bound) / self.cost if self.cost else 0.0

    def sequences(self) -> tuple[VisitSequence, ...]:
        """The routes as the judge takes them."""
        return tuple(
            VisitSequence(
                r.type_id, tuple(v.stop_id for v in r.visits), r.depart_s, r.vehicle, r.handovers
            )
            for r in self.routes
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The judge's answer. `feasible` speaks of the driven routes; `missing` lists the stops in none.

    `vehicles` is the number of vehicles used.
    """

    cost: int
    feasible: bool
    violations: tuple[Violation, ...]
    routes: tuple[Route, ...]
    missing: tuple[str, ...]
    missed_weight: int
    vehicles: int


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
    takes the one with the least total violation, then the shortest tour, then the earliest. The
    rounds of one vehicle are driven in their order, each after the last is back and reloaded. A
    sequence of an unknown type is reported and not driven.
    """
    violations: list[Violation] = []
    routes: list[Route] = []
    types = problem.type_of()
    free: dict[tuple[str, int], tuple[int, int]] = {}
    for number, (sequence, vehicle) in enumerate(zip(sequences, _vehicles(sequences), strict=True)):
        kind = types.get(sequence.type_id)
        if kind is None:
            violations.append(Violation(ViolationKind.UNKNOWN_TYPE, number, None, 1))
            continue
        free_s, trips = free.get((kind.type_id, vehicle), (0, 0))
        drive = Drive(problem, kind, number, sequence)
        route, found = drive.verdict(free_s, trips + 1, vehicle)
        free[kind.type_id, vehicle] = route.return_s + kind.reload_s, trips + 1
        if trips + 1 > kind.trips:
            over = trips + 1 - kind.trips
            found.append(Violation(ViolationKind.TRIPS, number, None, over))
        routes.append(route)
        violations.extend(found)
    violations.extend(_fleet_violations(problem, sequences))
    violations.extend(_repeat_violations(problem, sequences))
    visited = {stop_id for route in routes for stop_id in route.stop_ids()}
    missing = tuple(s.stop_id for s in problem.stops if s.stop_id not in visited)
    cost = sum(route.cost for route in routes)
    weight = missed_weight(problem, missing)
    return Evaluation(
        cost, not violations, tuple(violations), tuple(routes), missing, weight, len(free)
    )


def critical_departures(problem: DeliveryProblem, sequence: VisitSequence) -> tuple[int, ...]:
    """Every departure (seconds after midnight) at which a rule starts or stops to bind, rising.

    Between two of them every violation grows or shrinks evenly, so nothing else need be tried.

    Raises:
        KeyError: The type is unknown.
    """
    kind = problem.type_of()[sequence.type_id]
    return tuple(sorted(Drive(problem, kind, 0, sequence).departures(0)))


def _vehicles(sequences: Sequence[VisitSequence]) -> list[int]:
    """The vehicle of each sequence; one without a number gets the first number nobody has."""
    taken: dict[str, set[int]] = {}
    for sequence in sequences:
        if sequence.vehicle is not None:
            taken.setdefault(sequence.type_id, set()).add(sequence.vehicle)
    out = []
    for sequence in sequences:
        number = sequence.vehicle
        if number is None:
            known = taken.setdefault(sequence.type_id, set())
            number = next(i for i in range(len(known) + 1) if i not in known)
            known.add(number)
        out.append(number)
    return out


def _fleet_violations(
    problem: DeliveryProblem, sequences: Sequence[VisitSequence]
) -> Iterator[Violation]:
    vehicles = _vehicles(sequences)
    for kind in problem.vehicle_types:
        first: dict[int, int] = {}
        for i, (sequence, vehicle) in enumerate(zip(sequences, vehicles, strict=True)):
            if sequence.type_id == kind.type_id:
                first.setdefault(vehicle, i)
        if len(first) > kind.count:
            over = len(first) - kind.count
            yield Violation(ViolationKind.FLEET, sorted(first.values())[kind.count], None, over)


def _repeat_violations(
    problem: DeliveryProblem, sequences: Sequence[VisitSequence]
) -> Iterator[Violation]:
    """A stop that gets its meal twice, a relay that takes over twice; places may be passed often."""
    visits: list[tuple[str, int]] = []
    relays: list[tuple[str, int]] = []
    for i, sequence in enumerate(sequences):
        named = [name for name in sequence.stop_ids if name not in problem.places]
        given = [name for handover in sequence.handovers for name in handover.stop_ids]
        visits.extend((name, i) for name in (*named, *given))
        relays.extend((handover.relay_id, i) for handover in sequence.handovers)
    for kind, found in ((ViolationKind.VISITED_TWICE, visits), (ViolationKind.RELAY, relays)):
        times = Counter(name for name, _ in found)
        last = dict(found)
        for name, count in times.items():
            if count > 1:
                yield Violation(kind, last[name], name, count - 1)
