"""Subset-row cuts of three and five rows: found in a fractional solution, and counted in a route.

Of three stops, the routes that serve two or more of them can be taken once at most; of five, routes can
serve two pairs at most (Jepsen et al. 2008, doi:10.1287/opre.1070.0449). A cut remembers only on the
nodes where it needs to (limited memory: Pecin et al. 2017, doi:10.1007/s12532-016-0108-8), so most
labels need not know of it.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from routing.compiled import Flags, Ints, compiled
from routing.network import Network
from routing.prices import Cut

LEAST_VIOLATION = 0.03
LEAST_A_ROUND = 40
MOST_A_ROW = 8
LARGEST = 5
"""Rows of a cut, at most."""

MOST_EXCHANGES = 20


def times_counted(cut: Cut, nodes: Sequence[int], net: Network) -> int:
    """The cut's coefficient for a vehicle's nodes (0 between two rounds)."""
    state = total = 0
    for v in nodes:
        if v == 0:
            continue
        rows = net.halts[v - 1].rows
        if not any(row in cut.memory for row in rows):
            state = 0
            continue
        state += sum(row in cut.rows for row in rows)
        total += state // 2
        state %= 2
    return total


@compiled
def _violations(
    start: Ints, row: Ints, share: np.ndarray, rows: int, out: Ints, gains: np.ndarray, least: float
) -> int:
    """All triples of rows that routes use too often: pairs from routes, summed over third rows."""
    found = 0
    pair = np.zeros((rows, rows))
    for r in range(len(start) - 1):
        for a in range(start[r], start[r + 1]):
            for b in range(a + 1, start[r + 1]):
                if row[a] != row[b]:
                    pair[row[a], row[b]] += share[r]
                    pair[row[b], row[a]] += share[r]
    triple = np.zeros((rows, rows))
    for i in range(rows):
        # pairs with i known: subtract what routes through all three count twice
        triple[:] = 0.0
        for r in range(len(start) - 1):
            has = False
            for a in range(start[r], start[r + 1]):
                has = has or row[a] == i
            if not has:
                continue
            for a in range(start[r], start[r + 1]):
                for b in range(a + 1, start[r + 1]):
                    if row[a] > i and row[b] > i and row[a] != row[b]:
                        triple[row[a], row[b]] += share[r]
                        triple[row[b], row[a]] += share[r]
        for j in range(i + 1, rows):
            if pair[i, j] <= 0.0:
                continue
            for k in range(i + 1, rows):
                if k == j or (k < j and pair[i, k] > 0.0):
                    continue
                total = pair[i, j] + pair[i, k] + pair[j, k] - 2.0 * triple[j, k]
                if total > 1.0 + least and found < len(out):
                    out[found, 0], out[found, 1], out[found, 2] = i, j, k
                    gains[found] = total - 1.0
                    found += 1
    return found


@compiled
def _gains(
    start: Ints, row: Ints, share: np.ndarray, inside: Flags, odd: int, gain: np.ndarray
) -> float:
    """What a set of rows counts, and what each row would add to it.

    `odd` 1: by what it completes a pair; 0: by what it breaks one, for rows inside.
    """
    gain[:] = 0.0
    total = 0.0
    for r in range(len(start) - 1):
        number = 0
        for a in range(start[r], start[r + 1]):
            number += inside[row[a]]
        if number == 0:
            continue
        total += share[r] * (number // 2)
        if number % 2 == odd:
            for a in range(start[r], start[r + 1]):
                gain[row[a]] += share[r]
    return total


@compiled
def _exchanged(
    start: Ints, row: Ints, share: np.ndarray, inside: Flags, gain: np.ndarray, loss: np.ndarray
) -> float:
    """Exchange rows of a set as long as it counts more; how much it counts then."""
    total = 0.0
    for _ in range(MOST_EXCHANGES):
        total = _gains(start, row, share, inside, 0, loss)
        out = -1
        for i in range(len(inside)):
            if inside[i] and (out < 0 or loss[i] < loss[out]):
                out = i
        inside[out] = False
        _gains(start, row, share, inside, 1, gain)
        into = _best_outside(inside, gain)
        if into < 0 or gain[into] <= loss[out] + 1e-9:
            inside[out] = True
            break
        inside[into] = True
        total += gain[into] - loss[out]
    return total


@compiled
def _best_outside(inside: Flags, gain: np.ndarray) -> int:
    best = -1
    for i in range(len(inside)):
        if not inside[i] and (best < 0 or gain[i] > gain[best] + 1e-9):
            best = i
    return best


@compiled
def _odd_sets(
    start: Ints, row: Ints, share: np.ndarray, rows: int, out: Ints, gains: np.ndarray, least: float
) -> int:
    """Violated sets of five and more rows: grown greedily from each pair of neighbours.

    A line of `out` has the rows in order and -1 behind the last.
    """
    found = 0
    inside = np.zeros(rows, dtype=np.bool_)
    gain, loss = np.zeros(rows), np.zeros(rows)
    near = np.zeros((rows, rows))
    for r in range(len(start) - 1):
        for a in range(start[r], start[r + 1]):
            for b in range(start[r], start[r + 1]):
                near[row[a], row[b]] += share[r]
    for first in range(rows):
        for second in range(first + 1, rows):
            if near[first, second] <= 0.05 or near[first, second] >= 0.95:
                continue
            inside[:] = False
            inside[first] = inside[second] = True
            for size in range(3, min(out.shape[1], rows) + 1):
                _gains(start, row, share, inside, 1, gain)
                inside[_best_outside(inside, gain)] = True
                if size < 5 or size % 2 == 0 or found >= len(out):
                    continue
                total = _exchanged(start, row, share, inside, gain, loss)
                if total > size // 2 + least:
                    out[found] = -1
                    at = 0
                    for i in range(rows):
                        if inside[i]:
                            out[found, at] = i
                            at += 1
                    gains[found] = total - size // 2
                    found += 1
    return found


def separate(
    net: Network,
    routes: Sequence[tuple[tuple[int, ...], tuple[int, ...], float]],
    old: Iterable[Cut],
    *,
    whole: bool,
) -> list[Cut]:
    """The most violated cuts for (nodes, rows, share) of the columns in use, with their memories.

    With `whole` they never forget. A triple that is already cut comes back with a larger memory where the old one forgot too early.
    """
    start = np.cumsum([0, *(sum(row < net.stops for row in rows) for _, rows, _ in routes)]).astype(
        np.int64
    )
    flat = np.array(
        [row for _, rows, _ in routes for row in rows if row < net.stops], dtype=np.int64
    )
    share = np.array([part for _, _, part in routes])
    out = np.empty((400_000, 3), dtype=np.int64)
    gains = np.empty(len(out))
    found = 0
    if len(flat):
        found = _violations(start, flat, share, net.stops, out, gains, LEAST_VIOLATION)
    large = np.empty((2 * net.stops * net.stops, LARGEST), dtype=np.int64)
    more = np.empty(len(large))
    number = 0
    if len(flat):
        number = _odd_sets(start, flat, share, net.stops, large, more, LEAST_VIOLATION)
    memory = {cut.rows: cut.memory for cut in old}
    everywhere = frozenset(range(net.stops))
    chosen: list[Cut] = []
    for sets, gain in ((out[:found], gains[:found]), (large[:number], more[:number])):
        often: dict[int, int] = {}
        taken = len(chosen)
        for at in np.argsort(-gain, kind="stable"):
            rows = tuple(sorted(row for row in sets[at].tolist() if row >= 0))
            if any(often.get(row, 0) >= MOST_A_ROW for row in rows):
                continue
            wanted = everywhere if whole else _memory(net, routes, rows)
            wanted |= memory.get(rows, frozenset())
            if memory.get(rows) == wanted:
                continue
            memory[rows] = wanted
            for row in rows:
                often[row] = often.get(row, 0) + 1
            chosen.append(Cut(rows, wanted))
            if len(chosen) - taken >= max(LEAST_A_ROUND, net.stops):
                break
    return chosen


def _memory(
    net: Network,
    routes: Sequence[tuple[tuple[int, ...], tuple[int, ...], float]],
    cut: tuple[int, ...],
) -> frozenset[int]:
    """The stops at which the cut must not forget, so that these routes count in full."""
    memory = set(cut)
    for nodes, rows, _ in routes:
        if sum(row in cut for row in rows) < 2:
            continue
        state, between = 0, set[int]()
        for v in nodes:
            here = net.halts[v - 1].rows if v else ()
            times = sum(row in cut for row in here)
            if state:
                between.update(row for row in here if row < net.stops)
            state += times
            if state >= 2:
                memory |= between
            if times:
                between = set()
            state %= 2
    return frozenset(memory)
