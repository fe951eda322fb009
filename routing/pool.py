"""Pricing by inspection: a type whose routes are all listed already."""

from collections.abc import Sequence

import numpy as np

from routing.compiled import Bits, Flags, Ints, compiled
from routing.lp import Column
from routing.prices import SCALE, Cut, Found, Listed, Prices


@compiled
def _count_rows(sets: Bits, rows: int, start: Ints) -> None:
    start[0] = 0
    for i in range(len(sets)):
        start[i + 1] = start[i]
        for r in range(rows):
            if sets[i, r >> 6] >> np.uint64(r & 63) & np.uint64(1):
                start[i + 1] += 1


@compiled
def _write_rows(sets: Bits, rows: int, start: Ints, row: Ints) -> None:
    for i in range(len(sets)):
        at = start[i]
        for r in range(rows):
            if sets[i, r >> 6] >> np.uint64(r & 63) & np.uint64(1):
                row[at] = r
                at += 1


def rows_of_sets(sets: Bits, rows: int) -> tuple[Ints, Ints]:
    """Sets of rows as bits -> where each begins, and the rows, in order."""
    start: Ints = np.empty(len(sets) + 1, dtype=np.int64)
    _count_rows(sets, rows, start)
    row: Ints = np.empty(start[-1], dtype=np.int64)
    _write_rows(sets, rows, start, row)
    return start, row


@compiled
def _sum_up(start: Ints, row: Ints, price: Ints, out: Ints) -> None:
    for i in range(len(out)):
        total = 0
        for at in range(start[i], start[i + 1]):
            total += price[row[at]]
        out[i] = total


def sums(start: Ints, row: Ints, price: Ints) -> Ints:
    """The prices of the rows that each route uses."""
    out: Ints = np.empty(len(start) - 1, dtype=np.int64)
    _sum_up(start, row, price, out)
    return out


@compiled
def _invert(start: Ints, row: Ints, begin: Ints, route: Ints) -> None:
    """The routes that use each row, those of row r from `begin[r]` on."""
    begin[:] = 0
    for r in row:
        begin[r + 1] += 1
    for r in range(len(begin) - 1):
        begin[r + 1] += begin[r]
    fill = begin.copy()
    for i in range(len(start) - 1):
        for at in range(start[i], start[i + 1]):
            route[fill[row[at]]] = i
            fill[row[at]] += 1


@compiled
def _add_cut(
    inverted: tuple[Ints, Ints], rows: Ints, price: int, seen: Ints, touched: Ints, out: Ints
) -> None:
    """Add `price` to each route for every second row of the cut that it uses. `seen` is all 0."""
    begin, route = inverted
    number = 0
    for r in rows:
        for at in range(begin[r], begin[r + 1]):
            i = route[at]
            if seen[i] == 0:
                touched[number] = i
                number += 1
            seen[i] += 1
    for at in range(number):
        i = touched[at]
        out[i] += price * (seen[i] // 2)
        seen[i] = 0


class PoolPricer:
    """The listed routes of one type; asked like `Pricer`, answers at once and exactly."""

    def __init__(self, k: int, listed: Listed, rows: int) -> None:
        self.k, self.rows = k, rows
        self._take(listed)

    def _take(self, listed: Listed) -> None:
        self.listed = listed
        number = len(listed.values)
        self._using = (
            np.empty(self.rows + 1, dtype=np.int64), np.empty(len(listed.row), dtype=np.int64)
        )  # fmt: skip
        _invert(listed.start, listed.row, *self._using)
        self._seen: Ints = np.zeros(number, dtype=np.int64)
        self._touched: Ints = np.empty(number, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.listed.values)

    def route(self, i: int) -> tuple[int, ...]:
        """The nodes of a route."""
        return tuple(v for v in self.listed.nodes[i].tolist() if v >= 0)

    def columns(self) -> list[Column]:
        """All routes as columns."""
        start, row = self.listed.start.tolist(), self.listed.row.tolist()
        return [
            Column(self.k, self.route(i), value, tuple(row[start[i] : start[i + 1]]))
            for i, value in enumerate(self.listed.values.tolist())
        ]

    def task(self, prices: Prices, cuts: Sequence[Cut], memory: int) -> Ints:
        """The reduced costs of all routes, scaled."""
        del memory
        listed = self.listed
        reduced: Ints = listed.values * SCALE - sums(listed.start, listed.row, prices.rows)
        reduced -= prices.total + int(prices.types[self.k])
        for cut, price in zip(cuts, prices.cuts, strict=True):
            if price < 0:
                rows = np.array(cut.rows, dtype=np.int64)
                _add_cut(self._using, rows, -int(price), self._seen, self._touched, reduced)
        return reduced

    def search(self, task: Ints, how: int, wanted: int, most: int | None = None) -> Found:
        """The routes with a negative reduced cost, cheapest first."""
        del how, most
        negative = np.flatnonzero(task < 0)
        order = negative[np.argsort(task[negative], kind="stable")[:wanted]]
        routes = [(int(task[i]), self.route(i)) for i in order.tolist()]
        return Found(routes, routes[0][0] if routes else 0, complete=True)

    def copy(self) -> "PoolPricer":
        """Another one over the same routes."""
        return PoolPricer(self.k, self.listed, self.rows)

    def useful(self, nodes: tuple[int, ...]) -> bool:
        """Any route may be: those that are not are dropped."""
        del nodes
        return True

    def cheapest_legs(self) -> Ints:
        """No price at all: a listed pool is never out of time without a bound."""
        return np.zeros(self.rows, dtype=np.int64)

    def keep(self, kept: Flags) -> None:
        """Drop the routes that are not flagged."""
        listed = self.listed
        lengths = np.diff(listed.start)
        start = np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.int64)
        row = listed.row[np.repeat(kept, lengths)]
        self._take(Listed(listed.nodes[kept], listed.values[kept], start, row))
