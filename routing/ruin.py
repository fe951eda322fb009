"""Large neighbourhood search: slack induction by string removals.

Christiaens and Vanden Berghe 2020, doi:10.1287/trsc.2019.0914: neighbouring strings are cut out of
neighbouring rounds, the stops go back greedily in one of several orders, simulated annealing
accepts. The first objective (missed weight) may worsen only in favour of stops that were left out
less often so far (their absence counters).
"""

from math import log

import numpy as np

from routing.compiled import INF, Bits, Ints, compiled
from routing.dice import below, unit
from routing.exchange import cheaper_types
from routing.moves import (
    begin,
    drop_round,
    insert_row,
    recount,
    take_back,
)
from routing.network import BOXES, CLOSES, HOLD, OPENS, Nodes, Types
from routing.tours import (
    BACK,
    HIGH,
    KIND,
    LENGTH,
    MISSED,
    NEXT,
    OLD,
    SUM,
    Fleet,
    drive_vehicle,
    touch_vehicle,
)

MEAN_REMOVED = 10.0
LONGEST_STRING = 10.0
SPLIT = 0.5
SPARE = 0.99


@compiled
def ruin(nodes: Nodes, types: Types, fleet: Fleet, near: Ints, state: Bits, out: Ints) -> int:
    """Cut strings out of rounds near a random stop; `out` gets the stops now nowhere, their number."""
    stops = near.shape[0] - 1
    count = rounds = served = 0
    for t in range(fleet.totals[HIGH]):
        if fleet.tour[t, KIND] >= 0:
            rounds += 1
            served += fleet.tour[t, LENGTH]
    for row in range(stops):
        if fleet.tour_of[row] < 0:
            out[count] = row
            count += 1
    if rounds == 0:
        return count
    longest = min(LONGEST_STRING, served / rounds)
    strings = int(1.0 + unit(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0))
    seed = 1 + below(state, stops)
    for i in range(-1, near.shape[1]):
        row = (seed if i < 0 else near[seed, i]) - 1
        t = fleet.tour_of[row]
        if t < 0 or fleet.tour[t, OLD]:
            continue
        count = _cut(nodes, types, fleet, t, fleet.node_of[row], longest, state, out, count)
        strings -= 1
        if strings <= 0:
            break
    return count


@compiled
def _cut(
    nodes: Nodes, types: Types, fleet: Fleet, t: int, v: int, longest: float, state: Bits,
    out: Ints, count: int,
) -> int:  # fmt: skip
    """Take a string around node v out of round t, in half of the cases sparing some in its middle."""
    n = fleet.tour[t, LENGTH]
    seq = fleet.seq[t]
    at = 1
    while seq[at] != v:
        at += 1
    length = int(1.0 + unit(state) * min(float(n), longest))
    length = min(length, n)
    spared = 0
    if length > 1 and unit(state) < SPLIT:
        while length + spared < n and unit(state) < SPARE:
            spared += 1
    span = length + spared
    lowest, highest = max(1, at - span + 1), min(at, n - span + 1)
    first = lowest + below(state, highest - lowest + 1)
    keep_from = first + 1 + below(state, length - 1) if spared else first + span
    touch_vehicle(fleet, t)
    kept = 1
    for p in range(1, n + 1):
        w = seq[p]
        if first <= p < first + span and not keep_from <= p < keep_from + spared:
            count = _free(nodes, fleet, w, out, count)
        else:
            seq[kept] = w
            kept += 1
    seq[kept] = 0
    fleet.tour[t, LENGTH] = kept - 1
    other = t
    if kept == 1:
        other = drop_round(nodes, fleet, t)
    if other >= 0 and not drive_vehicle(nodes, types, fleet, other):
        count = _clear(nodes, fleet, other, out, count)
    return count


@compiled
def _free(nodes: Nodes, fleet: Fleet, v: int, out: Ints, count: int) -> int:
    stops = len(out)
    for at in range(nodes.row_start[v], nodes.row_start[v + 1]):
        row = nodes.row[at]
        fleet.tour_of[row] = -1
        fleet.node_of[row] = 0
        if row < stops:
            out[count] = row
            count += 1
    return count


@compiled
def _clear(nodes: Nodes, fleet: Fleet, t: int, out: Ints, count: int) -> int:
    """Give up a vehicle: without a stop in between a leg may be longer (odd matrices)."""
    while t >= 0:
        for p in range(1, fleet.tour[t, LENGTH] + 1):
            count = _free(nodes, fleet, fleet.seq[t, p], out, count)
        fleet.tour[t, LENGTH] = 0
        t = drop_round(nodes, fleet, t)
    return count


@compiled
def _sorted_for(nodes: Nodes, types: Types, out: Ints, count: int, state: Bits) -> None:
    """Put the stops into one of the orders in which they go back: random, big, far, tight ..."""
    step = types.step[0]
    pick = below(state, 20)
    for i in range(count):
        j = i + below(state, count - i)
        out[i], out[j] = out[j], out[i]
    if pick < 5:
        return
    keys = np.empty(count, dtype=np.int64)
    for i in range(count):
        v = out[i] + 1
        if pick < 9:
            keys[i] = -nodes.of[v, BOXES]
        elif pick < 11:
            keys[i] = -min(step[0, v], 1 << 40)
        elif pick < 12:
            keys[i] = min(step[0, v], 1 << 40)
        elif pick < 14:
            keys[i] = nodes.of[v, CLOSES] - nodes.of[v, OPENS]
        elif pick < 16:
            keys[i] = nodes.of[v, OPENS]
        elif pick < 18:
            keys[i] = -nodes.of[v, CLOSES]
        else:
            keys[i] = nodes.of[v, HOLD] - min(step[0, v], 1 << 40)
    order = np.argsort(keys, kind="mergesort")
    copy = out[:count].copy()
    for i in range(count):
        out[i] = copy[order[i]]


@compiled
def recreate(
    nodes: Nodes, types: Types, fleet: Fleet, out: Ints, count: int, near: Ints, weight: Ints,
    ways: Ints, state: Bits,
) -> None:  # fmt: skip
    """Put the stops back, each where it costs least; those without a place stay out."""
    _sorted_for(nodes, types, out, count, state)
    for i in range(count):
        insert_row(nodes, types, fleet, out[i], ways, INF, near, state)
    if len(types.of) > 1:
        cheaper_types(nodes, types, fleet)
    recount(fleet, weight)


@compiled
def anneal(
    nodes: Nodes, types: Types, fleet: Fleet, near: Ints, weight: Ints, ways: Ints,
    state: Bits, absent: Ints, heat: tuple[float, float], best: Ints, best_nodes: Ints, target: int,
    iterations: int,
) -> int:  # fmt: skip
    """Ruin and recreate so many times; the best plan is kept in `best_nodes` (see `keep_best`).

    `heat` is the temperature at the first iteration and its factor per iteration. `best` holds
    (missed, cost). Ends early once `best` misses no more than `target`; returns iterations done.
    """
    stops = near.shape[0] - 1
    out = np.zeros(stops, dtype=np.int64)
    temperature = heat[0]
    for done in range(iterations):
        missed, cost = fleet.totals[MISSED], fleet.totals[SUM]
        absences = 0
        if missed:
            for row in range(stops):
                if fleet.tour_of[row] < 0:
                    absences += absent[row]
        begin(fleet)
        count = ruin(nodes, types, fleet, near, state, out)
        recreate(nodes, types, fleet, out, count, near, weight, ways, state)
        new_missed, new_cost = fleet.totals[MISSED], fleet.totals[SUM]
        accept = new_missed < missed
        if new_missed == missed:
            accept = new_cost < cost - temperature * log(max(unit(state), 1e-12))
        new_absences = 0
        if new_missed:
            for row in range(stops):
                if fleet.tour_of[row] < 0:
                    new_absences += absent[row]
                    absent[row] += 1
            if new_missed > missed > 0:
                accept = new_absences < absences
        if new_missed < best[0] or (new_missed == best[0] and new_cost < best[1]):
            best[0], best[1] = new_missed, new_cost
            keep_best(fleet, best_nodes)
            accept = True
            if new_missed <= target:
                return done + 1
        if not accept:
            take_back(nodes, types, fleet)
        temperature *= heat[1]
    return iterations


@compiled
def keep_best(fleet: Fleet, best_nodes: Ints) -> None:
    """Write the plan down: type + 1, then its nodes with 0 between rounds, -1 ends a vehicle, -2 all."""
    at = 0
    for t in range(fleet.totals[HIGH]):
        if fleet.tour[t, KIND] >= 0 and fleet.tour[t, BACK] < 0:
            best_nodes[at] = fleet.tour[t, KIND] + 1
            at += 1
            r = t
            while r >= 0:
                for p in range(1, fleet.tour[r, LENGTH] + 1):
                    best_nodes[at] = fleet.seq[r, p]
                    at += 1
                r = fleet.tour[r, NEXT]
                if r >= 0:
                    best_nodes[at] = 0
                    at += 1
            best_nodes[at] = -1
            at += 1
    best_nodes[at] = -2
