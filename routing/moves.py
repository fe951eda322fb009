"""Changes of a plan in the making, and taking them back."""

from routing.compiled import INF, Bits, Ints, compiled
from routing.dice import draw
from routing.exchange import exchange, fits, with_bigger
from routing.network import FIRST, FIXED, LAST, PLACE, RELOAD, TRIPS, Nodes, Types
from routing.tours import (
    BACK,
    CAP,
    HIGH,
    KIND,
    LENGTH,
    MISSED,
    NEXT,
    OLD,
    PRICE,
    STAMP,
    SUM,
    TOUCHED,
    USED,
    Fleet,
    alone_cost,
    best_place,
    departs_by,
    drive_vehicle,
    is_back,
    swap_cost,
    touch,
    touch_vehicle,
)

NEIGHBOURS, FEW = 30, 8
"""Near stops whose rounds are tried for a stop; with up to so few rounds all are."""


@compiled
def begin(fleet: Fleet) -> None:
    """Everything from here on can be taken back."""
    for i in range(fleet.totals[TOUCHED]):
        fleet.tour[fleet.touched[i], OLD] = 0
    fleet.totals[TOUCHED] = 0
    fleet.saved_left[:] = fleet.left
    fleet.saved_totals[:] = fleet.totals


@compiled
def _mark(nodes: Nodes, fleet: Fleet, t: int, here: bool) -> None:
    for p in range(1, fleet.tour[t, LENGTH] + 1):
        v = fleet.seq[t, p]
        for at in range(nodes.row_start[v], nodes.row_start[v + 1]):
            row = nodes.row[at]
            fleet.tour_of[row] = t if here else -1
            fleet.node_of[row] = v if here else 0


@compiled
def take_back(nodes: Nodes, types: Types, fleet: Fleet) -> None:
    """Restore what was before `begin`."""
    count = fleet.totals[TOUCHED]
    for i in range(count):
        t = fleet.touched[i]
        if fleet.tour[t, KIND] >= 0:
            _mark(nodes, fleet, t, False)
    for i in range(count):
        t = fleet.touched[i]
        fleet.tour[t] = fleet.saved_tour[t]
        for p in range(fleet.tour[t, LENGTH] + 2):
            fleet.seq[t, p] = fleet.saved_seq[t, p]
    for i in range(count):
        t = fleet.touched[i]
        if fleet.tour[t, KIND] >= 0:
            _mark(nodes, fleet, t, True)
            if fleet.tour[t, BACK] < 0:
                drive_vehicle(nodes, types, fleet, t)
    fleet.left[:] = fleet.saved_left
    fleet.totals[:] = fleet.saved_totals
    for i in range(count):
        fleet.tour[fleet.touched[i], OLD] = 0
    fleet.totals[TOUCHED] = 0


@compiled
def vehicle_cost(fleet: Fleet, t: int) -> int:
    """Cost of all rounds of a vehicle."""
    while fleet.tour[t, BACK] >= 0:
        t = fleet.tour[t, BACK]
    total = 0
    while t >= 0:
        total += fleet.tour[t, PRICE]
        t = fleet.tour[t, NEXT]
    return total


@compiled
def drop_round(nodes: Nodes, fleet: Fleet, t: int) -> int:
    """Take a round out of the plan; returns another round of its vehicle, or -1."""
    _mark(nodes, fleet, t, False)
    back, after = fleet.tour[t, BACK], fleet.tour[t, NEXT]
    if back >= 0:
        fleet.tour[back, NEXT] = after
    if after >= 0:
        fleet.tour[after, BACK] = back
    if back < 0 and after < 0:
        fleet.left[fleet.tour[t, KIND]] += 1
        fleet.totals[USED] -= 1
    fleet.tour[t, KIND], fleet.tour[t, LENGTH] = -1, 0
    fleet.tour[t, BACK] = fleet.tour[t, NEXT] = -1
    return after if after >= 0 else back


@compiled
def open_round(fleet: Fleet, k: int, back: int) -> int:
    """A new empty round of type k: of a new vehicle (`back` -1), or after round `back`.

    `back` <= -2 stands for "before round -2 - back".
    """
    t = 0
    while fleet.tour[t, KIND] >= 0:
        t += 1
    touch(fleet, t)
    fleet.totals[HIGH] = max(fleet.totals[HIGH], t + 1)
    fleet.tour[t, KIND], fleet.tour[t, LENGTH] = k, 0
    fleet.tour[t, BACK] = fleet.tour[t, NEXT] = -1
    if back >= 0:
        fleet.tour[t, NEXT], fleet.tour[t, BACK] = fleet.tour[back, NEXT], back
        if fleet.tour[back, NEXT] >= 0:
            fleet.tour[fleet.tour[back, NEXT], BACK] = t
        fleet.tour[back, NEXT] = t
    elif back <= -2:
        fleet.tour[t, NEXT] = -2 - back
        fleet.tour[-2 - back, BACK] = t
    else:
        fleet.left[k] -= 1
        fleet.totals[USED] += 1
    return t


@compiled
def put(nodes: Nodes, fleet: Fleet, t: int, p: int, v: int) -> None:
    """Insert a node after position p and mark what it serves; sums are not brought up to date."""
    seq, n = fleet.seq, fleet.tour[t, LENGTH]
    for q in range(n + 1, p, -1):
        seq[t, q] = seq[t, q - 1]
    seq[t, 0] = 0
    seq[t, p + 1] = v
    seq[t, n + 2] = 0
    fleet.tour[t, LENGTH] = n + 1
    for at in range(nodes.row_start[v], nodes.row_start[v + 1]):
        fleet.tour_of[nodes.row[at]] = t
        fleet.node_of[nodes.row[at]] = v


@compiled
def _passes(nodes: Nodes, fleet: Fleet, t: int, place: int) -> bool:
    """Whether a round halts at a place where only relays wait."""
    for p in range(1, fleet.tour[t, LENGTH] + 1):
        if nodes.of[fleet.seq[t, p], PLACE] == place:
            return True
    return False


@compiled
def insert_node(
    nodes: Nodes, types: Types, fleet: Fleet, near: Ints, v: int, limit: int, state: Bits
) -> int:
    """Put a node where it costs least, if that is below `limit`; returns the extra cost or `limit`.

    The rounds of its near stops are tried first; the others if none of them can take it.
    """
    best, host, place, exchanged = limit, -1, -1, -1
    stamp = draw(state)
    beside = min(NEIGHBOURS, near.shape[1]) if v < near.shape[0] else 0
    for i in range(beside + fleet.totals[HIGH]):
        if i == beside and host >= 0 and fleet.totals[HIGH] > FEW:
            break
        t = fleet.tour_of[near[v, i] - 1] if i < beside else i - beside
        if t < 0 or fleet.tour[t, KIND] < 0 or fleet.tour[t, STAMP] == stamp:
            continue
        fleet.tour[t, STAMP] = stamp
        if nodes.of[v, PLACE] and _passes(nodes, fleet, t, nodes.of[v, PLACE]):
            continue
        extra, p = best_place(
            nodes, types, fleet, fleet.tour[t, KIND], t, v, best, (stamp >> (i & 31)) & 127
        )
        if p >= 0:
            best, host, place, exchanged = extra, t, p, -1
        elif len(types.of) > 1 and not fits(nodes, types, fleet, t, v):
            k, extra, p = with_bigger(nodes, types, fleet, t, v, best)
            if p >= 0:
                best, host, place, exchanged = extra, t, p, k
    fresh_kind, fresh_back = -1, -1
    for k in range(len(types.of)):
        if fleet.left[k] > 0 and fleet.totals[USED] < fleet.totals[CAP]:
            extra = (
                alone_cost(nodes, types, k, v, types.of[k, FIRST], types.of[k, LAST])
                + types.of[k, FIXED]
            )
            if extra < best:
                best, host, fresh_kind, fresh_back = extra, -1, k, -1
    for t in range(fleet.totals[HIGH]):
        k = fleet.tour[t, KIND]
        if k >= 0 and types.of[k, TRIPS] > 1:
            extra, back = second_round(nodes, types, fleet, t, v)
            if extra < best:
                best, host, fresh_kind, fresh_back = extra, -1, k, back
    if host >= 0:
        touch_vehicle(fleet, host)
        if exchanged >= 0:
            exchange(fleet, host, exchanged)
        put(nodes, fleet, host, place, v)
        drive_vehicle(nodes, types, fleet, host)
    elif fresh_kind >= 0:
        if fresh_back != -1:
            touch_vehicle(fleet, fresh_back if fresh_back >= 0 else -2 - fresh_back)
        t = open_round(fleet, fresh_kind, fresh_back)
        put(nodes, fleet, t, 0, v)
        drive_vehicle(nodes, types, fleet, t)
    return best


@compiled
def second_round(nodes: Nodes, types: Types, fleet: Fleet, t: int, v: int) -> tuple[int, int]:
    """Cost of a new round after round t (or before it, if it is its vehicle's first), and where."""
    k = fleet.tour[t, KIND]
    count, at = 1, t
    while fleet.tour[at, BACK] >= 0:
        at = fleet.tour[at, BACK]
        count += 1
    at = t
    while fleet.tour[at, NEXT] >= 0:
        at = fleet.tour[at, NEXT]
        count += 1
    if count >= types.of[k, TRIPS]:
        return INF, -1
    reload = types.of[k, RELOAD]
    due = types.of[k, LAST]
    if fleet.tour[t, NEXT] >= 0:
        due = min(due, departs_by(types, fleet, fleet.tour[t, NEXT]) - reload)
    extra, back = alone_cost(nodes, types, k, v, is_back(fleet, t) + reload, due), t
    if fleet.tour[t, BACK] < 0:
        due = min(types.of[k, LAST], departs_by(types, fleet, t) - reload)
        before = alone_cost(nodes, types, k, v, types.of[k, FIRST], due)
        if before < extra:
            extra, back = before, -2 - t
    return extra, back


@compiled
def swap_in(
    nodes: Nodes, types: Types, fleet: Fleet, old: int, new: int, limit: int, carry_out: bool
) -> int:
    """Replace a node of the plan by another at its place; the extra cost, or `limit` if not below."""
    t = fleet.tour_of[nodes.row[nodes.row_start[old]]]
    p = 1
    while fleet.seq[t, p] != old:
        p += 1
    extra = swap_cost(nodes, types, fleet, p, new, t)
    if extra >= limit:
        return limit
    if carry_out:
        touch_vehicle(fleet, t)
        fleet.seq[t, p] = new
        for at in range(nodes.row_start[new], nodes.row_start[new + 1]):
            fleet.tour_of[nodes.row[at]] = t
            fleet.node_of[nodes.row[at]] = new
        drive_vehicle(nodes, types, fleet, t)
    return extra


@compiled
def insert_row(
    nodes: Nodes,
    types: Types,
    fleet: Fleet,
    row: int,
    ways: Ints,
    limit: int,
    near: Ints,
    state: Bits,
) -> bool:
    """Serve a stop where it costs least: by a halt of its own, or handed over to a relay.

    Rows of `ways` are (stop, old, new), sorted by stop: node `old` of the plan (0: none) becomes `new`.
    """
    best, chosen = limit, -1
    for at in range(len(ways)):
        if ways[at, 0] != row:
            continue
        old, new = ways[at, 1], ways[at, 2]
        relays_free = True
        for i in range(nodes.row_start[new], nodes.row_start[new + 1]):
            if fleet.node_of[nodes.row[i]] not in (0, old):
                relays_free = False
        if not relays_free:
            continue
        if old == 0:
            extra = _best_of(nodes, types, fleet, new, best)
        elif fleet.node_of[nodes.row[nodes.row_start[old]]] == old:
            extra = swap_in(nodes, types, fleet, old, new, best, False)
        else:
            continue
        if extra < best:
            best, chosen = extra, at
    if chosen < 0:
        return insert_node(nodes, types, fleet, near, row + 1, limit, state) < limit
    if insert_node(nodes, types, fleet, near, row + 1, best, state) < best:
        return True
    if ways[chosen, 1] == 0:
        return insert_node(nodes, types, fleet, near, ways[chosen, 2], limit, state) < limit
    return swap_in(nodes, types, fleet, ways[chosen, 1], ways[chosen, 2], limit, True) < limit


@compiled
def _best_of(nodes: Nodes, types: Types, fleet: Fleet, v: int, limit: int) -> int:
    best = limit
    for t in range(fleet.totals[HIGH]):
        place = nodes.of[v, PLACE]
        if fleet.tour[t, KIND] >= 0 and not (place and _passes(nodes, fleet, t, place)):
            extra, p = best_place(nodes, types, fleet, fleet.tour[t, KIND], t, v, best, -1)
            if p >= 0:
                best = extra
    for k in range(len(types.of)):
        if fleet.left[k] > 0 and fleet.totals[USED] < fleet.totals[CAP]:
            extra = (
                alone_cost(nodes, types, k, v, types.of[k, FIRST], types.of[k, LAST])
                + types.of[k, FIXED]
            )
            best = min(best, extra)
    return best


@compiled
def recount(fleet: Fleet, weight: Ints) -> None:
    """Bring cost and missed weight of the whole plan up to date."""
    total = 0
    for t in range(fleet.totals[HIGH]):
        if fleet.tour[t, KIND] >= 0:
            total += fleet.tour[t, PRICE]
    fleet.totals[SUM] = total
    missed = 0
    for row in range(len(weight)):
        if fleet.tour_of[row] < 0:
            missed += weight[row]
    fleet.totals[MISSED] = missed
