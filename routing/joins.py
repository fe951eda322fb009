"""Where forward and backward labels meet: whole routes, and what a route can still cost."""

import numpy as np

from routing.ahead import at_least, gets_home, home_cost, stretched
from routing.compiled import COSTLY, Flags, Ints, compiled
from routing.labels import (
    BY,
    CAP,
    CLOCK,
    COST,
    DEAD,
    EARLY,
    HI,
    KEY_PARTS,
    LATE,
    LEAST,
    LINK,
    LO,
    LOAD,
    LOAD_PARTS,
    MOST,
    NODE,
    PER_S,
    REST,
    TRACKED,
    D,
    E,
    Pool,
    Task,
    bucket_of,
    forward_key,
    penalty,
)


@compiled
def join(
    front: Pool, back: Pool, task: Task, count: int, half: int, span: tuple[int, int], limit: int,
    out: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Routes below `limit`, the best of each forward label: rows (cost, forward, backward or -1).

    Returns how many were written and the least reduced cost of any route (at most `limit`). The
    last label of the forward pool is used as scratch.
    """
    label, figures = front.label, task.figures
    node, step, reduced = task.node, task.step, task.reduced
    key = forward_key(figures[BY])
    low, width = span
    tip = label.shape[0] - 1
    found, least = 0, limit
    for f in range(count):
        if label[f, DEAD]:
            continue
        i = label[f, NODE]
        best, partner = limit, -2
        if i and gets_home(front, task, f):
            cost = home_cost(front, task, f)
            if cost < best:
                best, partner = cost, -1
        for at in range(task.out_start[i], task.out_start[i + 1]):
            v = task.out[at]
            if stretched(label, node, step, reduced, figures, f, tip, v) and label[tip, key] > half:
                last = bucket_of(2 * low + width - min(label[tip, key], low + width), low, width)
                best, partner = _best_end(front, back, task, f, tip, last, best, partner)
        if partner > -2 and found < out.shape[0]:
            out[found, 0], out[found, 1], out[found, 2] = best, f, partner
            found += 1
        least = min(least, best)
    return found, least


@compiled
def _best_end(
    front: Pool, back: Pool, task: Task, f: int, tip: int, last: int, best: int, partner: int
) -> tuple[int, int]:
    """The cheapest backward label that forward label f, driven on as `tip`, can be joined to."""
    first, then, figures, head = front.label, back.label, task.figures, back.head
    ahead, behind, half_used, used = front.memory, back.memory, front.parity, back.parity
    v, spent = first[tip, NODE], first[tip, COST]
    elapsed, early, lo, hi = first[tip, D], first[tip, E], first[tip, LO], first[tip, HI]
    room = figures[CAP] - first[f, LOAD]
    per_s, tracked = figures[PER_S], figures[TRACKED]
    for bucket in range(last + 1):
        b = head[v, bucket]
        while b >= 0 and spent + then[b, COST] < best:
            late = then[b, LATE]
            good = then[b, LOAD] <= room and early <= late
            if good:
                for w in range(ahead.shape[1]):
                    good = good and not ahead[f, w] & behind[b, w]
            if good and tracked:
                most = then[b, MOST]
                soonest = max(max(lo, early - most), then[b, LEAST])
                good = elapsed <= most and soonest <= min(hi, late - elapsed)
            if good:
                cost = spent + then[b, COST]
                for w in range(half_used.shape[1]):
                    bits = half_used[f, w] & used[b, w]
                    if bits:
                        cost += penalty(bits, w, task.price)
                if per_s:
                    end = max(early + then[b, REST], then[b, EARLY])
                    wait = end - min(hi, late - elapsed) - elapsed - then[b, REST]
                    cost += per_s * max(0, wait)
                if cost < best:
                    best, partner = cost, b
            b = then[b, LINK]
    return best, partner


@compiled
def arrival(front: Pool, task: Task, count: int, span: tuple[int, int], table: Ints) -> None:
    """Least cost of arriving at a node, by critical resource and load when arriving.

    `table[v, x, y]`: the resource falls in part x or earlier, the load without v in part y or less.
    The prices of cuts at v itself are left out, so what follows from v on can be added.
    """
    label, figures = front.label, task.figures
    node, step, reduced = task.node, task.step, task.reduced
    key = forward_key(figures[BY])
    low, width = span
    tip = label.shape[0] - 1
    table[:] = COSTLY
    for f in range(count):
        if label[f, DEAD]:
            continue
        i = label[f, NODE]
        y = label[f, LOAD] * LOAD_PARTS // (figures[CAP] + 1)
        for at in range(task.out_start[i], task.out_start[i + 1]):
            v = task.out[at]
            if stretched(label, node, step, reduced, figures, f, tip, v):
                x = min(max(label[tip, key] - low, 0), width) * (KEY_PARTS - 1) // width
                table[v, x, y] = min(table[v, x, y], label[tip, COST])
    _accumulate(table)


@compiled
def _accumulate(table: Ints) -> None:
    """Running minima along both parts."""
    for v in range(table.shape[0]):
        for x in range(table.shape[1]):
            for y in range(table.shape[2]):
                least = table[v, x, y]
                if x:
                    least = min(least, table[v, x - 1, y])
                if y:
                    least = min(least, table[v, x, y - 1])
                table[v, x, y] = least


@compiled
def completion(back: Pool, task: Task, count: int, span: tuple[int, int], table: Ints) -> None:
    """Least cost of what can follow a node, by critical resource and load used so far.

    `table[v, x, y]` holds for forward labels at v whose critical resource falls in part x and that
    leave room for load part y (see `at_least`).
    """
    low, width = span
    key = MOST if task.figures[BY] != CLOCK else LATE
    capacity = task.figures[CAP]
    table[:] = COSTLY
    for b in range(count):
        if back.label[b, DEAD]:
            continue
        v = back.label[b, NODE]
        x = (
            (low + width - min(max(back.label[b, key], low), low + width))
            * (KEY_PARTS - 1)
            // width
        )
        y = back.label[b, LOAD] * LOAD_PARTS // (capacity + 1)
        table[v, x, y] = min(table[v, x, y], back.label[b, COST])
    _accumulate(table)


def new_table(size: int) -> Ints:
    """Room for `completion`."""
    return np.empty((size, KEY_PARTS, LOAD_PARTS), dtype=np.int64)


@compiled
def useful_legs(
    front: Pool, task: Task, count: int, span: tuple[int, int], table: Ints, limit: int, out: Flags
) -> None:
    """Flag each leg (from, to) that a route below `limit` may use.

    `front` holds all forward labels that can still come below it, `table` what can follow them.
    The last label of the pool is used as scratch.
    """
    label = front.label
    tip = label.shape[0] - 1
    out[:] = False
    for f in range(count):
        i = label[f, NODE]
        if label[f, DEAD]:
            continue
        if i and not out[i, 0] and gets_home(front, task, f):
            out[i, 0] = home_cost(front, task, f) < limit
        for at in range(task.out_start[i], task.out_start[i + 1]):
            v = task.out[at]
            if not out[i, v] and stretched(
                label, task.node, task.step, task.reduced, task.figures, f, tip, v
            ):
                rest = at_least(front, task, tip, span, table)
                out[i, v] = label[tip, COST] + rest < limit
