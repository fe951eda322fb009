"""A coarse and fast pricing: walks that respect one resource and do not turn back at once.

When label setting takes too long for a bound, this relaxation always has one: a walk through stops
whose total load (or time, in slots rounded down) fits, forbidden only to return to the stop it has
just left. Such walks were introduced as q-routes by Christofides, Mingozzi and Toth (1981,
doi:10.1007/BF01589353). Every real route is such a walk, so bounds stay valid.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from routing.labels import Ints
from routing.pricing import FAR, SCALE, Found, Pricer, Rest


@dataclass(frozen=True, slots=True)
class Walk:
    """Stops in order (some may return) and the sum of its legs in cost units."""

    stops: tuple[int, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class _Table:
    """For r units left at a stop: least reduced cost to the end, and where to go (0: home).

    `second` is the least over all other successors, for walks that come from `go`.
    """

    first: Ints
    second: Ints
    go: Ints
    other: Ints


class WalkPricer:
    """Walk pricing for one vehicle type, by the resource that is the tighter one at first sight."""

    def __init__(self, pricer: Pricer) -> None:
        self.pricer = pricer
        self._rests = [rest for rest in (pricer.load_rest, pricer.time_rest) if rest is not None]

    @property
    def usable(self) -> bool:
        """Whether load or time can be counted in slots that every leg uses up."""
        return bool(self._rests)

    def search(self, prices: Ints) -> tuple[Found, list[Walk]]:
        """Price once; `least` is exact for the relaxation, the walks are those below 0."""
        answers = [self._priced(prices, rest) for rest in self._rests]
        best = max(range(len(answers)), key=lambda i: answers[i][0].least)
        self._rests = [self._rests[best]]
        return answers[best]

    def _priced(self, prices: Ints, rest: Rest) -> tuple[Found, list[Walk]]:
        p = self.pricer
        reduced = p.arc - prices[None, :]
        reduced[:, 0] += prices[0]
        table = self._table(reduced, rest)
        stops = p.stops
        left = rest.at_first[stops]
        start = SCALE * p.kind.fixed - int(prices[0])
        ends = table.first[np.maximum(left, 0), stops]
        total = np.where(left >= 0, start + reduced[0, stops] + ends, FAR)
        least = min(0, int(total.min())) if len(stops) else 0
        walks = [
            self._walk(table, rest, int(stops[k]), int(left[k]))
            for k in np.argsort(total, kind="stable")
            if total[k] < 0
        ]
        return Found(complete=True, least=least, routes=(), labels=0), walks

    def _table(self, reduced: Ints, rest: Rest) -> _Table:
        p, stops = self.pricer, self.pricer.stops
        shape = (rest.room + 1, p.size)
        table = _Table(*(np.full(shape, fill, np.int64) for fill in (FAR, FAR, 0, 0)))
        legs, need = reduced[np.ix_(stops, stops)].copy(), rest.use[np.ix_(stops, stops)]
        np.fill_diagonal(legs, FAR)
        home = np.where(p.step[stops, 0] <= p.kind.last_s, reduced[stops, 0], FAR)
        rows = np.arange(len(stops))
        here = stops[:, None]
        columns = np.broadcast_to(stops, need.shape)
        for r in range(rest.room + 1):
            left = np.clip(r - need, 0, rest.most[stops])
            back = table.go[left, columns] == here
            after = np.where(back, table.second[left, columns], table.first[left, columns])
            onward = np.where(need <= r, legs + after, FAR)
            options = np.concatenate((home[:, None], onward), axis=1)
            go = options.argmin(axis=1)
            table.first[r, stops] = np.minimum(options[rows, go], FAR)
            options[rows, go] = FAR
            other = options.argmin(axis=1)
            table.second[r, stops] = np.minimum(options[rows, other], FAR)
            targets = np.concatenate(([0], stops))
            table.go[r, stops], table.other[r, stops] = targets[go], targets[other]
        return table

    def _walk(self, table: _Table, rest: Rest, node: int, left: int) -> Walk:
        stops = [node]
        last = 0
        while True:
            following = int(table.go[left, node])
            if following == last and following:
                following = int(table.other[left, node])
            if following == 0:
                return Walk(tuple(stops), self._cost(stops))
            left = min(left - int(rest.use[node, following]), int(rest.most[following]))
            last, node = node, following
            stops.append(node)

    def _cost(self, stops: Iterable[int]) -> int:
        way = [0, *stops, 0]
        legs = self.pricer.arc[way[:-1], way[1:]]
        return self.pricer.kind.fixed + int(legs.sum()) // SCALE
