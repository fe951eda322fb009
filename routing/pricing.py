"""Which routes are worth having: label setting over (reduced cost, load, D, E, tau interval).

Labels of equal length are extended together as NumPy columns. All figures are 64-bit integers: the
dual prices are rounded to `1 / SCALE` units first, so a reduced cost and the bound that follows
from it are exact, whatever the LP's tolerance was.

ng-routes (Baldacci, Mingozzi, Roberti 2011, doi:10.1287/opre.1110.0975): a label remembers only the
stops in the neighbourhood of those visited since, so it may return to a forgotten one; that relaxes
the problem and keeps every bound valid. With all stops in every neighbourhood routes are elementary.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from routing.kernel import INF, Network, TypeRow
from routing.labels import CHUNK, Bits, Flags, Ints, Layer, bits, concat, dominated, pick

SCALE = 1024
"""Reduced costs are integers in 1/1024 cost units; with costs up to 2**50 they fit 64 bits."""

FAR = 2**61
"""Reduced cost of what cannot be."""

LOOKED_AT = 8
"""A beam compares its so many times cheapest labels before it keeps the best that are left."""

STRONG = 32
"""So many of the cheapest labels are compared first; they dominate most of the others."""

MOST_RAW = 1_500_000
"""Labels of one length before thinning (about 120 bytes each); more ends the run."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What to look for.

    `prices[node]` are scaled dual prices (node 0: what a vehicle of the type has to earn back).
    Routes with a reduced cost below `below` are returned. `beam` keeps that many labels a stop and
    length (None: all). `cost` 0 prices routes at nothing (first objective). `elementary` compares
    labels only within one set of visited stops, so every route that could matter is enumerated.
    Only the best `most_routes` are listed (None: all); `least` counts all.
    """

    prices: Ints
    below: int
    beam: int | None
    most_labels: int
    cost: int = 1
    elementary: bool = False
    most_routes: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Routes as (reduced cost, stops), cheapest first; `complete`: nothing was cut off.

    When complete, `least` is min(0 or `below`, the least reduced cost of any route): exact for the
    ng-relaxation.
    """

    complete: bool
    least: int
    routes: tuple[tuple[int, tuple[int, ...]], ...]
    labels: int


class Pricer:
    """Label setting for one vehicle type; holds what does not change with the dual prices."""

    def __init__(self, net: Network, kind: TypeRow, memory: list[list[int]]) -> None:
        self.kind = kind
        self.size = net.size
        self.step = np.array(net.step, dtype=np.int64)
        driven = np.where(self.step < INF, self.step, 0)
        metres = np.array(net.distance, dtype=np.int64)
        self.arc = SCALE * (kind.per_m * metres + kind.per_s * driven)
        self.opens, self.closes, self.holds, self.boxes = (
            np.array(row, dtype=np.int64) for row in (net.opens, net.closes, net.holds, net.boxes)
        )
        self.stops = np.array(
            [v for v in range(1, net.size) if net.allowed[kind.index][v]], np.int64
        )
        self.words = (net.size + 63) // 64
        self.bit = bits([[v] for v in range(net.size)], self.words)
        self.memory = bits([[*row, v] for v, row in enumerate(memory)], self.words)
        self.hold_end = int(self.holds[self.stops].max(initial=0))
        self.close_end = min(int(self.closes[self.stops].max(initial=0)), kind.last_s)
        self.load_rest = _load_rest(self)
        self.time_rest = _time_rest(self)

    def time_left(self, elapsed: Ints, early: Ints) -> Ints:
        """Seconds any later stop may start after this one: until hold limits and windows end."""
        return np.minimum(self.hold_end - elapsed, self.close_end - early)

    def search(self, ask: Ask, stop: Callable[[], bool]) -> Found:
        """Price once; deterministic unless `stop` (asked before each length) cuts it short."""
        return _Run(self, ask).search(stop)


@dataclass(frozen=True, slots=True)
class Rest:
    """What a completion bound counts down: boxes or time, in slots of `unit`.

    `use[i, j]` slots (at least 1 between stops) are used up on the way from i to j, at most
    `most[j]` are left at j, `at_first[j]` when j comes first (negative: it cannot).
    """

    unit: int
    use: Ints
    room: int
    most: Ints
    at_first: Ints


MOST_SLOTS = 120
"""About so many slots; a coarser count is faster and bounds less."""


def _load_rest(pricer: "Pricer") -> Rest | None:
    """Boxes, in their greatest common divisor; None when a stop takes no box."""
    boxes = pricer.boxes[pricer.stops]
    unit = int(np.gcd.reduce(boxes)) if len(boxes) and boxes.min() > 0 else 0
    if unit == 0 or pricer.kind.capacity // unit > 2 * MOST_SLOTS:
        return None
    room = pricer.kind.capacity // unit
    need = pricer.boxes // unit
    use = np.tile(need, (pricer.size, 1))
    return Rest(unit, use, room, np.full(pricer.size, room), room - need)


def _time_rest(pricer: "Pricer") -> Rest | None:
    """Seconds until the last window ends or the longest hold is over, whichever is sooner."""
    stops = pricer.stops
    if len(stops) == 0:
        return None
    left = pricer.time_left(
        pricer.step[0], np.maximum(pricer.step[0] + pricer.kind.first_s, pricer.opens)
    )
    longest = max(0, int(left[stops].max()))
    legs = pricer.step[np.ix_(stops, stops)] + np.where(np.eye(len(stops), dtype=bool), INF, 0)
    unit = min(longest // MOST_SLOTS + 1, int(legs.min()))
    if unit <= 0 or longest // unit > 8 * MOST_SLOTS:
        return None
    room = longest // unit
    most = np.clip((pricer.close_end - pricer.opens) // unit, 0, room)
    return Rest(unit, pricer.step // unit, room, most, np.minimum(left // unit, room))


def _completion(reduced: Ints, rest: Rest, stops: Ints, last: Ints) -> Ints:
    """bound[r, v]: least reduced cost from stop v to the end with r slots left; walks, no memory."""
    bound = np.full((rest.room + 1, reduced.shape[0]), FAR, dtype=np.int64)
    legs = reduced[np.ix_(stops, stops)]
    need = rest.use[np.ix_(stops, stops)]
    columns = np.broadcast_to(stops, need.shape)
    for r in range(rest.room + 1):
        left = np.minimum(r - need, rest.most[stops])
        onward = legs + np.where(left >= 0, bound[np.maximum(left, 0), columns], FAR)
        bound[r, stops] = np.minimum(last[stops], onward.min(axis=1))
    return bound


class _Run:
    """One pricing run."""

    def __init__(self, pricer: Pricer, ask: Ask) -> None:
        self.p, self.ask = pricer, ask
        self.reduced = ask.cost * pricer.arc - ask.prices[None, :]
        self.reduced[:, 0] += ask.prices[0]
        np.fill_diagonal(self.reduced, FAR)
        self.per_s = SCALE * pricer.kind.per_s * ask.cost
        self.layers: list[Layer] = []
        self.kept: dict[int, tuple[Ints, Bits]] = {}
        self.routes: list[tuple[int, int, int]] = []
        self.least = 0
        self.complete = True
        self.labels = 0
        self.load_bound, self.time_bound = self._bounds()

    def _bounds(self) -> tuple[Ints | None, Ints | None]:
        p = self.p
        last = np.where(p.step[:, 0] < INF, self.reduced[:, 0], FAR)
        load, time = (
            None if rest is None else _completion(self.reduced, rest, p.stops, last)
            for rest in (p.load_rest, p.time_rest)
        )
        return load, time

    def search(self, stop: Callable[[], bool]) -> Found:
        layer: Layer | None = self._root()
        while layer is not None and len(layer.node):
            self.layers.append(layer)
            self.labels += len(layer.node)
            too_much = self.labels > self.ask.most_labels or len(self.layers) > self.p.size
            if too_much or stop():
                self.complete = False
                break
            layer = self._next(layer)
        self.routes.sort()
        listed = self.routes[: self.ask.most_routes]
        routes = tuple((cost, self._walk(depth, at)) for cost, depth, at in listed)
        return Found(self.complete, self.least, routes, self.labels)

    def _root(self) -> Layer:
        kind, zero = self.p.kind, np.zeros(1, dtype=np.int64)
        start = SCALE * kind.fixed * self.ask.cost - int(self.ask.prices[0])
        waits = start - self.per_s * kind.last_s
        row = [start, waits, 0, 0, kind.first_s, kind.first_s, -kind.last_s]
        seen = np.zeros((1, self.p.words), dtype=np.uint64)
        return Layer(zero, zero, np.array([row], dtype=np.int64), seen)

    def _next(self, layer: Layer) -> Layer | None:
        """Extend, close, thin out."""
        width = max(1, CHUNK // max(1, len(self.p.stops)))
        parts: list[Layer] = []
        for begin in range(0, len(layer.node), width):
            parts.append(self._extend(layer, begin, begin + width))
            if sum(len(part.node) for part in parts) > MOST_RAW:
                self.complete = False
                return None
        merged = concat(parts)
        if len(merged.node) == 0:
            return None
        thinned = self._thin_sets(merged) if self.ask.elementary else self._thin(merged)
        self._close(thinned)
        return thinned

    def _extend(self, layer: Layer, begin: int, end: int) -> Layer:
        """All feasible one-stop extensions of some labels."""
        p, stops = self.p, self.p.stops
        node, old, seen = layer.node[begin:end], layer.figures[begin:end], layer.seen[begin:end]
        way = p.step[np.ix_(node, stops)]
        elapsed = old[:, 3, None] + way
        early = np.maximum(old[:, 4, None] + way, p.opens[stops])
        load = old[:, 2, None] + p.boxes[stops]
        lo = np.maximum(old[:, 5, None], early - p.holds[stops])
        hi = np.minimum(-old[:, 6, None], p.closes[stops] - elapsed)
        fits = (elapsed <= p.holds[stops]) & (early <= p.closes[stops]) & (lo <= hi)
        fits &= (load <= p.kind.capacity) & ~self._remembered(seen)
        cost = old[:, 0, None] + self.reduced[np.ix_(node, stops)]
        fits &= cost < FAR // 2
        i, k = np.nonzero(fits)
        j = stops[k]
        cost, elapsed, hi = cost[i, k], elapsed[i, k], hi[i, k]
        waits = cost - self.per_s * (elapsed + hi)
        columns = (cost, waits, load[i, k], elapsed, early[i, k], lo[i, k], -hi)
        figures = np.stack(columns, axis=1)
        memory = (seen[i] & p.memory[j]) | p.bit[j]
        return self._promising(Layer(j, i + begin, figures, memory))

    def _remembered(self, seen: Bits) -> Flags:
        stops = self.p.stops
        word = stops // 64
        hits: Flags = (seen[:, word] & self.p.bit[stops, word][None, :]) != 0
        return hits

    def _promising(self, layer: Layer) -> Layer:
        """Drop labels that no completion can bring below the threshold."""
        p, figures = self.p, layer.figures
        hope = figures[:, 0] < FAR
        if p.load_rest is not None and self.load_bound is not None:
            left = (p.kind.capacity - figures[:, 2]) // p.load_rest.unit
            hope &= figures[:, 0] + self.load_bound[left, layer.node] < self.ask.below
        if p.time_rest is not None and self.time_bound is not None:
            seconds = p.time_left(figures[:, 3], figures[:, 4])
            left = np.clip(seconds // p.time_rest.unit, 0, p.time_rest.room)
            hope &= figures[:, 0] + self.time_bound[left, layer.node] < self.ask.below
        return pick(layer, np.nonzero(hope)[0])

    def _thin(self, layer: Layer) -> Layer:
        """Drop labels dominated by another label at the same stop (any length)."""
        order = np.lexsort((layer.figures[:, 0], layer.node))
        layer = pick(layer, order)
        nodes, starts = np.unique(layer.node, return_index=True)
        ends = [*starts[1:], len(layer.node)]
        chosen = [
            self._survivors(int(v), layer, int(a), int(b))
            for v, a, b in zip(nodes, starts, ends, strict=True)
        ]
        return pick(layer, np.concatenate(chosen))

    def _survivors(self, node: int, layer: Layer, begin: int, end: int) -> Ints:
        beam = self.ask.beam
        if beam is not None and end - begin > LOOKED_AT * beam:
            self.complete = False
            end = begin + LOOKED_AT * beam
        figures, seen = layer.figures[begin:end], layer.seen[begin:end]
        alive = np.arange(end - begin)
        for rivals in self._rivals(node):
            alive = alive[~dominated(rivals, (figures[alive], seen[alive]), ordered=False)]
        for most in (STRONG, len(alive)):
            inner = (figures[alive], seen[alive])
            rivals = (inner[0][:most], inner[1][:most])
            alive = alive[~dominated(rivals, inner, ordered=True)]
        if beam is not None and len(alive) > beam:
            self.complete = False
            alive = alive[:beam]
        new = (figures[alive], seen[alive])
        if node in self.kept:
            old = self.kept[node]
            new = (np.concatenate((old[0], new[0])), np.concatenate((old[1], new[1])))
        self.kept[node] = new
        return alive + begin

    def _rivals(self, node: int) -> Iterator[tuple[Ints, Bits]]:
        """The labels kept at a stop: the few that dominate most, then the others."""
        if node not in self.kept:
            return
        figures, seen = self.kept[node]
        order = np.argsort(figures[:, 0], kind="stable")
        for part in (order[:STRONG], order[STRONG:]):
            if len(part):
                yield figures[part], seen[part]

    def _thin_sets(self, layer: Layer) -> Layer:
        """Drop labels dominated by the cheapest one with the same last stop and visited set."""
        keys = (layer.figures[:, 0], *layer.seen.T, layer.node)
        layer = pick(layer, np.lexsort(keys))
        same = layer.node[1:] == layer.node[:-1]
        same &= (layer.seen[1:] == layer.seen[:-1]).all(axis=1)
        group = np.concatenate(([0], np.cumsum(~same)))
        leader = np.searchsorted(group, group)
        worse = (layer.figures[leader] <= layer.figures).all(axis=1)
        worse &= leader != np.arange(len(group))
        return pick(layer, np.nonzero(~worse)[0])

    def _close(self, layer: Layer) -> None:
        """Bring labels home and note the routes below the threshold."""
        p, figures = self.p, layer.figures
        way = p.step[layer.node, 0]
        elapsed = figures[:, 3] + way
        early = figures[:, 4] + way
        hi = np.minimum(-figures[:, 6], p.kind.last_s - elapsed)
        home = (early <= p.kind.last_s) & (figures[:, 5] <= hi)
        cost = figures[:, 0] + self.reduced[layer.node, 0]
        cost += self.per_s * np.maximum(0, early - hi - elapsed)
        wanted = np.nonzero(home & (cost < self.ask.below))[0]
        depth = len(self.layers)
        self.routes.extend((int(cost[at]), depth, int(at)) for at in wanted)
        if len(wanted):
            self.least = min(self.least, int(cost[wanted].min()))

    def _walk(self, depth: int, at: int) -> tuple[int, ...]:
        stops: list[int] = []
        while depth > 0:
            layer = self.layers[depth]
            stops.append(int(layer.node[at]))
            at = int(layer.parent[at])
            depth -= 1
        return tuple(reversed(stops))
