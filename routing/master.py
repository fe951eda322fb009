"""Column generation for one level of the objective: master, prices, pricing, cuts, and the bound.

For any prices pi of the rows, sigma_k of the vehicles and least_k <= 0, the least reduced cost of a
column of type k, with n_k vehicles,

    sum(pi) + what the sigma and the slacks can save + sum_k n_k least_k

bounds every plan from below (Lagrangian relaxation). It is computed in whole numbers, so it holds
exactly, whatever the linear program's tolerance.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import floor
from typing import Any, Protocol

import numpy as np

from routing.compiled import Ints
from routing.cuts import separate, times_counted
from routing.labels import CLOSE, EXACT, LENIENT
from routing.lp import Column, Frame, LpAnswer, Master
from routing.network import Network
from routing.prices import SCALE, Cut, Found, Prices, blended

ROUTES_A_ROUND = 150
SAME_ROW_A_ROUND = 12
MOST_ROUNDS = 1_000
COARSE_MEMORY, COARSE_LABELS = 2, 30_000
"""Nodes in an ng-neighbourhood, and labels, when all that is wanted is a bound at once."""

WORTH = 0.1
"""Share of the gap that a split by the number of vehicles has to close on both sides."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A proven value in 1 / SCALE units with the prices that prove it and the least reduced costs."""

    value: int
    prices: Prices
    cuts: tuple[Cut, ...]
    least: tuple[int, ...]


@dataclass(slots=True)
class Columns:
    """Every column known at one level, each once."""

    known: dict[tuple[int, tuple[int, ...]], Column] = field(default_factory=dict)

    def new(self, columns: Iterable[Column]) -> list[Column]:
        """Those not known before; they are known then."""
        fresh = []
        for column in columns:
            key = column.kind, column.nodes
            if key not in self.known:
                self.known[key] = column
                fresh.append(column)
        return fresh


Value = Callable[[int, tuple[int, ...]], int | None]
"""What a journey (type, nodes) is worth; None when a rule forbids it."""


class Priced(Protocol):
    """What column generation asks of a type: `routing.pricing.Pricer` or a listed pool."""

    k: int

    def task(self, prices: Prices, cuts: list[Cut], memory: int) -> Any:
        """The question at these prices."""

    def search(self, task: Any, how: int, wanted: int, most: int | None = None) -> Found:
        """Routes that pay, and the least reduced cost."""

    def useful(self, nodes: tuple[int, ...]) -> bool:
        """Whether a better plan may use a route, as far as known."""

    def cheapest_legs(self) -> Ints:
        """By row no more than its share of the cheapest leg to a node that uses it, scaled."""


def columns_of(
    net: Network, kind: int, routes: Iterable[tuple[int, ...]], value: Value
) -> list[Column]:
    """Routes as columns; `value` gives their value at the level, None for one that is forbidden."""
    out = []
    for nodes in routes:
        worth = value(kind, nodes)
        if worth is not None:
            out.append(Column(kind, nodes, worth, rows_of(net, nodes)))
    return out


def rows_of(net: Network, nodes: Iterable[int]) -> tuple[int, ...]:
    """The stops and relays that nodes use, with repetitions."""
    return tuple(row for v in nodes if v for row in net.halts[v - 1].rows)


def _no_limit() -> int:
    """As many labels as there is room for."""
    return 2**40


@dataclass(frozen=True, slots=True)
class Start:
    """What column generation begins with: known columns and cuts, and how it prices.

    `value` of a journey; `memory` nodes in an ng-neighbourhood; `room`: how many labels one search
    may make now; `whole`: cuts never forget; `best`: a bound that holds already.
    """

    value: Value
    known: Columns
    cuts: Sequence[Cut]
    memory: int
    room: Callable[[], int] = _no_limit
    whole: bool = False
    best: Bound | None = None


class Generation:
    """Column generation under one frame, with the cuts found so far."""

    def __init__(
        self,
        net: Network,
        frame: Frame,
        pricers: Sequence[Priced],
        start: Start,
        *,
        artificial: float,
    ) -> None:
        self.net, self.frame, self.pricers = net, frame, pricers
        self.value, self.known, self.memory = start.value, start.known, start.memory
        self.whole, self.room = start.whole, start.room
        self.master = Master(frame, artificial)
        self.cuts: list[Cut] = []
        self.using: list[set[int]] = [set() for _ in range(net.rows)]
        self.best: Bound | None = start.best
        self.answer: LpAnswer | None = None
        self.how, self.smooth = LENIENT, True
        for column in self.known.known.values():
            if pricers[column.kind].useful(column.nodes):
                self._add(column)
        self.add_cuts(start.cuts)

    def offer(self, columns: Iterable[Column]) -> None:
        """Columns to begin with."""
        for column in self.known.new(columns):
            self._add(column)

    def _add(self, column: Column) -> None:
        number = len(self.master.columns)
        for row in set(column.rows):
            self.using[row].add(number)
        times = []
        if self.cuts:
            served = set(column.rows)
            for q, cut in enumerate(self.cuts):
                if len(served) < len(column.rows) or sum(r in served for r in cut.rows) >= 2:
                    count = times_counted(cut, column.nodes, self.net)
                    if count:
                        times.append((q, count))
        self.master.add(column, times)

    def add_cuts(self, cuts: Sequence[Cut]) -> None:
        """Add cuts to the master, each with the coefficients of all columns so far."""
        for cut in cuts:
            using = [self.using[row] for row in cut.rows]
            often = set[int]().union(*(a & b for a, b in combinations(using, 2)))
            times = [0] * len(self.master.columns)
            for number in often | self._repeating(set[int]().union(*using)):
                times[number] = times_counted(cut, self.master.columns[number].nodes, self.net)
            self.master.add_cut(times, cut.most)
            self.cuts.append(cut)

    def _repeating(self, numbers: set[int]) -> set[int]:
        columns = self.master.columns
        return {i for i in numbers if not columns[i].elementary}

    def separated(self) -> int:
        """Look for violated cuts in the last solution and add them; their number."""
        if self.answer is None:
            return 0
        routes = [
            (column.nodes, column.rows, share)
            for column, share in zip(self.master.columns, self.answer.shares, strict=False)
            if share > 1e-6
        ]
        found = separate(self.net, routes, self.cuts, whole=self.whole)
        self.add_cuts(found)
        return len(found)

    def active(self) -> int:
        """How many cuts have a price at the last solution."""
        return 0 if self.answer is None else sum(price < 0 for price in self.answer.cuts)

    def whole_solution(self) -> tuple[Column, ...] | None:
        """The columns of the last solution if none is taken in part, nothing is used twice, nobody bought."""
        if self.answer is None or self.master.bought:
            return None
        taken = [
            (c, x)
            for c, x in zip(self.master.columns, self.answer.shares, strict=False)
            if x > 1e-6
        ]
        rows = [row for column, _ in taken for row in column.rows]
        if any(x < 1 - 1e-6 for _, x in taken) or len(set(rows)) < len(rows):
            return None
        return tuple(column for column, _ in taken)

    def between(self) -> int | None:
        """The number of vehicles below the fractional one of the last solution; None if it is whole."""
        if self.answer is None:
            return None
        number = sum(self.answer.shares)
        whole = floor(number + 1e-6)
        return whole if 0.08 < number - whole < 0.92 else None

    def worth_splitting(self, gap: int) -> bool:
        """Whether both sides of a split close a good part of the scaled gap, as far as known columns say."""
        split, answer = self.between(), self.answer
        if split is None or answer is None:
            return False
        low, high = self.frame.vehicles
        sides = []
        for limits in ((low, split), (split + 1, high)):
            self.master.bounds(limits, self.frame.types)
            side = self.master.solve()
            sides.append(float("inf") if side is None else side.value)
        self.master.bounds(self.frame.vehicles, self.frame.types)
        return (min(sides) - answer.value) * SCALE > WORTH * gap

    def converge(self, stop: Callable[[], bool], enough: int) -> bool:
        """Generate columns until none pays, or the bound reaches `enough` (scaled): True; else cut off.

        There is a bound in any case, be it a coarse one.
        """
        done = self._generated(stop, enough)
        if not done and self.best is None:
            self._at_last()
        return done

    def _generated(self, stop: Callable[[], bool], enough: int) -> bool:
        self.how, self.smooth = LENIENT, True
        for _ in range(MOST_ROUNDS):
            if stop():
                return False
            answer = self.master.solve()
            if answer is None:
                return False
            self.answer = answer
            found = self._priced(self._asked(answer), stop)
            added = self._take(found)
            if self.best is not None and self.best.value >= enough:
                return True
            complete = all(part.complete for part in found)
            if self.how == EXACT and not complete:
                return False
            if self.how == EXACT and (self._near(answer) or not (added or self.smooth)):
                return True
            self._next_turn(added)
        return False

    def _at_last(self) -> None:
        """Without any bound so far: the cheapest legs and one quick exact pricing give coarse ones."""
        self._note(self._least_prices(), [Found([], 0, complete=True) for _ in self.pricers])
        if self.answer is not None:
            self.how, self.memory = EXACT, COARSE_MEMORY
            self._priced(self._rounded(self.answer), lambda: False, COARSE_LABELS)

    def _least_prices(self) -> Prices:
        """Each row at what the cheapest leg to it costs: no column can have a negative reduced cost."""
        rows = np.min([pricer.cheapest_legs() for pricer in self.pricers], axis=0)
        rows[self.frame.stops :] = 0
        types: Ints = np.zeros(len(self.frame.types), dtype=np.int64)
        return Prices(rows, 0, types, 0, np.zeros(len(self.cuts), dtype=np.int64))

    def _asked(self, answer: LpAnswer) -> Prices:
        """The prices to ask with: the program's own, or halfway to the best ones so far."""
        prices = self._rounded(answer)
        if self.smooth and self.best is not None and self.best.cuts == tuple(self.cuts):
            return blended(prices, self.best.prices)
        return prices

    def _next_turn(self, added: int) -> None:
        """Search harder where nothing was found; leniently again where much was."""
        if added:
            self.smooth = True
            if self.how == EXACT and added > 20:
                self.how = LENIENT
        elif self.how == EXACT:
            self.smooth = False
        else:
            self.how += 1
            if self.how == CLOSE and not self.cuts:  # nothing to leave out: exact already
                self.how = EXACT

    def _near(self, answer: LpAnswer) -> bool:
        """Whether the bound is as good as the linear program's value can make it."""
        return self.best is not None and self.best.value >= answer.value * SCALE - 0.5 * SCALE

    def _rounded(self, answer: LpAnswer) -> Prices:
        """Prices rounded down, so that columns of the basis keep a reduced cost of at least 0."""

        def down(values: Iterable[float]) -> Ints:
            return np.array([floor(v * SCALE) for v in values], dtype=np.int64)

        return Prices(
            down(answer.rows),
            floor(answer.total * SCALE),
            down(answer.types),
            floor(answer.missed * SCALE),
            np.minimum(0, down(answer.cuts)),
        )

    def _priced(
        self, prices: Prices, stop: Callable[[], bool], most: int | None = None
    ) -> list[Found]:
        found = []
        for pricer in self.pricers:
            if self.frame.types[pricer.k][1] == 0 or stop():
                found.append(Found([], 0, complete=not stop()))
                continue
            task = pricer.task(prices, self.cuts, self.memory)
            room = self.room() if most is None else most
            found.append(pricer.search(task, self.how, ROUTES_A_ROUND * 4, room))
        if all(part.complete for part in found):
            self._note(prices, found)
        return found

    def _take(self, found: Sequence[Found]) -> int:
        added = 0
        for pricer, part in zip(self.pricers, found, strict=True):
            routes = _varied(self.net, part.routes)
            columns = columns_of(self.net, pricer.k, routes, self.value)
            for column in self.known.new(columns):
                self._add(column)
                added += 1
        return added

    def _note(self, prices: Prices, found: Sequence[Found]) -> None:
        least = [0] * len(self.frame.types)
        for pricer, part in zip(self.pricers, found, strict=True):
            least[pricer.k] = min(0, part.least)
        value = lagrangian(self.frame, prices, self.cuts, least)
        if self.best is None or value > self.best.value:
            self.best = Bound(value, prices, tuple(self.cuts), tuple(least))


def lagrangian(frame: Frame, prices: Prices, cuts: Sequence[Cut], least: Sequence[int]) -> int:
    """The scaled bound (formula above): base value plus what the cheapest columns could still save."""
    value = base(frame, prices, cuts)
    for (_, most), part in zip(frame.types, least, strict=True):
        value += min(most, frame.vehicles[1]) * min(0, part)
    return value


def base(frame: Frame, prices: Prices, cuts: Sequence[Cut]) -> int:
    """The bound's part that no column changes."""
    value = int(prices.rows.sum())
    value += sum(cut.most * int(price) for cut, price in zip(cuts, prices.cuts, strict=True))
    for price, (low, high) in (
        (prices.total, frame.vehicles),
        *((int(p), limits) for p, limits in zip(prices.types, frame.types, strict=True)),
    ):
        value += price * (low if price > 0 else high)
    if frame.missed_cap is not None:
        value += prices.missed * frame.missed_cap
    for stop, slack in enumerate(frame.slack):
        if slack is not None:
            paid = slack * SCALE - prices.missed * frame.weight[stop]
            value += min(0, paid - int(prices.rows[stop]))
    return value


def _varied(net: Network, routes: Iterable[tuple[int, tuple[int, ...]]]) -> list[tuple[int, ...]]:
    """The cheapest routes, but no row in more than a few of them."""
    often = [0] * net.rows
    chosen: list[tuple[int, ...]] = []
    for _, nodes in routes:
        rows = rows_of(net, nodes)
        if all(often[row] < SAME_ROW_A_ROUND for row in rows):
            chosen.append(nodes)
            for row in rows:
                often[row] += 1
            if len(chosen) >= ROUTES_A_ROUND:
                break
    return chosen
