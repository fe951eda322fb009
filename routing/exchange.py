"""Another vehicle type for a round: a bigger one where a stop does not fit, the cheapest that will do."""

from routing.compiled import INF, compiled
from routing.network import BOXES, CAPACITY, Nodes, Types
from routing.tours import (
    HIGH,
    KIND,
    LENGTH,
    LOAD,
    TOUCHED,
    Fleet,
    best_place,
    drive_vehicle,
    other_type,
    touch_vehicle,
)


@compiled
def _load(fleet: Fleet, t: int) -> int:
    return int(fleet.pre[t, fleet.tour[t, LENGTH] + 1, LOAD])


@compiled
def fits(nodes: Nodes, types: Types, fleet: Fleet, t: int, v: int) -> bool:
    """Whether a round's vehicle has room for a node's boxes."""
    return bool(_load(fleet, t) + nodes.of[v, BOXES] <= types.of[fleet.tour[t, KIND], CAPACITY])


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
    load = _load(fleet, t) + nodes.of[v, BOXES]
    for k in range(len(types.of)):
        if fleet.left[k] <= 0 or load > types.of[k, CAPACITY]:
            continue
        more = other_type(types, fleet, t, k)
        if more < best:
            extra, p = best_place(nodes, types, fleet, k, t, v, best - more, -1)
            if p >= 0:
                best, kind, place = more + extra, k, p
    return kind, best, place


@compiled
def cheaper_types(nodes: Nodes, types: Types, fleet: Fleet) -> None:
    """Give each changed round the type that saves most: one with a vehicle left, or by swap of two."""
    for i in range(fleet.totals[TOUCHED]):
        t = fleet.touched[i]
        if fleet.tour[t, KIND] >= 0:
            k, other = _best_type(types, fleet, t)
            if other >= 0:
                touch_vehicle(fleet, other)
                exchange(fleet, other, fleet.tour[t, KIND])
                drive_vehicle(nodes, types, fleet, other)
            if k >= 0:
                exchange(fleet, t, k)
                drive_vehicle(nodes, types, fleet, t)


@compiled
def _best_type(types: Types, fleet: Fleet, t: int) -> tuple[int, int]:
    """The type that saves most for a round, and the round it comes from (-1: a vehicle is left)."""
    best, kind, giver = 0, -1, -1
    for k in range(len(types.of)):
        if _load(fleet, t) > types.of[k, CAPACITY]:
            continue
        more = other_type(types, fleet, t, k)
        if more >= INF:
            continue
        if fleet.left[k] > 0:
            if more < best:
                best, kind, giver = more, k, -1
            continue
        for u in range(fleet.totals[HIGH]):
            if (
                fleet.tour[u, KIND] != k
                or _load(fleet, u) > types.of[fleet.tour[t, KIND], CAPACITY]
            ):
                continue
            both = more + other_type(types, fleet, u, fleet.tour[t, KIND])
            if both < best:
                best, kind, giver = both, k, u
    return kind, giver
