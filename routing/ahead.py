"""Forward labels: from the kitchen on, driven as far as the critical resource allows."""

import numpy as np

from routing.compiled import INF, Ints, compiled, inlined
from routing.labels import (
    BY,
    CAP,
    COST,
    DEAD,
    FIRST,
    HI,
    KEY_PARTS,
    LAST,
    LINK,
    LO,
    LOAD,
    LOAD_PARTS,
    MOST,
    NODE,
    PARENT,
    PER_S,
    QUEUE,
    QUEUES,
    RELOAD,
    START,
    TRACKED,
    TRIP,
    TRIPS,
    D,
    E,
    Pool,
    Task,
    bucket_of,
    enter,
    first_of_its_kind,
    forward_key,
    queued,
    remember,
    visited,
)


@compiled
def first_label(pool: Pool, task: Task) -> None:
    """Label 0: at the kitchen, empty, ready to leave."""
    label, figures = pool.label, task.figures
    label[0] = 0
    label[0, COST] = figures[START]
    label[0, E] = label[0, LO] = figures[FIRST]
    label[0, HI] = label[0, MOST] = INF
    label[0, PARENT] = label[0, LINK] = label[0, QUEUE] = -1
    label[0, TRIP] = 1
    pool.memory[0] = np.uint64(0)
    pool.parity[0] = np.uint64(0)


@inlined
def stretched(
    label: Ints, node: Ints, step: Ints, reduced: Ints, figures: Ints, old: int, new: int, v: int
) -> bool:
    """Write forward label `new`: `old` driven on to node v; False when a rule forbids it.

    Memory and parities are not written.
    """
    i = label[old, NODE]
    way = step[i, v]
    load = label[old, LOAD] + node[v, 4]
    early = max(label[old, E] + way, node[v, 0])
    good = load <= figures[CAP] and early <= node[v, 1]
    elapsed, lo, hi = 0, label[old, LO], INF
    if good and figures[TRACKED]:
        elapsed = label[old, D] + way
        lo = max(lo, node[v, 3])
        early = max(early, lo + elapsed)
        hi = min(label[old, HI], node[v, 1] - elapsed)
        good = elapsed <= node[v, 2] and early - node[v, 2] <= hi and lo <= hi
    if good:
        label[new, COST] = label[old, COST] + reduced[i, v]
        label[new, LOAD] = load
        label[new, D] = elapsed
        label[new, E] = early
        label[new, LO] = lo
        label[new, HI] = hi
        label[new, MOST] = INF
        label[new, NODE] = v
        label[new, PARENT] = old
        label[new, TRIP] = label[old, TRIP]
        label[new, DEAD] = 0
    return good


@compiled
def home_cost(pool: Pool, task: Task, at: int) -> int:
    """Reduced cost of the whole route when a forward label drives home."""
    label, figures = pool.label, task.figures
    i = label[at, NODE]
    cost = label[at, COST] + task.reduced[i, 0]
    if figures[PER_S]:
        way = task.step[i, 0]
        elapsed = label[at, D] + way
        hi = min(label[at, HI], figures[LAST] - elapsed)
        cost += figures[PER_S] * max(0, label[at, E] + way - hi - elapsed)
    return int(cost)


@compiled
def gets_home(pool: Pool, task: Task, at: int) -> bool:
    """Whether a forward label can drive home in time."""
    label, figures = pool.label, task.figures
    way = task.step[label[at, NODE], 0]
    return bool(label[at, E] + way <= figures[LAST])


@compiled
def at_least(front: Pool, task: Task, at: int, span: tuple[int, int], table: Ints) -> int:
    """A lower bound on the cost of what follows forward label `at`, its own node's prices aside."""
    low, width = span
    label, figures = front.label, task.figures
    v = label[at, NODE]
    key = label[at, forward_key(figures[BY])]
    x = (low + width - min(max(key, low), low + width)) * (KEY_PARTS - 1) // width
    room = figures[CAP] - label[at, LOAD] + task.node[v, 4]
    y = min(room * LOAD_PARTS // (figures[CAP] + 1), LOAD_PARTS - 1)
    return int(table[v, x, y])


@compiled
def reloaded(pool: Pool, task: Task, old: int, new: int) -> bool:
    """Write label `new`: `old` back at the kitchen, loaded again; False when there is no next trip."""
    label, figures = pool.label, task.figures
    if label[old, TRIP] >= figures[TRIPS] or label[old, NODE] == 0:
        return False
    way = task.step[label[old, NODE], 0]
    ready = label[old, E] + way + figures[RELOAD]
    if ready > figures[LAST]:
        return False
    label[new] = 0
    label[new, COST] = home_cost(pool, task, old)
    label[new, E] = label[new, LO] = ready
    label[new, HI] = label[new, MOST] = INF
    label[new, PARENT] = old
    label[new, TRIP] = label[old, TRIP] + 1
    pool.memory[new] = pool.memory[old]
    pool.parity[new] = pool.parity[old]
    return True


@compiled
def forward(
    pool: Pool, task: Task, half: int, span: tuple[int, int], how: int, table: Ints, limit: int
) -> int:
    """All forward labels up to `half`; returns their number, or -1 when there is no more room.

    With a `table` of what can follow (`routing.joins.completion`; empty: none) also those over `half`
    whose route can stay under `limit`. `span` is the least value and the width of the
    critical resource.
    """
    label, memory, mask, figures = pool.label, pool.memory, task.mask, task.figures
    node, step, reduced = task.node, task.step, task.reduced
    key = forward_key(figures[BY])
    low, width = span
    pool.head[:] = -1
    pool.queue[:] = -1
    first_label(pool, task)
    queued(pool, 0, label[0, key], low, width)
    pool.head[0, 0] = 0
    count = 1
    most = half
    if len(table):
        most = low + width
        pool.same[:] = -1
    for slot in range(QUEUES):
        while pool.queue[slot] >= 0:
            old = pool.queue[slot]
            pool.queue[slot] = label[old, QUEUE]
            if label[old, DEAD]:
                continue
            i = label[old, NODE]
            for at in range(task.out_start[i], task.out_start[i + 1]):
                v = task.out[at]
                if label[old, key] + step[i, v] > most:
                    break  # the others are farther still
                if (
                    visited(memory, mask, old, v)
                    or not stretched(label, node, step, reduced, figures, old, count, v)
                    or label[count, key] > most
                ):
                    continue
                if len(table):
                    rest = at_least(pool, task, count, span, table)
                    if label[count, COST] + rest >= limit:
                        continue
                label[count, COST] += remember(pool, task, old, count, v)
                if label[count, key] <= half:
                    count += _listed(pool, task, count, v, key, span, how)
                elif first_of_its_kind(pool, task, count, 1):
                    queued(pool, count, label[count, key], low, width)
                    count += 1
            if figures[TRIPS] > 1 and reloaded(pool, task, old, count):
                count += _listed(pool, task, count, 0, key, span, how)
            if count >= label.shape[0] - len(node) - 2:
                return -1
    return count


@compiled
def _listed(
    pool: Pool, task: Task, new: int, v: int, key: int, span: tuple[int, int], how: int
) -> int:
    """Enter a forward label at node v: 1 if it stays."""
    low, width = span
    value = pool.label[new, key]
    if not enter(
        pool.label, pool.head, pool.memory, pool.parity, task.price, task.figures[PER_S], new,
        bucket_of(value, low, width), how, key, 1, v,
    ):  # fmt: skip
        return 0
    queued(pool, new, value, low, width)
    return 1
