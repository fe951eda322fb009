"""Pricing: the routes of one vehicle type that pay at the master's prices, and the least of all.

Everything is whole numbers in 1 / SCALE cost units, so a bound owes nothing to rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from routing.ahead import forward
from routing.behind import backward
from routing.compiled import COSTLY, INF, Bits, Flags, Ints
from routing.joins import join
from routing.labels import BOXES as BY_BOXES
from routing.labels import (
    CLOCK,
    DURATION,
    EXACT,
    NODE,
    PARENT,
    Pool,
    Task,
    new_pool,
)
from routing.network import (
    BOXES,
    CAPACITY,
    CLOSES,
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
    WORD,
    Network,
)
from routing.prices import SCALE, Cut, Found, Prices

MOST_FOUND = 60_000
MOST_LISTED = 400_000

NO_TABLE: Ints = np.zeros((0, 1, 1), dtype=np.int64)


@dataclass(slots=True)
class Rooms:
    """Memory for labels, shared by all searches of a solve."""

    labels: int
    words: int
    size: int
    pools: list[Pool] = field(default_factory=list)
    parities: list[Bits] = field(default_factory=list)

    def pair(self, cut_words: int) -> tuple[Pool, Pool]:
        """A forward and a backward pool with room for so many words of cuts."""
        if not self.pools:
            self.pools = [new_pool(self.size, self.labels, self.words) for _ in range(2)]
            self.parities = [np.empty(0, dtype=np.uint64)] * 2
        wanted = self.labels * cut_words
        if len(self.parities[0]) < wanted:
            self.parities = [np.empty(wanted, dtype=np.uint64) for _ in range(2)]
        front, back = (
            pool._replace(parity=room[:wanted].reshape(self.labels, cut_words))
            for pool, room in zip(self.pools, self.parities, strict=True)
        )
        return front, back


class Pricer:
    """One vehicle type at one level of the objective.

    `level` is "missed", "vehicles" or "cost". `possible` are all legs that some route could use, `arcs`
    those still in play.
    """

    def __init__(self, net: Network, k: int, level: str, rooms: Rooms) -> None:
        self.net, self.k, self.rooms = net, k, rooms
        of = net.types.of[k]
        self.trips = int(of[TRIPS])
        step = net.types.step[of[SHAPE]]
        self.step = step
        times = 1 if level == "cost" else 0
        self.fixed = int(of[FIXED]) * times if level != "vehicles" else 1
        self.per_s = int(of[PER_S]) * times * SCALE
        with_time = np.where(step >= INF, 0, step)
        self.costs = (net.types.cost[k] + int(of[PER_S]) * with_time) * (times * SCALE)
        self.node = self._nodes()
        self.possible = self._possible()
        self.arcs = self.possible
        tracked = (
            bool((net.nodes.of[1:, HOLD] < INF).any())
            or bool((net.nodes.of[1:, RELEASE] > of[FIRST]).any())
            or self.per_s > 0
        )
        self.tracked = tracked
        self.by, self.span = self._critical()
        if self.by == BY_BOXES:
            self.step = np.where(self.step >= INF, INF, 0)
        self.half = self.span[0] + self.span[1] // 2
        self._near: dict[int, Bits] = {}
        self._lists: tuple[Ints, Ints, Ints, Ints] | None = None

    def _critical(self) -> tuple[int, tuple[int, int]]:
        """What limits routes most, and its range."""
        able: Flags = np.asarray(self.arcs.any(axis=1))
        able[0] = False
        node = self.node[able]
        if not len(node):
            return CLOCK, (0, 1)
        never_waits = bool((node[:, 0] <= node[:, 5]).all())
        limits = node[:, 2]
        if self.tracked and self.trips == 1 and never_waits and bool((limits < INF).all()):
            return DURATION, (0, max(1, int(limits.max())))
        if not self.tracked and self.trips == 1 and never_waits and self._timeless(node):
            return BY_BOXES, (0, max(1, int(self.net.types.of[self.k, CAPACITY])))
        low = int(np.maximum(node[:, 0], node[:, 5]).min())
        if self.trips > 1:
            low = int(self.net.types.of[self.k, FIRST])
        return CLOCK, (low, max(1, int(node[:, 1].max()) - low))

    def _timeless(self, node: Ints) -> bool:
        """Whether no route can be late, however long it is."""
        longest = np.where(self.arcs, self.step, 0).max(axis=1).sum()
        return bool(int(self.net.types.of[self.k, FIRST]) + longest <= node[:, 1].min())

    def _nodes(self) -> Ints:
        """Windows, limits, boxes, first arrivals; what starts after `closes` could not be home in time."""
        net, of = self.net, self.net.types.of[self.k]
        far = _shortest(self.step)
        home, soonest = far[:, 0], int(of[FIRST]) + far[0]
        closes = np.minimum(net.nodes.of[:, CLOSES], int(of[LAST]) - home)
        columns = [net.nodes.of[:, OPENS], closes]
        columns += [net.nodes.of[:, name] for name in (HOLD, RELEASE, BOXES)]
        columns.append(soonest)
        return np.ascontiguousarray(np.stack(columns, axis=1))

    def _possible(self) -> Flags:
        """Legs that some feasible route could use."""
        net, k, node, step = self.net, self.k, self.node, self.step
        of = net.types.of[k]
        reach = _shortest(step)[0]
        early = np.maximum(int(of[FIRST]) + reach, node[:, 0])
        early[0] = int(of[FIRST])
        able = net.types.allowed[k] & (node[:, 4] <= int(of[CAPACITY])) & (reach < INF)
        able &= (early <= node[:, 1]) & (reach <= node[:, 2])
        able[0] = True
        arcs = able[:, None] & able[None, :] & (step < INF)
        later = early[:, None] + step <= node[None, :, 1]
        arcs &= later | (np.arange(len(node)) == 0)[None, :]
        held = reach[:, None] + step <= node[None, :, 2]
        arcs &= held | (np.arange(len(node)) == 0)[None, :]
        arcs &= node[:, None, 4] + node[None, :, 4] <= int(of[CAPACITY])
        clash = np.zeros_like(arcs)
        for word in range(net.nodes.mask.shape[1]):
            one = net.nodes.mask[:, word]
            clash |= (one[:, None] & one[None, :]) != 0
        arcs &= ~clash
        arcs[np.diag_indices(len(arcs))] = False
        possible: Flags = arcs
        return possible

    def near(self, memory: int) -> Bits:
        """By node the rows a label remembers there: those of the `memory` nearest nodes."""
        if memory not in self._near:
            net = self.net
            near = np.zeros_like(net.nodes.mask)
            if memory >= net.rows:
                near[:] = ~np.uint64(0)
            else:
                both = np.where(self.arcs, self.step, INF) + np.where(self.arcs.T, self.step.T, INF)
                order = np.argsort(both, axis=1, kind="stable")
                for v in range(1, net.size):
                    for w in order[v, :memory]:
                        if w and both[v, w] < 2 * INF:
                            near[v] |= net.nodes.mask[w]
                    near[v] |= net.nodes.mask[v]
                near[0] = ~np.uint64(0)
            self._near[memory] = near
        return self._near[memory]

    def _arc_lists(self) -> tuple[Ints, Ints, Ints, Ints]:
        if self._lists is None:
            out = self.arcs.copy()
            out[:, 0] = False
            self._lists = (*_listed(out, self.step), *_listed(self.arcs.T, self.step.T))
        return self._lists

    def cheapest_legs(self) -> Ints:
        """By row no more than its share of the cheapest leg to a node that uses it, scaled."""
        net = self.net
        least = np.where(self.arcs, self.costs, COSTLY).min(axis=0)
        shares = []
        for row in range(net.rows):
            found = [int(least[v]) // len(net.halts[v - 1].rows) for v in net.serving[row]]
            reached = [share for share in found if share < COSTLY // 64]
            shares.append(min(reached, default=0))
        return np.array(shares, dtype=np.int64)

    def task(self, prices: Prices, cuts: Sequence[Cut], memory: int) -> Task:
        """The search at these prices."""
        net = self.net
        of = net.types.of[self.k]
        worth = np.zeros(net.size, dtype=np.int64)
        np.add.at(
            worth,
            np.repeat(np.arange(net.size), np.diff(net.nodes.row_start)),
            prices.rows[net.nodes.row],
        )
        reduced = self.costs - worth[None, :]
        start = self.fixed * SCALE - prices.total - int(prices.types[self.k])
        used = [
            (cut, int(price)) for cut, price in zip(cuts, prices.cuts, strict=True) if price < 0
        ]
        figures = [
            int(of[CAPACITY]), int(of[FIRST]), int(of[LAST]), self.per_s, int(of[RELOAD]),
            self.trips, int(self.tracked), self.by, start,
        ]  # fmt: skip
        cut_start, cut_ids, times, keep, price = self._cut_lists(used)
        return Task(
            self.node, net.nodes.mask, self.near(memory), self.step, reduced, *self._arc_lists(),
            cut_start, cut_ids, times, keep, price, np.array(figures, dtype=np.int64),
        )  # fmt: skip

    def _cut_lists(self, used: list[tuple[Cut, int]]) -> tuple[Ints, Ints, Ints, Bits, Ints]:
        """Cuts by node with how often the node counts; which cuts a node does not make forget."""
        net = self.net
        words = -(-len(used) // WORD)
        keep = np.zeros((net.size, words), dtype=np.uint64)
        at: list[list[tuple[int, int]]] = [[] for _ in range(net.size)]
        for q, (cut, _) in enumerate(used):
            bit = np.uint64(1 << (q % WORD))
            keep[0, q // WORD] |= bit
            for v in {v for row in cut.memory for v in net.serving[row]}:
                keep[v, q // WORD] |= bit
                times = sum(row in cut.rows for row in net.halts[v - 1].rows)
                if times:
                    at[v].append((q, times))
        start = np.cumsum([0, *(len(row) for row in at)]).astype(np.int64)
        flat = [pair for row in at for pair in row]
        return (
            start,
            np.array([q for q, _ in flat], dtype=np.int64),
            np.array([times for _, times in flat], dtype=np.int64),
            keep,
            np.array([-price for _, price in used], dtype=np.int64),
        )

    def search(self, task: Task, how: int, wanted: int, most: int | None = None) -> Found:
        """Routes with a negative reduced cost; with `how` EXACT and room enough, `least` holds.

        `most` labels in each direction (None: as many as there is room for): nothing else ends it.
        """
        front, back = self.rooms.pair(task.keep.shape[1])
        if most is not None:
            front, back = front.up_to(most), back.up_to(most)
        out = np.empty((MOST_FOUND, 3), dtype=np.int64)
        whole = self.trips > 1
        half = self.span[0] + self.span[1] + 1 if whole else self.half
        count = forward(front, task, INF if whole else half, self.span, how, NO_TABLE, 0)
        behind = 0
        if count >= 0 and not whole:
            behind = backward(back, task, half, self.span, how, NO_TABLE, 0)
        if count < 0 or behind < 0:
            return Found([], -COSTLY, complete=False)
        if whole:
            back.head[:] = -1
        elif how == EXACT:
            self._balance(count, behind)
        found, least = join(front, back, task, count, -1 if whole else half, self.span, 0, out)
        order = np.argsort(out[:found, 0], kind="stable")
        routes = [
            (int(out[i, 0]), _route(front, back, int(out[i, 1]), int(out[i, 2])))
            for i in order[:wanted]
        ]
        return Found(routes, int(least), complete=how == EXACT and found < MOST_FOUND)

    def _balance(self, ahead: int, behind: int) -> None:
        """Move the meeting point so that both directions get about as many labels."""
        low, width = self.span
        if ahead > 1.3 * behind:
            self.half = max(low + width // 20, self.half - width // 25)
        elif behind > 1.3 * ahead:
            self.half = min(low + width - width // 20, self.half + width // 25)

    def useful(self, nodes: tuple[int, ...]) -> bool:
        """Whether all legs of a route are still in play."""
        return all(self.arcs[i, v] for i, v in pairwise((0, *nodes, 0)))

    @property
    def legs(self) -> int:
        """How many legs are in play."""
        return int(self.arcs.sum())

    def use(self, legs: Flags) -> None:
        """Go on with these legs only."""
        self.arcs = legs
        self._lists = None


def _route(front: Pool, back: Pool, ahead: int, behind: int) -> tuple[int, ...]:
    """Nodes of the route that two labels make."""
    nodes: list[int] = []
    while ahead > 0:
        nodes.append(int(front.label[ahead, NODE]))
        ahead = int(front.label[ahead, PARENT])
    nodes.reverse()
    while behind >= 0 and back.label[behind, NODE]:
        nodes.append(int(back.label[behind, NODE]))
        behind = int(back.label[behind, PARENT])
    return tuple(nodes)


def _listed(arcs: Flags, step: Ints) -> tuple[Ints, Ints]:
    """Rows of flags as lists, the shortest leg first: where each begins, and its columns."""
    order = np.argsort(np.where(arcs, step, INF + 1), axis=1, kind="stable")
    number = arcs.sum(axis=1)
    start = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
    return start, order[np.arange(arcs.shape[1]) < number[:, None]].astype(np.int64)


def _shortest(step: Ints) -> Ints:
    """Least seconds between all pairs, service included (Floyd 1962); INF where there is no way."""
    far = step.copy()
    np.fill_diagonal(far, 0)
    for middle in range(len(far)):
        np.minimum(far, far[:, middle, None] + far[None, middle, :], out=far)
    return np.minimum(far, INF)
