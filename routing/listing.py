"""Enumeration: every elementary route whose reduced cost is below a limit.

Baldacci, Christofides and Mingozzi 2008, doi:10.1007/s10107-007-0178-5: a plan better than the one
at hand can only use routes whose reduced cost is smaller than the gap. Forward labels that keep the
whole set of stops are cut off where even the cheapest way home would exceed the limit; of two
labels with the same stops and the same last one, a dominated one is dropped.
"""

from routing.ahead import first_label, home_cost, reloaded, stretched
from routing.compiled import Ints, compiled
from routing.joins import at_least, gets_home
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
def enumerate_routes(
    pool: Pool, task: Task, span: tuple[int, int], table: Ints, limit: int, out: Ints
) -> tuple[int, int]:
    """Rows (cost, label) of all routes below `limit`; (number, labels), number -1: no more room.

    `task.near` has to let memories keep everything.
    """
    label = pool.label
    key = forward_key(task.figures[BY])
    low, width = span
    pool.queue[:] = -1
    pool.same[:] = -1
    first_label(pool, task)
    label[0, CUTS] = 0
    pool.queue[0] = 0
    count, found = 1, 0
    for slot in range(QUEUES):
        while pool.queue[slot] >= 0:
            old = pool.queue[slot]
            pool.queue[slot] = label[old, QUEUE]
            if label[old, DEAD]:
                continue
            i = label[old, NODE]
            if i and gets_home(pool, task, old):
                cost = home_cost(pool, task, old)
                if cost < limit:
                    if found >= out.shape[0]:
                        return -1, count
                    out[found, 0], out[found, 1] = cost, old
                    found += 1
            for at in range(task.out_start[i], task.out_start[i + 1] + 1):
                if at < task.out_start[i + 1]:
                    v = task.out[at]
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
                elif task.figures[TRIPS] <= 1 or not reloaded(pool, task, old, count):
                    continue
                else:
                    label[count, CUTS] = label[old, CUTS]
                if _kept(pool, task, count):
                    part = min(max(label[count, key] - low, 0), width)
                    place = part * (QUEUES - 1) // width
                    label[count, QUEUE] = pool.queue[place]
                    pool.queue[place] = count
                    count += 1
                    if count >= label.shape[0] - 1:
                        return -1, count
    return found, count


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
