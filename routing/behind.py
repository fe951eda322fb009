"""Backward labels: from the way home back, as far as the critical resource may be more."""

import numpy as np

from routing.compiled import INF, Ints, compiled, inlined
from routing.labels import (
    BOXES,
    BY,
    CAP,
    CLOCK,
    COST,
    DEAD,
    EARLY,
    KEY_PARTS,
    LAST,
    LATE,
    LEAST,
    LOAD,
    LOAD_PARTS,
    MOST,
    NODE,
    PARENT,
    PER_S,
    QUEUE,
    QUEUES,
    REST,
    TRACKED,
    TRIP,
    Pool,
    Task,
    bucket_of,
    enter,
    first_of_its_kind,
    queued,
    remember,
    visited,
)


@inlined
def preceded(
    label: Ints, node: Ints, step: Ints, reduced: Ints, figures: Ints, old: int, new: int, v: int
) -> bool:
    """Write backward label `new`: node v before `old`; False when a rule forbids it.

    Memory and parities are not written.
    """
    j = label[old, NODE]
    way = step[v, j]
    load = label[old, LOAD] + node[v, 4]
    late = min(node[v, 1], label[old, LATE] - way)
    good = load <= figures[CAP] and late >= node[v, 0] and late >= node[v, 5]
    rest, early, least, most = 0, 0, -INF, INF
    if figures[BY] == BOXES:
        most = figures[CAP] - load + node[v, 4]
    if good and figures[TRACKED]:
        most = min(node[v, 2], label[old, MOST] - way)
        least = max(label[old, LEAST], max(node[v, 3], node[v, 0] - most))
        good = most >= 0 and least <= late
        if figures[PER_S]:
            rest = label[old, REST] + way
            early = max(node[v, 0] + rest, label[old, EARLY])
    if good:
        label[new, COST] = label[old, COST] + reduced[v, j]
        label[new, LOAD] = load
        label[new, REST] = rest
        label[new, EARLY] = early
        label[new, LEAST] = least
        label[new, LATE] = late
        label[new, MOST] = most
        label[new, NODE] = v
        label[new, PARENT] = old
        label[new, TRIP] = 1
        label[new, DEAD] = 0
    return good


@compiled
def last_label(pool: Pool, task: Task, end: int) -> None:
    """The empty end of every route, as a backward label."""
    label = pool.label
    label[end] = 0
    label[end, LATE] = task.figures[LAST]
    label[end, LEAST] = -INF
    label[end, MOST] = INF
    label[end, PARENT] = -1
    pool.memory[end] = np.uint64(0)
    pool.parity[end] = np.uint64(0)


@compiled
def backward(
    pool: Pool, task: Task, half: int, span: tuple[int, int], how: int, table: Ints, limit: int
) -> int:
    """All backward labels over `half`; returns their number, or -1 when there is no more room.

    Below `half` those are kept as well that, with the least cost of arriving at them (`table`, see
    `routing.joins.arrival`; empty: none is kept), stay under `limit`. The last label of the pool serves
    as the empty end.
    """
    label, memory, mask, figures = pool.label, pool.memory, task.mask, task.figures
    node, step, reduced = task.node, task.step, task.reduced
    key = MOST if figures[BY] != CLOCK else LATE
    low, _ = span
    pool.head[:] = -1
    pool.queue[:] = -1
    if len(table):
        pool.same[:] = -1
    end = label.shape[0] - 1
    least = low if len(table) else half + 1
    last_label(pool, task, end)
    count = 0
    for at in range(task.into_start[0], task.into_start[1]):
        v = task.into[at]
        if preceded(label, node, step, reduced, figures, end, count, v) and (
            label[count, key] > half or len(table)
        ):
            count += _listed_back(pool, task, end, count, v, key, span, how, half, table, limit)
    for slot in range(QUEUES):
        while pool.queue[slot] >= 0:
            old = pool.queue[slot]
            pool.queue[slot] = label[old, QUEUE]
            if label[old, DEAD]:
                continue
            j = label[old, NODE]
            for at in range(task.into_start[j], task.into_start[j + 1]):
                v = task.into[at]
                if label[old, key] - step[v, j] < least:
                    break  # the others are farther still
                if (
                    v
                    and not visited(memory, mask, old, v)
                    and preceded(label, node, step, reduced, figures, old, count, v)
                    and label[count, key] >= least
                ):
                    count += _listed_back(
                        pool, task, old, count, v, key, span, how, half, table, limit
                    )
            if count >= label.shape[0] - len(node) - 2:
                return -1
    return count


@compiled
def _promises(
    pool: Pool, task: Task, new: int, key: int, span: tuple[int, int], table: Ints, limit: int
) -> bool:
    """Whether a backward label with the least cost of arriving at it (`table`) stays under `limit`."""
    label = pool.label
    low, width = span
    room = task.figures[CAP] - label[new, LOAD]
    x = min(max(label[new, key] - low, 0), width) * (KEY_PARTS - 1) // width
    y = room * LOAD_PARTS // (task.figures[CAP] + 1)
    return bool(label[new, COST] + table[label[new, NODE], x, y] < limit)


@compiled
def _listed_back(
    pool: Pool, task: Task, old: int, new: int, v: int, key: int, span: tuple[int, int], how: int,
    half: int, table: Ints, limit: int,
) -> int:  # fmt: skip
    """Finish and enter a backward label: 1 if it stays. Buckets run against the resource."""
    label = pool.label
    label[new, COST] += remember(pool, task, old, new, v)
    low, width = span
    turned = 2 * low + width - min(label[new, key], low + width)
    if label[new, key] <= half:
        if not _promises(pool, task, new, key, span, table, limit):
            return 0
        if not first_of_its_kind(pool, task, new, -1):
            return 0
        queued(pool, new, turned, low, width)
        return 1
    if not enter(
        label, pool.head, pool.memory, pool.parity, task.price, task.figures[PER_S], new,
        bucket_of(turned, low, width), how, key, -1, v,
    ):  # fmt: skip
        return 0
    queued(pool, new, turned, low, width)
    return 1
