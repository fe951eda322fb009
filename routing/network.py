"""A problem in the shape the compiled search reads: arrays by node, by type, by pair of nodes.

A route that leaves the kitchen at tau starts service at a stop at max(tau + D, E), where D is the
time since departure without waiting and E the earliest start that the windows so far force. With
hold limits H and windows [a, w] that gives an interval of departures:

    D <= H,  E <= w,  tau >= E - H,  tau <= w - D

so the label (cost, load, D, E, tau_lo, tau_hi) is exact for windows, hold limits and a free
departure. A suffix of a route is summed up in the same way, so joining two parts costs O(1); the
idea is that of time window segments (Vidal et al. 2013, doi:10.1016/j.cor.2012.07.018), here with
the hold limit that those lack. A round's cost does not depend on when its vehicle is free, as long
as it is free in time: the shortest duration is also the earliest return.
"""

from dataclasses import dataclass
from math import gcd
from typing import NamedTuple

import numpy as np

from routing.compiled import INF, Bits, Flags, Ints
from routing.figures import Matrix
from routing.halts import Halt, halts_of
from routing.problem import DeliveryProblem, Habits, VehicleType

WORD = 64


OPENS, CLOSES, HOLD, RELEASE, BOXES, PLACE = range(6)
"""Columns of `Nodes.of`: window, most seconds since departure, earliest departure; boxes; the place
of the matrices where only relays wait (0: it is a stop). A round hands over all at its first pass of
such a place, so it may halt there once."""

COUNT, CAPACITY, FIXED, PER_S, FIRST, LAST, RELOAD, TRIPS, SHAPE = range(9)
"""Columns of `Types.of`: vehicles, boxes, cost, cost a second, earliest departure, latest return,
seconds between two rounds, most rounds, index into `Types.step`."""


class Nodes(NamedTuple):
    """Node 0 is the kitchen. `mask[v]` are the rows a node covers, `row_start`/`row` the same as lists.

    Arrays of few columns, not one array a figure: compiled calls hand over every array they are given.
    """

    of: Ints
    mask: Bits
    row_start: Ints
    row: Ints


class Types(NamedTuple):
    """Vehicle types and legs.

    `allowed[k, v]`: type k may halt there. `step[s, i, j]`: service at i plus driving to j, INF
    where there is no way. `cost[k, i, j]`: all that the leg and the halt at j cost, without seconds.
    """

    of: Ints
    allowed: Flags
    step: Ints
    cost: Ints


@dataclass(frozen=True, slots=True)
class Network:
    """All the search needs.

    `stops` rows are stops, the other rows relays; `weight[i]` is what missing stop i adds to the
    first objective; `cost_step` divides every plan's cost; `near[v]` are the other nodes, nearest
    first; `serving[row]` are the nodes that use a row.
    """

    nodes: Nodes
    types: Types
    halts: tuple[Halt, ...]
    stops: int
    rows: int
    weight: Ints
    cost_step: int
    near: Ints
    serving: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Nodes, the kitchen included."""
        return len(self.nodes.of)


def compile_network(problem: DeliveryProblem) -> Network:
    """Turn a checked problem into a `Network`."""
    halts = halts_of(problem)
    stops, rows = len(problem.stops), len(problem.stops) + len(problem.relays)
    types = _types(problem, halts)
    optional = 1 + sum(stop.priority for stop in problem.stops if not stop.required)
    weight = [s.priority * (optional if s.required else 1) for s in problem.stops]
    return Network(
        nodes=_nodes(halts, rows, len(problem.depots) + stops),
        types=types,
        halts=tuple(halts),
        stops=stops,
        rows=rows,
        weight=np.array(weight, dtype=np.int64),
        cost_step=_cost_step(problem, types),
        near=_near(types, stops),
        serving=tuple(
            tuple(v for v, halt in enumerate(halts, start=1) if row in halt.rows)
            for row in range(rows)
        ),
    )


def _nodes(halts: list[Halt], rows: int, first_place: int) -> Nodes:
    words = max(1, -(-rows // WORD))
    mask = np.zeros((len(halts) + 1, words), dtype=np.uint64)
    start = [0, 0]
    flat: list[int] = []
    for node, halt in enumerate(halts, start=1):
        for row in halt.rows:
            mask[node, row // WORD] |= np.uint64(1 << (row % WORD))
        flat.extend(halt.rows)
        start.append(len(flat))
    return Nodes(
        of=np.array(
            [
                [0, INF, INF, 0, 0, 0],
                *(
                    [
                        h.opens_s,
                        h.closes_s,
                        h.hold_s,
                        h.release_s,
                        h.boxes,
                        h.place if h.place >= first_place else 0,
                    ]
                    for h in halts
                ),
            ],
            dtype=np.int64,
        ),
        mask=mask,
        row_start=_column(start),
        row=_column(flat),
    )


def _column(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _types(problem: DeliveryProblem, halts: list[Halt]) -> Types:
    kinds = problem.vehicle_types
    shapes: dict[tuple[str, str], int] = {}
    shape = []
    for kind in kinds:
        ends = problem.start_of(kind).depot_id, problem.end_of(kind).depot_id
        shape.append(shapes.setdefault(ends, len(shapes)))
    closes = [problem.end_of(kind).closes_s for kind in kinds]
    figures = [
        [
            min(kind.count, max(1, len(problem.stops))),
            kind.capacity_boxes,
            kind.fixed_cost,
            kind.cost_per_s,
            max(problem.start_of(kind).ready_s, kind.shift.start_s),
            kind.shift.end_s if end is None else min(end, kind.shift.end_s),
            kind.reload_s,
            kind.trips,
            number,
        ]
        for kind, end, number in zip(kinds, closes, shape, strict=True)
    ]
    return Types(
        of=np.array(figures, dtype=np.int64),
        allowed=np.array([_allowed(problem, halts, kind) for kind in kinds], dtype=np.bool_),
        step=np.array([_steps(problem, halts, ends) for ends in shapes], dtype=np.int64),
        cost=np.array([_costs(problem, halts, kind) for kind in kinds], dtype=np.int64),
    )


def _places(
    problem: DeliveryProblem, halts: list[Halt], ends: tuple[str, str]
) -> tuple[Ints, Ints]:
    """The matrix rows of every node, and the columns: node 0 starts and ends at its own depots."""
    at = problem.index_of()
    halt_places = [halt.place for halt in halts]
    return _column([at[ends[0]], *halt_places]), _column([at[ends[1]], *halt_places])


def _pairs(matrix: Matrix, rows: Ints, columns: Ints, absent: int) -> Ints:
    """The matrix spread out to pairs of nodes; two nodes at one place are 0 apart."""
    table = np.array(
        [[absent if v is None else v for v in row] for row in matrix],
        dtype=np.int64,
    )
    np.fill_diagonal(table, 0)
    return np.ascontiguousarray(table[np.ix_(rows, columns)])


def _steps(problem: DeliveryProblem, halts: list[Halt], ends: tuple[str, str]) -> Ints:
    rows, columns = _places(problem, halts, ends)
    step = _pairs(problem.duration_s, rows, columns, INF)
    service = _column([0, *(halt.service_s for halt in halts)])
    return np.where(step >= INF, INF, step + service[:, None])


def _costs(problem: DeliveryProblem, halts: list[Halt], kind: VehicleType) -> Ints:
    start, end = problem.start_of(kind), problem.end_of(kind)
    rows, columns = _places(problem, halts, (start.depot_id, end.depot_id))
    cost = kind.cost_per_m * _pairs(problem.distance_m, rows, columns, 0)
    cost[:, 1:] += _column([halt.cost for halt in halts])[None, :]
    habits = problem.habits
    if habits is None:
        return cost
    names = [halt.name for halt in halts]
    known = _known_legs(habits, [start.depot_id, *names], [end.depot_id, *names])
    cost += habits.leg_cost * (1 - known)
    drivers = dict(habits.drivers)
    stops = len(problem.stops)
    for node, halt in enumerate(halts, start=1):
        own = (
            halt.rows and halt.rows[0] < stops and problem.stops[halt.rows[0]].stop_id == halt.name
        )
        if own and drivers.get(halt.name, kind.type_id) != kind.type_id:
            cost[:, node] += habits.driver_cost
    return cost


def _known_legs(habits: Habits, origins: list[str], destinations: list[str]) -> Ints:
    return np.array(
        [[(a, b) in habits.legs for b in destinations] for a in origins], dtype=np.int64
    )


def _allowed(problem: DeliveryProblem, halts: list[Halt], kind: VehicleType) -> list[bool]:
    depot = problem.start_of(kind).depot_id
    cooked = [s.allowed_depots is None or depot in s.allowed_depots for s in problem.stops]
    driven = [s.allowed_types is None or kind.type_id in s.allowed_types for s in problem.stops]
    index = {stop.stop_id: i for i, stop in enumerate(problem.stops)}
    out = [True]
    for halt in halts:
        served = [row for row in halt.rows if row < len(problem.stops)]
        own = index.get(halt.name)
        out.append(all(cooked[row] for row in served) and (own is None or driven[own]))
    return out


def _near(types: Types, stops: int) -> Ints:
    """For each node that is a plain stop the others, nearest (both directions together) first."""
    step = types.step[0]
    both = (step + step.T)[: stops + 1, : stops + 1].copy()
    both[:, 0] = 4 * INF
    np.fill_diagonal(both, 4 * INF)
    order = np.argsort(both, axis=1, kind="stable")[:, : max(0, stops - 1)]
    return np.ascontiguousarray(order.astype(np.int64))


def _cost_step(problem: DeliveryProblem, types: Types) -> int:
    """The greatest number that divides every plan's cost (at least 1)."""
    step = 0
    for k in range(len(types.of)):
        legs = types.cost[k].copy()
        np.fill_diagonal(legs, 0)
        step = gcd(
            step,
            int(types.of[k, FIXED]),
            int(types.of[k, PER_S]),
            int(np.gcd.reduce(legs, axis=None)),
        )
    habits = problem.habits
    if habits is not None:
        step = gcd(step, habits.driver_cost)
    return max(step, 1)
