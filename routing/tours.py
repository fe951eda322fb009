"""The plan in the making: rounds as arrays, with the kernel's sums at every position.

A round starts and ends with node 0. Its prefix sums are (D, E, tau_lo, tau_hi, load, cost) at the
start of service; its suffix sums, from there to the end, are (time to the end, earliest end, largest
D, latest start, least tau). The rounds of one vehicle are linked; each knows from when (`FREE`) to
when (`DUE`) it may be on the road, so one round can be changed without looking at the others.
"""

from typing import NamedTuple

import numpy as np

from routing.compiled import INF, Ints, compiled, inlined
from routing.network import (
    BOXES,
    CAPACITY,
    CLOSES,
    COUNT,
    FIRST,
    FIXED,
    HOLD,
    LAST,
    OPENS,
    PER_S,
    RELEASE,
    RELOAD,
    SHAPE,
    TRIPS,
    Network,
    Nodes,
    Types,
)

D, E, LO, HI, LOAD, MONEY = range(6)
REST, EARLY, MOST, LATE, LEAST = range(5)

LENGTH, KIND, BACK, NEXT, FREE, DUE, PRICE, OLD, STAMP = range(9)
"""Columns of `Fleet.tour`: halts, type (-1: slot not in use), the vehicle's rounds before and after
(-1: none), from and until when it may be out, cost, whether remembered, when last tried (see `routing.moves`)."""

USED, CAP, SUM, MISSED, TOUCHED, HIGH = range(6)
"""Entries of `Fleet.totals`: vehicles in use, most allowed, cost, missed weight, rounds remembered,
and a number above every slot in use."""


class Fleet(NamedTuple):
    """Rounds by slot; `tour_of`/`node_of` say by row where it is served (-1, 0: nowhere)."""

    seq: Ints
    tour: Ints
    pre: Ints
    suf: Ints
    tour_of: Ints
    node_of: Ints
    left: Ints
    totals: Ints
    touched: Ints
    saved_seq: Ints
    saved_tour: Ints
    saved_left: Ints
    saved_totals: Ints


def new_fleet(net: Network) -> Fleet:
    """An empty plan: nobody served."""
    slots = net.stops + 2
    width = longest_round(net) + 2
    tour = np.zeros((slots, 9), dtype=np.int64)
    tour[:, [KIND, BACK, NEXT]] = -1

    def blank(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    vehicles, missed = int(net.types.of[:, COUNT].sum()), int(net.weight.sum())
    return Fleet(
        seq=blank(slots, width + 1),
        tour=tour,
        pre=blank(slots, width + 1, 6),
        suf=blank(slots, width + 1, 5),
        tour_of=-np.ones(net.rows, dtype=np.int64),
        node_of=blank(net.rows),
        left=net.types.of[:, COUNT].copy(),
        totals=np.array([0, vehicles, 0, missed, 0, 0], dtype=np.int64),
        touched=blank(slots),
        saved_seq=blank(slots, width + 1),
        saved_tour=blank(slots, 9),
        saved_left=blank(len(net.types.of)),
        saved_totals=blank(6),
    )


def longest_round(net: Network) -> int:
    """Most halts in a round: by the boxes of the lightest ones, as far as boxes tell."""
    most = int(net.types.of[:, CAPACITY].max(initial=0))
    boxes = np.sort(net.nodes.of[1 : net.stops + 1, BOXES])
    fits = int(np.searchsorted(np.cumsum(boxes), most, side="right"))
    return min(net.stops, fits + net.size - 1 - net.stops)


@compiled
def summed_up(nodes: Nodes, types: Types, fleet: Fleet, t: int) -> None:
    """Suffix sums of a round, back from its end."""
    of, seq, suf = nodes.of, fleet.seq, fleet.suf
    k, n = fleet.tour[t, KIND], fleet.tour[t, LENGTH]
    step, shape = types.step, types.of[k, SHAPE]
    rest, early, most, late, least = 0, 0, INF, fleet.tour[t, DUE], -INF
    for p in range(n + 1, 0, -1):
        if p <= n:
            v = seq[t, p]
            way = step[shape, v, seq[t, p + 1]]
            rest += way
            early = max(of[v, OPENS] + rest, early)
            most = min(of[v, HOLD], most - way)
            late = min(of[v, CLOSES], late - way)
            least = max(least, max(of[v, RELEASE], of[v, OPENS] - most))
        suf[t, p, REST] = rest
        suf[t, p, EARLY] = early
        suf[t, p, MOST] = most
        suf[t, p, LATE] = late
        suf[t, p, LEAST] = least


@compiled
def driven(nodes: Nodes, types: Types, fleet: Fleet, t: int) -> bool:
    """Prefix sums and cost of a round; False when a rule forbids it."""
    of, seq, pre, tour = nodes.of, fleet.seq, fleet.pre, fleet.tour
    k, n = tour[t, KIND], tour[t, LENGTH]
    step, cost, shape = types.step, types.cost, types.of[k, SHAPE]
    elapsed, early, lo, hi, load, money, last = 0, tour[t, FREE], tour[t, FREE], INF, 0, 0, 0
    for p in range(n + 2):
        v = seq[t, p]
        if p > 0:
            way = step[shape, last, v]
            closes = of[v, CLOSES] if v else tour[t, DUE]
            elapsed += way
            early = max(early + way, of[v, OPENS])
            lo = max(max(lo, early - of[v, HOLD]), of[v, RELEASE])
            hi = min(hi, closes - elapsed)
            load += of[v, BOXES]
            money += cost[k, last, v]
            if elapsed > of[v, HOLD] or early > closes or lo > hi or not types.allowed[k, v]:
                return False
        pre[t, p, D] = elapsed
        pre[t, p, E] = early
        pre[t, p, LO] = lo
        pre[t, p, HI] = hi
        pre[t, p, LOAD] = load
        pre[t, p, MONEY] = money
        last = v
    seconds = max(elapsed, early - hi)
    fixed = types.of[k, FIXED] if tour[t, BACK] < 0 else 0
    tour[t, PRICE] = money + types.of[k, PER_S] * seconds + fixed
    return bool(load <= types.of[k, CAPACITY])


@compiled
def departs_by(types: Types, fleet: Fleet, t: int) -> int:
    """The latest departure of a round, by its suffix sums."""
    shape = types.of[fleet.tour[t, KIND], SHAPE]
    return int(fleet.suf[t, 1, LATE] - types.step[shape, 0, fleet.seq[t, 1]])


@compiled
def is_back(fleet: Fleet, t: int) -> int:
    """The earliest return of a round, by its prefix sums."""
    p = fleet.tour[t, LENGTH] + 1
    return int(max(fleet.pre[t, p, LO] + fleet.pre[t, p, D], fleet.pre[t, p, E]))


@compiled
def drive_vehicle(nodes: Nodes, types: Types, fleet: Fleet, t: int) -> bool:
    """Bring the sums of all rounds of a round's vehicle up to date; False when a rule forbids it."""
    tour = fleet.tour
    k = tour[t, KIND]
    while tour[t, NEXT] >= 0:
        t = tour[t, NEXT]
    due = types.of[k, LAST]
    while True:
        tour[t, DUE] = due
        summed_up(nodes, types, fleet, t)
        if tour[t, BACK] < 0:
            break
        due = min(types.of[k, LAST], departs_by(types, fleet, t) - types.of[k, RELOAD])
        t = tour[t, BACK]
    free = types.of[k, FIRST]
    while t >= 0:
        tour[t, FREE] = free
        if not driven(nodes, types, fleet, t):
            return False
        free = is_back(fleet, t) + types.of[k, RELOAD]
        t = tour[t, NEXT]
    return True


@inlined
def best_place(
    nodes: Nodes, types: Types, fleet: Fleet, k: int, t: int, v: int, limit: int, seen: int
) -> tuple[int, int]:
    """The cheapest feasible place for a node in a round: (extra cost, position before it).

    `k` is the round's type, or one that may be on the road from where, to where and when it is.

    Places that cost `limit` or more are passed over: (limit, -1) when there is none. The place
    whose number is `seen` modulo 128 is overlooked (a blink; -1: none).
    """
    of, seq, pre, suf = nodes.of, fleet.seq, fleet.pre, fleet.suf
    n = fleet.tour[t, LENGTH]
    best, place = limit, -1
    if pre[t, n + 1, LOAD] + of[v, BOXES] > types.of[k, CAPACITY] or not types.allowed[k, v]:
        return best, place
    if n + 3 > seq.shape[1]:
        return best, place
    step, cost, shape, per_s = types.step, types.cost, types.of[k, SHAPE], types.of[k, PER_S]
    opens, closes, hold, release = of[v, OPENS], of[v, CLOSES], of[v, HOLD], of[v, RELEASE]
    now = max(pre[t, n + 1, D], pre[t, n + 1, E] - pre[t, n + 1, HI])
    before = 0
    for p in range(n + 1):
        after = seq[t, p + 1]
        extra = cost[k, before, v] + cost[k, v, after] - cost[k, before, after]
        if (extra < best or per_s > 0) and (p & 127) != seen:
            way = step[shape, before, v]
            elapsed = pre[t, p, D] + way
            early = max(pre[t, p, E] + way, opens)
            if pre[t, p, E] > closes:  # (`early` may fall again: a leg can be long or missing)
                break
            lo = max(max(pre[t, p, LO], early - hold), release)
            on = step[shape, v, after]
            done = elapsed + on
            start = max(early + on, of[after, OPENS])
            most, late = suf[t, p + 1, MOST], suf[t, p + 1, LATE]
            hi = min(min(pre[t, p, HI], closes - elapsed), late - done)
            if (
                early <= closes
                and elapsed <= hold
                and done <= most
                and start <= late
                and max(max(lo, start - most), suf[t, p + 1, LEAST]) <= hi
            ):
                if per_s > 0:
                    rest = suf[t, p + 1, REST]
                    end = max(start + rest, suf[t, p + 1, EARLY])
                    extra += per_s * (max(done + rest, end - hi) - now)
                if extra < best:
                    best, place = extra, p
        before = after
    return best, place


@compiled
def touch(fleet: Fleet, t: int) -> None:
    """Remember a round as it is, once."""
    if fleet.tour[t, OLD]:
        return
    fleet.tour[t, OLD] = 1
    fleet.touched[fleet.totals[TOUCHED]] = t
    fleet.totals[TOUCHED] += 1
    n = fleet.tour[t, LENGTH]
    fleet.saved_tour[t] = fleet.tour[t]
    for p in range(n + 2):
        fleet.saved_seq[t, p] = fleet.seq[t, p]


@compiled
def touch_vehicle(fleet: Fleet, t: int) -> None:
    """Remember all rounds of a vehicle."""
    while fleet.tour[t, BACK] >= 0:
        t = fleet.tour[t, BACK]
    while t >= 0:
        touch(fleet, t)
        t = fleet.tour[t, NEXT]


@compiled
def other_type(types: Types, fleet: Fleet, t: int, k: int) -> int:
    """What a round costs more with a vehicle of type k, whether one is left and its load aside.

    INF: not to be exchanged.
    """
    old, n = fleet.tour[t, KIND], fleet.tour[t, LENGTH]
    of = types.of
    if k == old or of[k, TRIPS] > 1 or of[old, TRIPS] > 1:
        return INF
    if (
        of[k, SHAPE] != of[old, SHAPE]
        or of[k, FIRST] != of[old, FIRST]
        or of[k, LAST] != of[old, LAST]
    ):
        return INF
    pre = fleet.pre
    seconds = max(pre[t, n + 1, D], pre[t, n + 1, E] - pre[t, n + 1, HI])
    total = of[k, FIXED] + of[k, PER_S] * seconds
    last = 0
    for p in range(1, n + 2):
        v = fleet.seq[t, p]
        if not types.allowed[k, v]:
            return INF
        total += types.cost[k, last, v]
        last = v
    return int(total - fleet.tour[t, PRICE])


@compiled
def swap_cost(nodes: Nodes, types: Types, fleet: Fleet, p: int, v: int, t: int) -> int:
    """What a round costs more with another node at position p (INF: forbidden)."""
    of, pre, suf = nodes.of, fleet.pre, fleet.suf
    k, n = fleet.tour[t, KIND], fleet.tour[t, LENGTH]
    before, old, after = fleet.seq[t, p - 1], fleet.seq[t, p], fleet.seq[t, p + 1]
    load = pre[t, n + 1, LOAD] + of[v, BOXES] - of[old, BOXES]
    if load > types.of[k, CAPACITY] or not types.allowed[k, v]:
        return INF
    cost, step = types.cost[k], types.step[types.of[k, SHAPE]]
    elapsed = pre[t, p - 1, D] + step[before, v]
    early = max(pre[t, p - 1, E] + step[before, v], of[v, OPENS])
    lo = max(max(pre[t, p - 1, LO], early - of[v, HOLD]), of[v, RELEASE])
    done = elapsed + step[v, after]
    start = max(early + step[v, after], of[after, OPENS])
    most, late, rest = suf[t, p + 1, MOST], suf[t, p + 1, LATE], suf[t, p + 1, REST]
    hi = min(min(pre[t, p - 1, HI], of[v, CLOSES] - elapsed), late - done)
    lo = max(max(lo, start - most), suf[t, p + 1, LEAST])
    if elapsed > of[v, HOLD] or early > of[v, CLOSES] or done > most or start > late or lo > hi:
        return INF
    now = max(pre[t, n + 1, D], pre[t, n + 1, E] - pre[t, n + 1, HI])
    seconds = max(done + rest, max(start + rest, suf[t, p + 1, EARLY]) - hi)
    extra = cost[before, v] + cost[v, after] - cost[before, old] - cost[old, after]
    return int(extra + types.of[k, PER_S] * (seconds - now))


@compiled
def alone_cost(nodes: Nodes, types: Types, k: int, v: int, free: int, due: int) -> int:
    """Cost of a round over one node between two moments, without the fixed cost (INF: forbidden)."""
    of = nodes.of
    if not types.allowed[k, v] or of[v, BOXES] > types.of[k, CAPACITY]:
        return INF
    shape = types.of[k, SHAPE]
    there, back = types.step[shape, 0, v], types.step[shape, v, 0]
    if there >= INF or back >= INF or there > of[v, HOLD]:
        return INF
    early = max(free + there, of[v, OPENS])
    lo = max(max(free, early - of[v, HOLD]), of[v, RELEASE])
    hi = min(of[v, CLOSES] - there, due - there - back)
    if early > of[v, CLOSES] or early + back > due or lo > hi:
        return INF
    seconds = max(there + back, early + back - hi)
    return int(types.cost[k, 0, v] + types.cost[k, v, 0] + types.of[k, PER_S] * seconds)
