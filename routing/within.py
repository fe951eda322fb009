"""Within the gap: the legs, and the routes, that a plan better than the one at hand may use.

At prices that prove a bound, only routes with a reduced cost below the gap can be part of a better
plan (Baldacci, Christofides and Mingozzi 2008, doi:10.1007/s10107-007-0178-5); a leg in none of them
is dropped (Irnich, Desaulniers, Desrosiers and Hadjar 2010, doi:10.1287/ijoc.1090.0341).
"""

import numpy as np

from routing.ahead import forward
from routing.behind import backward
from routing.compiled import COSTLY, Flags, Ints
from routing.joins import arrival, completion, new_table, useful_legs
from routing.labels import EXACT, Task
from routing.listing import at_home, beginnings, longest_path, paths
from routing.pool import rows_of_sets, sums
from routing.prices import SCALE, Listed, Prices
from routing.pricing import NO_TABLE, Pricer

MOST_LISTED = 1_000_000
LISTING = 8
"""Labels of a listing in the time of one of a pricing: they are hardly compared."""


def _after(pricer: Pricer, task: Task, limit: int, room: int) -> Ints | None:
    """What can still follow a node on a route below `limit` (`completion`); None: no room.

    Labels forward to the middle; then back all the way, where the kitchen can be reached below the
    limit.
    """
    front, back = (pool.up_to(room) for pool in pricer.rooms.pair(task.keep.shape[1]))
    span, half = pricer.span, pricer.half
    table = new_table(pricer.net.size)
    count = forward(front, task, half, span, EXACT, NO_TABLE, 0)
    if count < 0:
        return None
    arrival(front, task, count, span, table)
    count = backward(back, task, half, span, EXACT, table, limit)
    if count < 0:
        return None
    completion(back, task, count, span, table)
    return table


def legs_within(pricer: Pricer, task: Task, limit: int, room: int) -> Flags | None:
    """The legs of routes with a scaled reduced cost below `limit`; None: not known.

    `room` is how many labels one pass may make.
    """
    table = None if pricer.trips > 1 else _after(pricer, task, limit, room)
    if table is None:
        return None
    front = pricer.rooms.pair(task.keep.shape[1])[0].up_to(room)
    count = forward(front, task, pricer.half, pricer.span, EXACT, table, limit)
    if count < 0:
        return None
    legs: Flags = np.zeros_like(pricer.arcs)
    useful_legs(front, task, count, pricer.span, table, limit, legs)
    return legs


def routes_within(
    pricer: Pricer, task: Task, prices: Prices, limit: int, room: int
) -> Listed | None:
    """Every elementary route with a scaled reduced cost below `limit`, the cheapest of each set of rows.

    None when there are too many. `room` is how many labels one pass of a pricing may make.
    """
    if pricer.trips > 1:
        table: Ints | None = np.full_like(new_table(pricer.net.size), -COSTLY // 2)
    else:
        table = _after(pricer, task, limit, room)
    if table is None:
        return None
    pool = pricer.rooms.pair(task.keep.shape[1])[0].up_to(LISTING * room)
    every = task._replace(near=pricer.near(pricer.net.rows))
    count = beginnings(pool, every, pricer.span, table, limit)
    if count < 0:
        return None
    sets = np.empty((MOST_LISTED, pool.memory.shape[1]), dtype=np.uint64)
    out = np.empty((MOST_LISTED, 3), dtype=np.int64)
    found = at_home(pool, count, every, limit, sets, np.empty(2 * MOST_LISTED, np.int64), out)
    if found < 0:
        return None
    start, row = rows_of_sets(sets[:found], pricer.net.rows)
    scaled = out[:found, 0] + sums(start, row, prices.rows)
    scaled += prices.total + int(prices.types[pricer.k])
    labels = out[:found, 1].copy()
    nodes = np.empty((found, max(1, longest_path(pool, labels))), dtype=np.int64)
    paths(pool, labels, nodes)
    return Listed(nodes, scaled // SCALE, start, row)
