"""Another vehicle type for a round: a bigger one where a stop does not fit, the cheapest that will do."""

from routing.compiled import compiled
from routing.network import BOXES, CAPACITY, Nodes, Types
from routing.tours import (
    KIND,
    LENGTH,
    LOAD,
    TOUCHED,
    Fleet,
    best_place,
    drive_vehicle,
    other_type,
)


@compiled
def fits(nodes: Nodes, types: Types, fleet: Fleet, t: int, v: int) -> bool:
    """Whether a round's vehicle has room for a node's boxes."""
    k, n = fleet.tour[t, KIND], fleet.tour[t, LENGTH]
    return bool(fleet.pre[t, n + 1, LOAD] + nodes.of[v, BOXES] <= types.of[k, CAPACITY])


@compiled
def exchange(fleet: Fleet, t: int, k: int) -> None:
    """Give a round to a vehicle of type k; sums are not brought up to date."""
    fleet.left[fleet.tour[t, KIND]] += 1
    fleet.left[k] -= 1
    fleet.tour[t, KIND] = k


@compiled
def with_bigger(
    nodes: Nodes, types: Types, fleet: Fleet, t: int, v: int, limit: int
) -> tuple[int, int, int]:
    """The cheapest place in a round with a vehicle that has room: (type, extra cost, position)."""
    best, kind, place = limit, -1, -1
    for k in range(len(types.of)):
        more = other_type(types, fleet, t, k)
        if more < best:
            extra, p = best_place(nodes, types, fleet, k, t, v, best - more, -1)
            if p >= 0:
                best, kind, place = more + extra, k, p
    return kind, best, place


@compiled
def cheaper_types(nodes: Nodes, types: Types, fleet: Fleet) -> None:
    """Give each round that was changed to the cheapest type that has a vehicle left and room."""
    for i in range(fleet.totals[TOUCHED]):
        t = fleet.touched[i]
        old = fleet.tour[t, KIND]
        if old < 0:
            continue
        load, best, kind = fleet.pre[t, fleet.tour[t, LENGTH] + 1, LOAD], 0, old
        for k in range(len(types.of)):
            if load <= types.of[k, CAPACITY]:
                more = other_type(types, fleet, t, k)
                if more < best:
                    best, kind = more, k
        if kind != old:
            exchange(fleet, t, kind)
            drive_vehicle(nodes, types, fleet, t)
