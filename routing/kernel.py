"""The one feasibility kernel of the search: construction, improvement and pricing all use it.

A route that leaves the kitchen at tau starts service at a stop at max(tau + D, E), where D is the
time since departure without waiting and E the earliest start that the windows so far force. With
hold limits H and windows [a, w] that gives an interval of departures:

    D <= H,  E <= w,  tau >= E - H,  tau <= w - D

so the label (cost, load, D, E, tau_lo, tau_hi) is exact for windows, hold limits and a free
departure. A suffix of a route is summed up in the same way, so joining two parts costs O(1); the
idea is that of time window segments (Vidal et al. 2013, doi:10.1016/j.cor.2012.07.018), here with
the hold limit that those lack.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

from routing.problem import DeliveryProblem, VehicleType

INF = 10**12
"""Seconds; larger than every real figure and small enough for sums in 64 bits."""


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One vehicle type in plain numbers: seconds after midnight, boxes, cost units."""

    index: int
    count: int
    capacity: int
    fixed: int
    per_m: int
    per_s: int
    first_s: int
    last_s: int


@dataclass(frozen=True, slots=True)
class Network:
    """A problem in the shape the search reads: lists by node, node 0 is the depot.

    `step[i][j]` is service at i plus driving to j in seconds (INF: unreachable). `weight[i]` is
    what missing stop i adds to the first objective. `cost_step` divides every route cost.
    """

    size: int
    distance: list[list[int]]
    step: list[list[int]]
    opens: list[int]
    closes: list[int]
    holds: list[int]
    boxes: list[int]
    weight: list[int]
    types: tuple[TypeRow, ...]
    allowed: tuple[tuple[bool, ...], ...]
    near: list[list[int]]
    cost_step: int


def compile_network(problem: DeliveryProblem) -> Network:
    """Turn a checked problem into a `Network`."""
    stops = problem.stops
    size = len(stops) + 1
    service = [0, *(stop.service_s for stop in stops)]
    step = [
        [INF if v is None and i != j else service[i] + (v or 0) for j, v in enumerate(row)]
        for i, row in enumerate(problem.duration_s)
    ]
    distance = [[v or 0 for v in row] for row in problem.distance_m]
    types = tuple(_type_row(problem, i, kind) for i, kind in enumerate(problem.vehicle_types))
    optional = 1 + sum(stop.priority for stop in stops if not stop.required)
    return Network(
        size=size,
        distance=distance,
        step=step,
        opens=[0, *(stop.window.start_s for stop in stops)],
        closes=[INF, *(stop.window.end_s for stop in stops)],
        holds=[INF, *(INF if s.max_hold_s is None else s.max_hold_s for s in stops)],
        boxes=[0, *(stop.boxes for stop in stops)],
        weight=[0, *(s.priority * (optional if s.required else 1) for s in stops)],
        types=types,
        allowed=tuple(_allowed(problem, kind) for kind in problem.vehicle_types),
        near=_near(step, size),
        cost_step=_cost_step(distance, types),
    )


def _type_row(problem: DeliveryProblem, index: int, kind: VehicleType) -> TypeRow:
    closes = INF if problem.depot.closes_s is None else problem.depot.closes_s
    return TypeRow(
        index=index,
        count=min(kind.count, len(problem.stops)),
        capacity=kind.capacity_boxes,
        fixed=kind.fixed_cost,
        per_m=kind.cost_per_m,
        per_s=kind.cost_per_s,
        first_s=max(problem.depot.ready_s, kind.shift.start_s),
        last_s=min(closes, kind.shift.end_s),
    )


def _allowed(problem: DeliveryProblem, kind: VehicleType) -> tuple[bool, ...]:
    return (
        True,
        *(s.allowed_types is None or kind.type_id in s.allowed_types for s in problem.stops),
    )


def _near(step: list[list[int]], size: int) -> list[list[int]]:
    """For each stop the other stops, nearest (both directions together) first."""
    return [
        sorted((j for j in range(1, size) if j != i), key=lambda j: (step[i][j] + step[j][i], j))
        for i in range(size)
    ]


def _cost_step(distance: list[list[int]], types: Iterable[TypeRow]) -> int:
    """The greatest number that divides every route cost (at least 1)."""
    metres = 0
    for i, row in enumerate(distance):
        metres = gcd(metres, *(v for j, v in enumerate(row) if j != i))
    step = 0
    for kind in types:
        step = gcd(step, kind.fixed, kind.per_m * metres, kind.per_s)
    return max(step, 1)


class Tour:
    """One feasible route of the search; never changed after it is built.

    `nodes` starts and ends with 0. Prefix lists hold D, E, tau_lo, tau_hi, load and metres at each
    node; suffix lists hold, from the start of service at a node to the end: time to the end,
    earliest end, largest D, latest start, least tau.
    """

    __slots__ = (
        "cost",
        "hi",
        "kind",
        "load",
        "metres",
        "nodes",
        "p_early",
        "p_elapsed",
        "p_hi",
        "p_lo",
        "p_load",
        "p_metres",
        "s_early",
        "s_elapsed",
        "s_late",
        "s_lo",
        "s_most",
        "seconds",
    )

    def __init__(self, kind: TypeRow, nodes: list[int]) -> None:
        self.kind = kind
        self.nodes = nodes
        self.p_elapsed = [0]
        self.p_early = [kind.first_s]
        self.p_lo = [kind.first_s]
        self.p_hi = [INF]
        self.p_load = [0]
        self.p_metres = [0]
        self.hi = INF
        self.load = self.metres = self.seconds = self.cost = 0
        self.s_elapsed = self.s_early = self.s_most = self.s_late = self.s_lo = [0]


def build_tour(net: Network, kind: TypeRow, stops: Sequence[int]) -> Tour | None:
    """The tour over these nodes (without the depot), or None when a rule forbids it."""
    allowed = net.allowed[kind.index]
    if not all(allowed[node] for node in stops):
        return None
    tour = Tour(kind, [0, *stops, 0])
    if not _run_forward(net, tour):
        return None
    tour.seconds = max(tour.p_elapsed[-1], tour.p_early[-1] - tour.p_hi[-1])
    tour.cost = kind.fixed + kind.per_m * tour.metres + kind.per_s * tour.seconds
    _run_backward(net, tour)
    return tour


def _run_forward(net: Network, tour: Tour) -> bool:
    kind = tour.kind
    elapsed, early, lo, hi = 0, kind.first_s, kind.first_s, INF
    load = metres = last = 0
    for node in tour.nodes[1:]:
        way = net.step[last][node]
        closes = net.closes[node] if node else kind.last_s
        elapsed += way
        early = max(early + way, net.opens[node])
        lo = max(lo, early - net.holds[node])
        hi = min(hi, closes - elapsed)
        load += net.boxes[node]
        if elapsed > net.holds[node] or early > closes or lo > hi or load > kind.capacity:
            return False
        metres += net.distance[last][node]
        tour.p_elapsed.append(elapsed)
        tour.p_early.append(early)
        tour.p_lo.append(lo)
        tour.p_hi.append(hi)
        tour.p_load.append(load)
        tour.p_metres.append(metres)
        last = node
    tour.load, tour.metres, tour.hi = load, metres, hi
    return True


def _run_backward(net: Network, tour: Tour) -> None:
    nodes = tour.nodes
    count = len(nodes)
    rest, early, most, late, least = 0, 0, INF, tour.kind.last_s, -INF
    columns: list[tuple[int, int, int, int, int]] = [(0, 0, INF, tour.kind.last_s, -INF)]
    for position in range(count - 2, 0, -1):
        node = nodes[position]
        way = net.step[node][nodes[position + 1]]
        rest += way
        early = max(net.opens[node] + rest, early)
        most = min(net.holds[node], most - way)
        late = min(net.closes[node], late - way)
        least = max(least, net.opens[node] - most)
        columns.append((rest, early, most, late, least))
    columns.append((0, 0, 0, 0, 0))  # the depot at the start is never joined to
    columns.reverse()
    tour.s_elapsed, tour.s_early, tour.s_most, tour.s_late, tour.s_lo = (
        list(column) for column in zip(*columns, strict=True)
    )


def departure(tour: Tour) -> int:
    """The earliest departure (seconds after midnight) of those with the shortest duration."""
    return min(tour.p_hi[-1], max(tour.p_lo[-1], tour.p_early[-1] - tour.p_elapsed[-1]))


def best_insertion(
    net: Network, tour: Tour, node: int, skip: Sequence[bool] = ()
) -> tuple[int, int]:
    """The cheapest feasible place for a stop in a tour.

    `skip[p]` leaves out the place after position p. Returns (extra cost, position) or (INF, -1).
    """
    kind = tour.kind
    if tour.load + net.boxes[node] > kind.capacity or not net.allowed[kind.index][node]:
        return INF, -1
    best, place = INF, -1
    nodes, to_node, from_node = tour.nodes, net.step, net.step[node]
    metres, metres_on, per_m = net.distance, net.distance[node], kind.per_m
    hold, opens, closes = net.holds[node], net.opens[node], net.closes[node]
    before = 0
    for p in range(len(nodes) - 1):
        before, after = nodes[p], nodes[p + 1]
        extra = per_m * (metres[before][node] + metres_on[after] - metres[before][after])
        if extra >= best or (skip and skip[p]):
            continue
        way = to_node[before][node]
        elapsed = tour.p_elapsed[p] + way
        early = max(tour.p_early[p] + way, opens)
        hi = min(tour.p_hi[p], closes - elapsed)
        lo = max(tour.p_lo[p], early - hold)
        if elapsed > hold or early > closes or lo > hi:
            continue
        seconds = _join(tour, p + 1, net.opens[after], (elapsed, early, lo, hi), from_node[after])
        extra += kind.per_s * (seconds - tour.seconds)
        if seconds < INF and extra < best:
            best, place = extra, p
    return best, place


def _join(tour: Tour, q: int, opens: int, label: tuple[int, int, int, int], way: int) -> int:
    """Duration in seconds of a prefix label followed by the tour from position q (INF: forbidden)."""
    elapsed, early, lo, hi = label
    elapsed += way
    early = max(early + way, opens)
    most, late = tour.s_most[q], tour.s_late[q]
    hi = min(hi, late - elapsed)
    if elapsed > most or early > late or max(lo, early - most, tour.s_lo[q]) > hi:
        return INF
    return max(elapsed + tour.s_elapsed[q], max(early + tour.s_elapsed[q], tour.s_early[q]) - hi)


@dataclass(frozen=True, slots=True)
class Splice:
    """A tour in the making: `head` up to position p, `middle`, then `tail` from position q."""

    head: Tour
    p: int
    middle: Sequence[int]
    tail: Tour
    q: int


def splice_cost(net: Network, cut: Splice) -> int:
    """Cost of the spliced tour (type of `head`; `tail` must have the same), INF when forbidden.

    0 when no stop is left in it: such a tour is not driven.
    """
    head, tail, p, q, kind = cut.head, cut.tail, cut.p, cut.q, cut.head.kind
    if p == 0 and not cut.middle and q == len(tail.nodes) - 1:
        return 0
    load = head.p_load[p] + tail.load - tail.p_load[q - 1]
    label = (head.p_elapsed[p], head.p_early[p], head.p_lo[p], head.p_hi[p])
    metres, last, allowed = head.p_metres[p], head.nodes[p], net.allowed[kind.index]
    for node in cut.middle:
        elapsed, early, lo, hi = label
        way = net.step[last][node]
        elapsed += way
        early = max(early + way, net.opens[node])
        lo = max(lo, early - net.holds[node])
        hi = min(hi, net.closes[node] - elapsed)
        if elapsed > net.holds[node] or early > net.closes[node] or lo > hi or not allowed[node]:
            return INF
        load += net.boxes[node]
        metres += net.distance[last][node]
        label, last = (elapsed, early, lo, hi), node
    if load > kind.capacity:
        return INF
    after = tail.nodes[q]
    seconds = _join(tail, q, net.opens[after], label, net.step[last][after])
    if seconds >= INF:
        return INF
    metres += net.distance[last][after] + tail.metres - tail.p_metres[q]
    return kind.fixed + kind.per_m * metres + kind.per_s * seconds
