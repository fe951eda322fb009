"""Enumeration: every elementary route whose reduced cost is below a limit.

Baldacci, Christofides and Mingozzi 2008, doi:10.1007/s10107-007-0178-5: a plan better than the one
at hand can only use routes whose reduced cost is smaller than the gap. Forward labels that keep the
whole set of stops are cut off where even the cheapest way home that fits would exceed the limit; of
two labels with the same stops and the same last one, a dominated one is dropped. Of the routes through
the same stops the cheapest is listed.
"""

import numpy as np

from routing.ahead import at_least, first_label, gets_home, home_cost, reloaded, stretched
from routing.compiled import Bits, Ints, compiled
from routing.labels import (
    BY,
    COST,
    DEAD,
    HI,
    LINK,
    LO,
    LOAD,
    MOST,
    NODE,
    PARENT,
    PER_S,
    QUEUE,
    QUEUES,
    TRIP,
    TRIPS,
    D,
    E,
    Pool,
    Task,
    forward_key,
    place_of,
    queued,
    remember,
    same_set,
    visited,
)

CUTS = MOST
"""The column, free in forward labels, that sums up the prices of the cuts used."""


@compiled
def _covers(pool: Pool, task: Task, a: int, b: int) -> bool:
    """Whether label a can stand in for b: the same stops, nothing dearer or later.

    Both with and without the prices of cuts (kept in `CUTS`): an order that the cuts make look
    cheap must not push out one that really is.
    """
    label = pool.label
    ahead = task.figures[PER_S] * max(0, label[b, D] - label[a, D])
    spare = label[b, COST] - label[a, COST]
    if spare < ahead or spare - label[b, CUTS] + label[a, CUTS] < ahead:
        return False
    for w in range(pool.parity.shape[1]):
        if pool.parity[a, w] & ~pool.parity[b, w]:
            return False
    return bool(
        label[a, D] <= label[b, D]
        and label[a, E] <= label[b, E]
        and label[a, LO] <= label[b, LO]
        and label[a, HI] >= label[b, HI]
        and label[a, LOAD] <= label[b, LOAD]
        and label[a, TRIP] <= label[b, TRIP]
    )


@compiled
def _kept(pool: Pool, task: Task, new: int) -> bool:
    """Enter a label among those with the same stops; False when one of them covers it."""
    heads = pool.same
    place = place_of(pool, new)
    at = heads[place]
    before = -1
    while at >= 0:
        after = pool.label[at, LINK]
        if same_set(pool.label, pool.memory, at, new):
            if _covers(pool, task, at, new):
                return False
            if _covers(pool, task, new, at):
                pool.label[at, DEAD] = 1
                if before < 0:
                    heads[place] = after
                else:
                    pool.label[before, LINK] = after
                at = after
                continue
        before, at = at, after
    pool.label[new, LINK] = heads[place]
    heads[place] = new
    return True


@compiled
def _taken(pool: Pool, task: Task, new: int, key: int, span: tuple[int, int]) -> int:
    """Enter a label and put it into the queue: 1 if it stays."""
    if not _kept(pool, task, new):
        return 0
    queued(pool, new, key, span[0], span[1])
    return 1


@compiled
def beginnings(pool: Pool, task: Task, span: tuple[int, int], table: Ints, limit: int) -> int:
    """All beginnings of routes that may stay below `limit`; their number, -1: no more room.

    `task.near` has to let memories keep everything; `table` bounds what can follow
    (`routing.joins.completion`).
    """
    label = pool.label
    key = forward_key(task.figures[BY])
    low, width = span
    pool.queue[:] = -1
    pool.same[:] = -1
    first_label(pool, task)
    label[0, CUTS] = 0
    pool.queue[0] = 0
    count = 1
    for slot in range(QUEUES):
        while pool.queue[slot] >= 0:
            old = pool.queue[slot]
            pool.queue[slot] = label[old, QUEUE]
            if label[old, DEAD]:
                continue
            i = label[old, NODE]
            for at in range(task.out_start[i], task.out_start[i + 1]):
                v = task.out[at]
                if label[old, key] + task.step[i, v] > low + width:
                    break  # the others are farther still
                if visited(pool.memory, task.mask, old, v) or not stretched(
                    label, task.node, task.step, task.reduced, task.figures, old, count, v
                ):
                    continue
                rest = at_least(pool, task, count, span, table)
                if label[count, COST] + rest >= limit:
                    continue
                extra = remember(pool, task, old, count, v)
                label[count, COST] += extra
                label[count, CUTS] = label[old, CUTS] + extra
                count += _taken(pool, task, count, label[count, key], span)
            if task.figures[TRIPS] > 1 and reloaded(pool, task, old, count):
                label[count, CUTS] = label[old, CUTS]
                count += _taken(pool, task, count, label[count, key], span)
            if count >= label.shape[0] - len(task.node) - 2:
                return -1
    return count


@compiled
def _put(sets: Bits, heads: Ints, out: Ints, found: int, cost: int, label: int) -> int:
    """Enter the route whose stops stand in `sets[found]`: 1, or 0 when another one has them."""
    mixed = np.uint64(0)
    for w in range(sets.shape[1]):
        mixed ^= sets[found, w] + np.uint64(w)
        mixed *= np.uint64(0xFF51AFD7ED558CCD)
        mixed ^= mixed >> np.uint64(32)
    place = np.int64(mixed & np.uint64(0x7FFFFFFFFFFFFFFF)) % len(heads)
    at = heads[place]
    while at >= 0:
        equal = True
        for w in range(sets.shape[1]):
            equal = equal and sets[at, w] == sets[found, w]
        if equal:
            if cost < out[at, 0]:
                out[at, 0], out[at, 1] = cost, label
            return 0
        at = out[at, 2]
    out[found, 0], out[found, 1], out[found, 2] = cost, label, heads[place]
    heads[place] = found
    return 1


@compiled
def at_home(
    pool: Pool, count: int, task: Task, limit: int, sets: Bits, heads: Ints, out: Ints
) -> int:
    """Rows (cost without cuts, label, link) and sets of the routes below `limit`; their number.

    -1 when there is no more room.
    """
    label = pool.label
    heads[:] = -1
    found = 0
    for at in range(count):
        if label[at, NODE] == 0 or label[at, DEAD] or not gets_home(pool, task, at):
            continue
        cost = home_cost(pool, task, at)
        if cost >= limit:
            continue
        if found >= len(out):
            return -1
        sets[found] = pool.memory[at]
        found += _put(sets, heads, out, found, cost - label[at, CUTS], at)
    return found


@compiled
def longest_path(pool: Pool, labels: Ints) -> int:
    """Most nodes on the way of any of these labels."""
    longest = 0
    for i in range(len(labels)):
        at, length = labels[i], 0
        while at > 0:
            length += 1
            at = pool.label[at, PARENT]
        longest = max(longest, length)
    return longest


@compiled
def paths(pool: Pool, labels: Ints, out: Ints) -> None:
    """The nodes on the way of each label, from the kitchen on; -1 behind the last."""
    out[:] = -1
    for i in range(len(labels)):
        at, length = labels[i], 0
        while at > 0:
            length += 1
            at = pool.label[at, PARENT]
        at = labels[i]
        while at > 0:
            length -= 1
            out[i, length] = pool.label[at, NODE]
            at = pool.label[at, PARENT]
