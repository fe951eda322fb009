"""Journeys (what one vehicle does) for the tests of the core, and what the judge says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from routing.network import TRIPS, Network
from routing.plan import Evaluation, ViolationKind, VisitSequence, evaluate
from routing.problem import DeliveryProblem
from routing.search import Journey, journey_cost, rounds_of
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import random_problem


def world(seed: int, most_stops: int) -> DeliveryProblem:
    """Two of three with every feature, the others plain but with odd and missing roads."""
    return random_problem(seed, most_stops) if seed % 3 == 0 else rich_problem(seed, most_stops)


def random_journey(net: Network, rng: Random) -> Journey:
    """A journey that uses no row twice; most break some rule."""
    kind = rng.randrange(len(net.types.of))
    wanted = rng.choice((1, 2, 3, net.stops))
    used: set[int] = set()
    nodes: list[int] = []
    for node in rng.sample(range(1, net.size), net.size - 1):
        rows = net.halts[node - 1].rows
        if len(nodes) < wanted and not used.intersection(rows):
            nodes.append(node)
            used.update(rows)
    for _ in range(rng.choice((0, 0, 1, 2)) if net.types.of[kind, TRIPS] > 1 else 0):
        gaps = [p for p in range(1, len(nodes)) if nodes[p - 1] and nodes[p]]
        if gaps:
            nodes.insert(rng.choice(gaps), 0)
    return Journey(kind, tuple(nodes))


def passes_twice(net: Network, nodes: Sequence[int]) -> bool:
    """Whether a round halts twice at one place: the judge hands everything over at the first pass."""
    parts = [[net.halts[v - 1].place for v in part] for part in rounds_of(nodes)]
    return any(len(set(part)) < len(part) for part in parts)


def judged(
    problem: DeliveryProblem, net: Network, journey: Journey, departs_s: Sequence[int | None] = ()
) -> Evaluation:
    """The judge's verdict; that the type has no vehicle at all is overlooked, as the core does."""
    kind = problem.vehicle_types[journey.kind].type_id
    parts = rounds_of(journey.nodes)
    sequences = []
    for part, depart_s in zip(parts, departs_s or [None] * len(parts), strict=True):
        halts = [net.halts[v - 1] for v in part]
        names = tuple(halt.name for halt in halts)
        given = tuple(handover for halt in halts for handover in halt.handovers)
        sequences.append(VisitSequence(kind, names, depart_s, 0, given))
    verdict = evaluate(problem, sequences)
    rules = tuple(v for v in verdict.violations if v.kind is not ViolationKind.FLEET)
    return replace(verdict, violations=rules, feasible=not rules)


def every_journey(net: Network, kind: int) -> dict[tuple[int, ...], int]:
    """Nodes -> cost of every journey of a type that keeps all rules and uses no row twice."""
    trips = int(net.types.of[kind, TRIPS])
    return {nodes: cost for nodes, cost in _grown(net, kind, (), frozenset(), trips) if cost >= 0}


def _grown(
    net: Network, kind: int, nodes: tuple[int, ...], used: frozenset[int], trips: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    for node in range(1, net.size):
        rows = net.halts[node - 1].rows
        if used.intersection(rows):
            continue
        longer = (*nodes, node)
        cost = journey_cost(net, kind, longer)
        yield longer, -1 if cost is None else cost
        yield from _grown(net, kind, longer, used.union(rows), trips)
        if trips > 1:
            yield from _grown(net, kind, (*longer, 0), used.union(rows), trips - 1)
