"""Pricing by inspection: a type whose routes are all listed already."""

from collections.abc import Sequence

import numpy as np

from routing.compiled import Flags, Ints
from routing.lp import Column
from routing.prices import SCALE, Cut, Found, Listed, Prices
from routing.pricing import worth_of


class PoolPricer:
    """The listed routes of one type; asked like `Pricer`, answers at once and exactly."""

    def __init__(self, k: int, listed: Listed) -> None:
        self.k = k
        self.nodes, self.values = listed.nodes, listed.values
        self.uses = listed.uses.astype(np.float64)
        self._counted: dict[tuple[int, int, int], Flags] = {}

    def __len__(self) -> int:
        return len(self.values)

    def route(self, i: int) -> tuple[int, ...]:
        """The nodes of a route."""
        return tuple(v for v in self.nodes[i].tolist() if v >= 0)

    def columns(self) -> list[Column]:
        """All routes as columns."""
        rows = [tuple(np.nonzero(line)[0].tolist()) for line in self.uses]
        values = self.values.tolist()
        return [Column(self.k, self.route(i), values[i], rows[i]) for i in range(len(self))]

    def task(self, prices: Prices, cuts: Sequence[Cut], memory: int) -> Ints:
        """The reduced costs of all routes, scaled."""
        del memory
        worth = worth_of(self.uses, prices.rows)
        reduced: Ints = self.values * SCALE - worth - prices.total - int(prices.types[self.k])
        for cut, price in zip(cuts, prices.cuts, strict=True):
            if price < 0:
                reduced -= int(price) * self.counted(cut)
        return reduced

    def counted(self, cut: Cut) -> Flags:
        """Which routes serve two or more of a cut's rows."""
        if cut.rows not in self._counted:
            self._counted[cut.rows] = self.uses[:, list(cut.rows)].sum(axis=1) >= 2
        return self._counted[cut.rows]

    def search(self, task: Ints, how: int, wanted: int, most: int | None = None) -> Found:
        """The routes with a negative reduced cost, cheapest first."""
        del how, most
        order = np.argsort(task, kind="stable")[:wanted]
        routes = [(int(task[i]), self.route(i)) for i in order.tolist() if task[i] < 0]
        return Found(routes, min(0, int(task.min(initial=0))), complete=True)

    def copy(self) -> "PoolPricer":
        """Another one over the same routes."""
        return PoolPricer(self.k, Listed(self.nodes, self.uses.astype(np.int8), self.values))

    def cheapest_legs(self) -> Ints:
        """No price at all: a listed pool is never out of time without a bound."""
        return np.zeros(self.uses.shape[1], dtype=np.int64)

    def keep(self, below: Flags) -> None:
        """Drop the routes that are not flagged."""
        self.nodes, self.uses, self.values = self.nodes[below], self.uses[below], self.values[below]
        self._counted = {rows: flags[below] for rows, flags in self._counted.items()}
